/**
 * @file The evaluation tested on itself: real photographs go the way of a generator's outputs, each at the group of its own age. What
 * comes out must be the judges' own error on photographs; what a perfect generator would be given is beside it.
 */

import { tf } from '../engine/tf';
import { createRandom } from '../statistics/random';
import { toImages } from '../ageing/age-faces';
import { indexPeople } from '../statistics/people';
import { JUDGED_AT_A_TIME, observe } from './judges/panel';
import type { Observation, Panel } from './judges/panel';
import { scoreItem } from './score';
import type { Item } from './score';
import { drawPeople, estimate } from '../statistics/bootstrap';
import type { Estimate } from '../statistics/bootstrap';
import { loadFace } from './test-set';
import type { RealFace } from './test-set';
import { REPLICATES } from './references';
import type { MeasuredReferences } from './references';
import { toUnitRange } from '../images/pixels';

/** What a judge says of one group's photographs that came the way of outputs; each null where nothing tells. */
export interface ScoredReal {
  readonly judge: string;
  /** Index. */
  readonly group: number;
  readonly photographs: number;
  /** Mean estimate, in years. */
  readonly mean: Estimate | null;
  /** Mean of |estimated − true| years. */
  readonly error: Estimate | null;
  /** Share put into the right group. */
  readonly inGroup: Estimate | null;
  /** As the table of an evaluation has it, from the group's mean estimate: what real photographs have, and no generator need be below. */
  readonly ageError: Estimate | null;
}

/** Photographs as if a generator had made them: [-1, 1], to 8-bit pictures, observed. */
async function observeAsOutputs(
  panel: Panel,
  real: readonly RealFace[],
  imageSize: number,
  onFace: (done: number, total: number) => void,
): Promise<Observation[]> {
  const observations: Observation[] = [];
  onFace(0, real.length);
  for (let start = 0; start < real.length; start += JUDGED_AT_A_TIME) {
    const faces = await Promise.all(
      real.slice(start, start + JUDGED_AT_A_TIME).map(({ file }) => loadFace(file, imageSize)),
    );
    const outputs = tf.tidy(() =>
      tf.stack<tf.Tensor3D>(
        faces.map(({ data }) => tf.tensor3d(toUnitRange(data), [imageSize, imageSize, 3])),
      ),
    ) as tf.Tensor4D;
    const pictures = await toImages(outputs);
    outputs.dispose();
    observations.push(...(await observe(panel, pictures)));
    onFace(observations.length, real.length);
  }
  return observations;
}

function figuresOf(
  scored: readonly { readonly years: number; readonly item: Item }[],
  judge: string,
  index: number,
  group: number,
  seed: number,
): ScoredReal {
  const people = indexPeople(scored.map(({ item }) => item.person));
  const draws = drawPeople(people.size, REPLICATES, createRandom(seed + 3));
  const of = (
    value: (one: (typeof scored)[number]) => number | boolean | null | undefined,
  ): Estimate | null => {
    const kept = scored.flatMap((one) => {
      const found = value(one);
      return found == null
        ? []
        : [{ value: Number(found), person: people.indexOf(one.item.person) }];
    });
    if (kept.length === 0) return null;
    return estimate(
      kept.map((one) => one.value),
      kept.map(({ person }) => person),
      draws,
    );
  };
  const ageOf = (item: Item): number | null => item.age[index] ?? null;
  return {
    judge,
    group,
    photographs: scored.length,
    mean: of(({ item }) => ageOf(item)),
    error: of(({ item, years }) => {
      const age = ageOf(item);
      return age === null ? null : Math.abs(age - years);
    }),
    inGroup: of(({ item }) => item.isInGroup[index]),
    ageError: of(({ item }) => item.ageError[index]),
  };
}

/** Scores them, by judge of ages and group; groups without photographs are left out. */
export async function scoreRealAsOutputs(
  panel: Panel,
  real: readonly RealFace[],
  { references }: Pick<MeasuredReferences, 'references'>,
  { imageSize, seed }: { readonly imageSize: number; readonly seed: number },
  onFace: (done: number, total: number) => void,
): Promise<ScoredReal[]> {
  const observations = await observeAsOutputs(panel, real, imageSize, onFace);
  const scored = real.flatMap((face, i) => {
    const observation = observations[i];
    if (!observation) return [];
    const source = {
      name: face.entry.path,
      person: face.person,
      observation: face.observation,
      real: new Map(),
    };
    return [
      { years: face.entry.age, item: scoreItem(source, face.entry.group, observation, references) },
    ];
  });
  const groups = [...new Set(scored.map(({ item }) => item.group))].sort((a, b) => a - b);
  return panel.judges.flatMap(({ name, age }, j) =>
    age === null
      ? []
      : groups.map((group) =>
          figuresOf(
            scored.filter(({ item }) => item.group === group),
            name,
            j,
            group,
            seed,
          ),
        ),
  );
}
