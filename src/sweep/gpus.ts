/** @file Whether a task of a cluster gets a GPU for each worker of its run. */

/** GPUs that `--gres` asks for, as in `gpu`, `gpu:2` or `gpu:a100:2(S:0-1),shard:4`; null where it asks for none. */
export function gpusIn(gres: string): number | null {
  const counts = gres
    .replace(/\([^)]*\)/g, '')
    .split(',')
    .map((one) => one.split(':'))
    .filter(([name]) => name === 'gpu')
    .map((fields) => (/^\d+$/.test(fields.at(-1) ?? '') ? Number(fields.at(-1)) : 1));
  return counts.length === 0 ? null : counts.reduce((sum, count) => sum + count, 0);
}

/**
 * What is wrong with the GPUs of a run; null where nothing is, or `gres` says nothing of GPUs.
 * @param workers processes that train the run together, each on a GPU of its own
 */
export function gpuProblem(gres: string | undefined, workers: number): string | null {
  const gpus = gres === undefined ? null : gpusIn(gres);
  if (gres === undefined || gpus === null || !(workers > gpus)) return null;
  return `slurm: gres: expected a GPU for each of the ${workers} workers of a run, got ${gres}. Ask for gpu:${workers}, or lower workers.`;
}
