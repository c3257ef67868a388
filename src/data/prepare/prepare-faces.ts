/** @file A data set of any source of faces, for programs. */

import { availableParallelism } from 'node:os';
import { resolveConfig } from '../../config/load';
import { toFlags } from '../../config/read-settings';
import type { VerbConfig } from '../../config/schema';
import { areCrops } from '../../config/verbs/prepare';
import { ensureEngine } from '../../engine/install/ensure';
import { UserError } from '../../errors';
import type { FaceSource } from '../sources/source';
import { prepareDataset } from './prepare-dataset';
import type { OnProgress, PrepareOutcome, PrepareSettings } from './prepare-dataset';
import { parseShard } from '../shard';

type PrepareConfig = VerbConfig<'prepare'>;

/** What says where the command finds faces, or where it runs. */
const OF_THE_COMMAND = [
  ...(['images', 'meta', 'manifest', 'people'] as const),
  ...(['launcher', 'shards', 'slurm', 'json'] as const),
];
type OfTheCommand = (typeof OF_THE_COMMAND)[number];

/** Settings of `ipcgan prepare` by their names; those that are absent have its defaults. */
export type PrepareFacesSettings = {
  readonly [K in Exclude<keyof PrepareConfig, OfTheCommand>]?: PrepareConfig[K] | undefined;
} & {
  /** Directory of the data set to make. */
  readonly out: string;
};

/** What the settings of `prepare` mean. @param isAligned whether the pictures are crops, which stay where they are */
export function toPrepareSettings(
  config: VerbConfig<'prepare'>,
  isAligned: boolean,
): PrepareSettings {
  const [youngest = 0, oldest = 0] = config.age_range;
  return {
    out: config.out,
    isAligned,
    face: config.face,
    minFace: config.min_face,
    minSharpness: config.min_sharpness,
    ageRange: [youngest, oldest],
    seed: config.seed,
    split: config.split,
    testShare: config.test_share,
    validationShare: config.validation_share,
    ageBounds: config.age_bounds,
    pairs: config.pairs,
    workers: config.workers ?? availableParallelism(),
    shard: parseShard(config.shard),
    isMerge: config.merge,
  };
}

/**
 * Makes a data set of a source's faces: examines every picture once, splits, and writes lists, manifest, rejects, report and, last,
 * dataset.json. Killed at any moment, the same call goes on where it was.
 * @throws UserError for wrong settings, a directory that holds a data set made otherwise, or a source without a usable picture;
 * MachineError when the disk is full, or the machine failed on a picture
 */
export async function prepareFaces(
  source: FaceSource,
  settings: PrepareFacesSettings,
  onProgress?: OnProgress,
): Promise<PrepareOutcome> {
  const given = OF_THE_COMMAND.filter(
    (name) => (settings as Readonly<Record<string, unknown>>)[name] !== undefined,
  );
  if (given.length > 0)
    throw new UserError(
      `${given.join(', ')}: expected settings of a source that is there, got some of the command alone. Leave them out.`,
    );
  const flags = toFlags({ images: source.rootFolder, ...settings });
  const word = 'folder';
  const { config } = resolveConfig('prepare', flags, { word, paths: [] });
  const isAligned = areCrops(word, config);
  if (!isAligned) await ensureEngine(config.device);
  return prepareDataset(source, toPrepareSettings(config, isAligned), onProgress);
}
