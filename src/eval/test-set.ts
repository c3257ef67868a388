/** @file What an evaluation is made on: held-out faces, real photographs of every age group, and who is in them. */

import path from 'node:path';
import { UserError } from '../errors';
import { decodeImage } from '../images/image';
import { readManifest } from '../data/manifest';
import type { ManifestEntry } from '../data/manifest';
import type { ChoosingPart, Dataset } from '../data/dataset';
import { createRandom } from '../statistics/random';
import type { ObservationCache, Observation } from './judges/panel';
import { JUDGED_AT_A_TIME, observationKey } from './judges/panel';
import type { RgbImage } from '../images/pixels';
import { resizeOpenCv } from '../images/resize';

/** A photograph of a data set, observed at the generator's size. */
export interface RealFace {
  readonly entry: ManifestEntry;
  /** Absolute path of the picture. */
  readonly file: string;
  /** Its person, or the picture itself where nobody is named. */
  readonly person: string;
  readonly observation: Observation;
}

/** A part of a data set that nothing was learnt from. */
export type HeldOutPart = ChoosingPart['part'];

/** How much of a data set is looked at. */
export interface TestSetSettings {
  /** Which faces are aged: of validation, where something is chosen; of test, where figures are reported. */
  readonly part: HeldOutPart;
  /** Aged faces at most. */
  readonly faces: number;
  /** Real photographs of a group at most. */
  readonly realFaces: number;
  readonly seed: number;
  /** In pixels. */
  readonly imageSize: number;
}

/** A picture as the generator's outputs are: S × S, by OpenCV's resize like the `real` pictures of training. */
export async function loadFace(file: string, imageSize: number): Promise<RgbImage> {
  return {
    data: resizeOpenCv(await decodeImage(file), imageSize),
    width: imageSize,
    height: imageSize,
  };
}

/** How a share of a part is asked for when a data set is prepared. */
const SHARE_FLAGS: Readonly<Record<HeldOutPart, string>> = {
  valid: '--validation_share',
  test: '--test_share',
};

/** Faces of a held-out part of a data set, drawn at random. @throws UserError when the part is empty */
export async function chooseHeldOutFaces(
  dataset: Dataset,
  { part, faces, seed }: TestSetSettings,
): Promise<ManifestEntry[]> {
  const held = (await readManifest(dataset.directory)).filter(({ split }) => split === part);
  if (held.length === 0)
    throw new UserError(
      `--data: expected ${part} faces in ${dataset.directory}, got none. Prepare it with a larger ${SHARE_FLAGS[part]}.`,
    );
  return createRandom(seed).shuffled(held).slice(0, faces);
}

/** What may be looked at: where validation chooses, nothing of the test part, in whatever role. */
export const isOpenTo = (part: HeldOutPart, { split }: ManifestEntry): boolean =>
  part === 'test' || split !== 'test';

/** Of one person in a group: two make a pair, and more would let a few people stand for the group. */
const MOST_OF_A_PERSON = 2;

/**
 * Real photographs of every group, of as many people as there are. People who are named twice come first, two photographs of each, so
 * that pairs of one person are among them; then others; further photographs of the same people only where there are no more.
 * All parts of the set are taken, but where validation chooses not the test part: the judges that come with us have learnt from none. A
 * classifier of --age_judge may have learnt from the training part; its figures on real photographs then are those of training.
 */
export async function chooseRealFaces(
  dataset: Dataset,
  { part, realFaces, seed }: TestSetSettings,
): Promise<ManifestEntry[]> {
  const manifest = await readManifest(dataset.directory);
  const entries = createRandom(seed + 1).shuffled(
    manifest.filter((entry) => isOpenTo(part, entry)),
  );
  const photographs = new Map<string, number>();
  for (const { identity } of entries)
    if (identity !== null) photographs.set(identity, (photographs.get(identity) ?? 0) + 1);
  const order = new Map([...photographs.keys()].map((name, i) => [name, i]));
  const rankOf = ({ identity }: ManifestEntry): number => order.get(identity ?? '') ?? 0;
  const isRepeated = ({ identity }: ManifestEntry): boolean =>
    identity !== null && (photographs.get(identity) ?? 0) > 1;
  const choose = (group: number): ManifestEntry[] => {
    const own = entries.filter((entry) => entry.group === group);
    const seen = new Map<string | null, number>();
    const isFurther = new Set(
      own.filter(({ identity }) => {
        const before = seen.get(identity) ?? 0;
        seen.set(identity, before + 1);
        return identity !== null && before >= MOST_OF_A_PERSON;
      }),
    );
    const first = own.filter((entry) => !isFurther.has(entry));
    const repeated = first.filter(isRepeated).sort((a, b) => rankOf(a) - rankOf(b));
    return [...repeated, ...first.filter((entry) => !isRepeated(entry)), ...isFurther].slice(
      0,
      realFaces,
    );
  };
  return Array.from({ length: dataset.ageBounds.length + 1 }, (_, group) => choose(group)).flat();
}

/** Observes photographs, those already known from the cache. @param onFace called with the number of finished ones */
export async function observeReal(
  dataset: Dataset,
  entries: readonly ManifestEntry[],
  imageSize: number,
  cache: ObservationCache,
  onFace: (done: number, total: number) => void,
): Promise<RealFace[]> {
  const faces: RealFace[] = [];
  onFace(0, entries.length);
  for (let start = 0; start < entries.length; start += JUDGED_AT_A_TIME) {
    const some = entries.slice(start, start + JUDGED_AT_A_TIME);
    const files = some.map((entry) => path.join(dataset.rootFolder, entry.path));
    const observations = await cache.observe(
      some.map(({ sha256 }) => observationKey(sha256, imageSize)),
      (i) => loadFace(files[i] ?? '', imageSize),
    );
    for (const [i, entry] of some.entries())
      faces.push({
        entry,
        file: files[i] ?? '',
        person: entry.identity ?? entry.path,
        observation: observations[i] as Observation,
      });
    onFace(faces.length, entries.length);
  }
  return faces;
}
