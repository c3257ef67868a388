/** @file What a job asks of a Slurm cluster: a section of a sweep file, or a file of its own. */

import { z } from 'zod';
import { UserError } from '../errors';
import { deepFreeze } from './load';
import { problemsOf, readYaml } from './problems';

const text = z.string('a text').min(1, 'a text');
const wholeFromOne = z
  .number('a whole number from 1 up')
  .int('a whole number from 1 up')
  .min(1, 'a whole number from 1 up');

/** Its form and defaults. */
export const slurmSchema = z.strictObject(
  {
    partition: text.optional(),
    account: text.optional(),
    qos: text.optional(),
    /** Longest time of one go, as sbatch writes it; a task that needs more saves, is requeued, and goes on. */
    time: text.optional(),
    cpus: wholeFromOne.default(1),
    memory: text.optional(),
    /** GPUs of a task as --gres writes them, e.g. `gpu:1` or `gpu:a100:1`. */
    gres: text.optional(),
    /** Seconds that a task is given to save before its time is over. */
    signal_seconds: wholeFromOne.default(120),
    /** Shell lines before the command: modules, virtual environments. */
    setup: z.array(text, 'a list of shell lines').default([]),
    /** What the command is put behind, e.g. `apptainer exec --nv ipcgan.sif`. */
    wrapper: text.optional(),
    /** Further lines `#SBATCH …`. */
    options: z.array(text, 'a list of sbatch options').default([]),
  },
  'settings of Slurm, `name: value`, or the path of a file of them',
);

export type SlurmSettings = Readonly<z.infer<typeof slurmSchema>>;

const PAGE = 'docs/cluster.md';

/** The settings in a file, or the defaults where none is named. @throws UserError with all problems, a line each */
export function readSlurmFile(file: string | null): SlurmSettings {
  const input = file === null ? {} : (readYaml(file, PAGE) ?? {});
  const result = slurmSchema.safeParse(input);
  if (!result.success)
    throw new UserError(
      problemsOf(file ?? '--slurm', slurmSchema, input, result.error, PAGE).join('\n'),
    );
  return deepFreeze(result.data);
}
