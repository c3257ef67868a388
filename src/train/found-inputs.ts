/** @file What `ipcgan train` takes where it is told no data and no pretrained networks: the only data set there is, the newest networks. */

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { defaultOf } from '../config/key';
import { deepFreeze } from '../config/load';
import type { Resolved } from '../config/load';
import { VERB_KEYS } from '../config/schema';
import type { TrainConfig } from '../config/schema';
import { DATASET_FILE } from '../data/dataset';
import { UserError } from '../errors';
import { isNeeded } from '../losses/term';
import { directoryOfRun } from '../runs/resumed-config';
import { runFiles } from '../runs/run-dir';
import { GIVEN, isNetworkThere, isSavedModel } from '../weights/find-network';
import { MAKE_NETWORK } from './check-pretrained';
import { lossTermsOf } from './open-step';

const DATASETS = 'datasets';
/** Names of data sets and of runs may have parts, `mine/first`. */
const DEPTH = 3;
const MAKE_DATA = `ipcgan prepare --images=DIR --out=${DATASETS}/NAME`;

/** The config that training goes by, and what is said of it. */
export interface FoundInputs {
  readonly config: TrainConfig;
  /** A line for each input that was found and not given. */
  readonly notes: readonly string[];
}

/** Directories under a place that are what is looked for; within those nothing is looked for. */
function directoriesUnder(
  place: string,
  isIt: (directory: string) => boolean,
  depth = DEPTH,
): string[] {
  if (depth === 0 || !existsSync(place)) return [];
  return readdirSync(place, { withFileTypes: true })
    .filter((entry) => !entry.name.startsWith('.') && !entry.isFile())
    .map((entry) => path.join(place, entry.name))
    .flatMap((directory) => {
      if (!(statSync(directory, { throwIfNoEntry: false })?.isDirectory() ?? false)) return [];
      return isIt(directory) ? [directory] : directoriesUnder(directory, isIt, depth - 1);
    })
    .sort();
}

/** @throws UserError where there is no data set, or several */
function findData(): string {
  const all = directoriesUnder(DATASETS, (place) => existsSync(path.join(place, DATASET_FILE)));
  const [only, ...others] = all;
  if (only === undefined)
    throw new UserError(
      `--data: expected a prepared data set, got nothing, and there is none under ${DATASETS}/. Make one with \`${MAKE_DATA}\`, then the networks with \`${MAKE_NETWORK.alexnet_pretrained_model}\` and \`${MAKE_NETWORK.age_pretrained_model}\`.`,
    );
  if (others.length > 0)
    throw new UserError(
      `--data: expected which data set to train on, got nothing, and there are ${all.length} under ${DATASETS}/: ${all.join(', ')}. Add --data=${only}, or another of them.`,
    );
  return only;
}

/** A pretrain run that has ended, so that its network is whole. */
interface PretrainRun {
  readonly directory: string;
  readonly task: unknown;
  readonly trunk: unknown;
  /** What the network of an age run stands on. */
  readonly base: unknown;
  /** When it ended, in milliseconds. */
  readonly ended: number;
}

function readPretrainRun(directory: string): PretrainRun[] {
  const { config, summary } = runFiles(directory);
  if (!existsSync(summary) || !isSavedModel(path.join(directory, GIVEN))) return [];
  try {
    const {
      task,
      trunk,
      alexnet_pretrained_model: base,
      steps,
      patience,
    } = JSON.parse(readFileSync(config, 'utf8')) as Readonly<Record<string, unknown>>;
    const { step } = JSON.parse(readFileSync(summary, 'utf8')) as { step?: unknown };
    // a signal ended it; patience may end it before, too
    if (Number(step) < Number(steps) && !(Number(patience) > 0)) return [];
    return [{ directory, task, trunk, base, ended: statSync(summary).mtimeMs }];
  } catch {
    // whatever it is, it is no run to train with
    return [];
  }
}

/** Finished pretrain runs of a task, the newest first. */
function pretrainRuns(task: 'identity' | 'age'): PretrainRun[] {
  const runs = directoriesUnder(directoryOfRun(''), (place) => existsSync(runFiles(place).config));
  return runs
    .flatMap(readPretrainRun)
    .filter((run) => run.task === task)
    .sort((a, b) => b.ended - a.ended);
}

type NetworkFlag = 'alexnet_pretrained_model' | 'age_pretrained_model';

/** Where the identity network lies that goes with an age classifier: both must have one trunk. */
function trunkOf(age: PretrainRun | undefined): string | null {
  if (age?.trunk === 'finetune') return age.directory;
  return typeof age?.base === 'string' && isNetworkThere(age.base) ? age.base : null;
}

/** The newest networks for the losses that need some and are not told which. */
function findNetworks(config: TrainConfig, isFree: (flag: NetworkFlag) => boolean) {
  const terms = lossTermsOf(config);
  const found: Partial<Record<NetworkFlag, string>> = {};
  const needsAges = isNeeded(terms, 'ages');
  const [age] = needsAges && isFree('age_pretrained_model') ? pretrainRuns('age') : [];
  if (age) found.age_pretrained_model = age.directory;
  if ((isNeeded(terms, 'features') || needsAges) && isFree('alexnet_pretrained_model')) {
    const identity = trunkOf(age) ?? pretrainRuns('identity')[0]?.directory;
    if (identity !== undefined) found.alexnet_pretrained_model = identity;
  }
  return found;
}

/**
 * Fills in what a new run is not told and whose default is not there: the only data set under `datasets/`, and the newest networks of
 * finished pretrain runs under `checkpoints/`. Networks that are not found stay as they are, for the check that names them.
 * @throws UserError where there is no data set, or several
 */
export function withFoundInputs({ config, given }: Resolved<'train'>): FoundInputs {
  const isFree = (name: 'source_file' | NetworkFlag): boolean =>
    !config.resume &&
    !given.has(name) &&
    config[name] === defaultOf(VERB_KEYS.train[name]) &&
    !(name === 'source_file' ? existsSync(config[name]) : isNetworkThere(config[name]));
  const needsData = config.data === null && !given.has('root_folder') && isFree('source_file');
  const found = {
    ...(needsData ? { data: findData() } : {}),
    ...findNetworks(config, isFree),
  };
  const why: Readonly<Record<string, string>> = {
    data: `the only data set under ${DATASETS}/`,
    alexnet_pretrained_model: 'the newest that fits under checkpoints/',
    age_pretrained_model: 'the newest under checkpoints/',
  };
  return {
    config: deepFreeze({ ...config, ...found }),
    notes: Object.entries(found).map(([name, value]) => `--${name}=${value}: ${why[name] ?? ''}`),
  };
}
