import type { Random } from '../statistics/random';
import { observe } from './judges/panel';
import type { Observation, Panel } from './judges/panel';
import { scoreItem } from './score';
import type { Item, Source, References } from './score';
import { loadFace } from './test-set';
import type { RealFace } from './test-set';
import type { RgbImage } from '../images/pixels';

/** Items with what the judges saw. */
export interface Baseline {
  readonly items: readonly Item[];
  readonly observations: readonly Observation[];
}

/** For every source and group a random real photograph of the group that shows somebody else; nothing where there is none. */
export function randomRealItems(
  sources: readonly Source[],
  real: readonly RealFace[],
  groups: readonly number[],
  references: References,
  random: Random,
): Baseline {
  const pairs = sources.flatMap((source) =>
    groups.flatMap((group) => {
      const others = real.filter(
        ({ entry, person }) => entry.group === group && person !== source.person,
      );
      const chosen = others[random.nextInt(Math.max(1, others.length))];
      return chosen
        ? [
            {
              observation: chosen.observation,
              item: scoreItem(source, group, chosen.observation, references),
            },
          ]
        : [];
    }),
  );
  return {
    items: pairs.map(({ item }) => item),
    observations: pairs.map(({ observation }) => observation),
  };
}

/** The mean of some pictures of one size, pixel by pixel. */
export async function meanFace(faces: readonly RealFace[], imageSize: number): Promise<RgbImage> {
  const sum = new Float64Array(imageSize * imageSize * 3);
  for (const { file } of faces) {
    const { data } = await loadFace(file, imageSize);
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + (data[i] ?? 0);
  }
  return {
    data: Uint8Array.from(sum, (value) => Math.round(value / faces.length)),
    width: imageSize,
    height: imageSize,
  };
}

/** For every source and group the group's mean face, the same for all sources. */
export async function meanFaceItems(
  sources: readonly Source[],
  real: readonly RealFace[],
  groups: readonly number[],
  references: References,
  panel: Panel,
  imageSize: number,
): Promise<Baseline> {
  const known = new Map<number, Observation>();
  for (const group of groups) {
    const faces = real.filter(({ entry }) => entry.group === group);
    const [observation] =
      faces.length > 0 ? await observe(panel, [await meanFace(faces, imageSize)]) : [];
    if (observation) known.set(group, observation);
  }
  const pairs = sources.flatMap((source) =>
    [...known].map(([group, observation]) => ({
      observation,
      item: scoreItem(source, group, observation, references),
    })),
  );
  return {
    items: pairs.map(({ item }) => item),
    observations: pairs.map(({ observation }) => observation),
  };
}
