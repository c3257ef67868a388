/** @file Which judges of an evaluation had a part in the training of what they judge: a judge that taught is no witness. */

import { existsSync } from 'node:fs';
import { readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { runFiles } from './run-dir';

/** As much of the config of a run, trained or pretrained, as is asked here. */
const configSchema = z.object({
  alexnet_pretrained_model: z.string().optional(),
  age_pretrained_model: z.string().optional(),
  teacher: z.string().optional(),
  fea_loss_weight: z.number().optional(),
  age_loss_weight: z.number().optional(),
});

type RunConfig = z.infer<typeof configSchema>;

/** Of a run, or of the run that a checkpoint lies in. */
async function configOf(location: string): Promise<RunConfig | null> {
  const read = (directory: string): Promise<string | null> => readFile(runFiles(directory).config, 'utf8').catch(() => null);
  const text = (await read(location)) ?? (await read(path.dirname(location)));
  if (text === null) return null;
  const parsed = configSchema.safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : null;
}

const resolved = (location: string): Promise<string> => realpath(location).catch(() => path.resolve(location));

/** The pretrained networks that a run's losses looked through, and those that these came from. */
async function ancestors(config: RunConfig, depth: number): Promise<string[]> {
  const parents = [
    ...((config.fea_loss_weight ?? 1) > 0 ? [config.alexnet_pretrained_model] : []),
    ...((config.age_loss_weight ?? 1) > 0 ? [config.age_pretrained_model] : []),
  ].filter((location) => location !== undefined && existsSync(location)) as string[];
  if (depth === 0) return parents;
  const older = await Promise.all(parents.map(async (parent) => ancestors((await configOf(parent)) ?? {}, depth - 1)));
  return [...parents, ...older.flat()];
}

/** A classifier comes from an identity network, which may have had a teacher. */
const GENERATIONS = 3;

/**
 * What parts judges had, by their names; what the run's directory does not tell is not known.
 * @param checkpointDir the run, or one of its checkpoints
 */
export async function partsInTraining(checkpointDir: string, ageJudge: string | null): Promise<Record<string, string>> {
  const config = await configOf(checkpointDir);
  if (config === null) return {};
  const parts: Record<string, string> = {};
  for (const parent of await ancestors(config, GENERATIONS)) {
    const teacher = (await configOf(parent))?.teacher;
    if (teacher === 'face-descriptor') parts['face-api'] = `its descriptor taught ${parent}, which was in the loss`;
    if (ageJudge !== null && (await resolved(parent)) === (await resolved(ageJudge))) parts.age_judge = 'it was in the loss itself';
  }
  return parts;
}
