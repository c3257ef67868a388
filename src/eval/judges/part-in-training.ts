/** @file Which judges of an evaluation had a part in the training of what they judge: a judge that taught is no witness. */

import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { isNetworkThere } from '../../weights/find-network';
import { readKnownConfig } from '../../runs/known-config';
import { runFiles } from '../../runs/run-dir';

/** As much of the config of a run, trained or pretrained, as is asked here. */
const configSchema = z.object({
  task: z.string().optional(),
  trunk: z.string().optional(),
  teacher: z.string().optional(),
  /** Of exported networks, whose ancestors are not there: the teacher of any of them. */
  taught_by: z.string().optional(),
  alexnet_pretrained_model: z.string().nullish(),
  age_pretrained_model: z.string().optional(),
  fea_loss_weight: z.number().optional(),
  age_loss_weight: z.number().optional(),
});

type RunConfig = z.infer<typeof configSchema>;

/** A run; or a network of which only its files are known. */
interface Ancestor {
  /** As it is named to the reader, relative places made whole. */
  readonly location: string;
  /** The same for every state of one run, by whatever name it is called. */
  readonly identity: string;
  readonly config: RunConfig;
}

/** Directory of the run that a checkpoint or a saved state lies in; the location itself where it is of no run. */
const runOf = (location: string): string =>
  [location, path.dirname(location)].find((directory) => existsSync(runFiles(directory).config)) ??
  location;

async function ancestorAt(location: string): Promise<Ancestor> {
  const run = runOf(location);
  const identity = existsSync(run) ? realpathSync(run) : path.resolve(run);
  return { location, identity, config: (await readKnownConfig(run, configSchema)) ?? {} };
}

/** A config names files as the run saw them: from here, or from a folder above the run. Null where they are in neither. */
function locate(name: string, run: string): string | null {
  const above = (folder: string): string[] =>
    path.dirname(folder) === folder ? [folder] : [folder, ...above(path.dirname(folder))];
  const candidates = [
    name,
    ...above(path.resolve(run)).map((folder) => path.resolve(folder, name)),
  ];
  return candidates.find(isNetworkThere) ?? null;
}

/** The networks that a run looked through or started from. */
function parentsOf({
  task,
  alexnet_pretrained_model: trunk,
  age_pretrained_model: classifier,
  ...weights
}: RunConfig): string[] {
  if (task !== undefined) return trunk ? [trunk] : [];
  const { fea_loss_weight: identity = 1, age_loss_weight: age = 1 } = weights;
  return [
    ...(identity > 0 && trunk ? [trunk] : []),
    ...(age > 0 && classifier !== undefined ? [classifier] : []),
  ];
}

/** A classifier comes from an identity network, which may have had a teacher. */
const GENERATIONS = 3;

/** Parents, and those that they came from; nearest first. */
async function ancestorsOf(
  { config, location }: Ancestor,
  generations = GENERATIONS,
): Promise<Ancestor[]> {
  if (generations === 0) return [];
  const places = parentsOf(config).flatMap((name) => locate(name, runOf(location)) ?? []);
  const parents = await Promise.all(places.map(ancestorAt));
  const older = await Promise.all(parents.map((parent) => ancestorsOf(parent, generations - 1)));
  return [...parents, ...older.flat()];
}

/** An age head on a trunk that stays as it is has no use for a teacher. */
const wasTaught = ({ teacher, task, trunk, taught_by: before }: RunConfig): boolean =>
  before === 'face-descriptor' ||
  (teacher === 'face-descriptor' && !(task === 'age' && trunk === 'frozen'));

/**
 * What parts judges had, by their names; what the run's directory does not tell is not known.
 * @param checkpointDir the run, or one of its checkpoints
 * @param ageJudge the classifier given by --age_judge
 */
export async function partsInTraining(
  checkpointDir: string,
  ageJudge: string | null,
): Promise<Record<string, string>> {
  const [run, judge] = await Promise.all([
    ancestorAt(checkpointDir),
    ageJudge === null ? null : ancestorAt(ageJudge),
  ]);
  const inLoss = await ancestorsOf(run);
  const parts: Record<string, string> = {};
  const taught = inLoss.find(({ config }) => wasTaught(config));
  if (taught) parts['face-api'] = `its descriptor taught ${taught.location}, which was in the loss`;
  const line = judge ? [judge, ...(await ancestorsOf(judge))] : [];
  const common = line.find(({ identity }) => inLoss.some((one) => one.identity === identity));
  if (common)
    parts.age_judge =
      common === judge
        ? 'it was in the loss itself'
        : `it comes from ${common.location}, which was in the loss`;
  return parts;
}
