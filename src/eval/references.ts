/** @file What pictures are held against, measured on real photographs: thresholds of identity, and what every group looks like. */

import { createRandom } from '../statistics/random';
import { groupAges } from './age-accuracy';
import type { GroupAges } from './age-accuracy';
import type { Panel } from './judges/panel';
import type { References } from './score';
import { drawPeople } from '../statistics/bootstrap';
import type { RealFace } from './test-set';
import { calibrateJudge, chooseThreshold } from './thresholds';
import type { Threshold } from './thresholds';
import type { Calibration } from '../statistics/verification';

/** People are drawn so often. */
export const REPLICATES = 1000;

/** A references, and what it was made of. */
export interface MeasuredReferences {
  /** [judge]. */
  readonly calibrations: readonly (Calibration | null)[];
  readonly thresholds: readonly (Threshold | null)[];
  /** [judge][group]; null for a judge of people alone. */
  readonly realAges: readonly (readonly GroupAges[] | null)[];
  readonly references: References;
}

/** How it is made. */
export interface ReferenceSettings {
  readonly ageBounds: readonly number[];
  /** Overrides the threshold of the first judge; null for the calibrated or published one. */
  readonly threshold: number | null;
  readonly seed: number;
}

/** Sets thresholds, and asks every judge of ages about every group. @param real photographs of all groups */
export function measureReferences(
  { judges }: Panel,
  real: readonly RealFace[],
  { ageBounds, threshold, seed }: ReferenceSettings,
): MeasuredReferences {
  const random = createRandom(seed + 2);
  const calibrations = judges.map((judge, j) => calibrateJudge(judge, j, real, random));
  const thresholds = judges.map((judge, j) =>
    chooseThreshold(judge, calibrations[j] ?? null, j === 0 ? threshold : null),
  );
  const drawn = (people: number): Uint16Array[] =>
    drawPeople(people, REPLICATES, createRandom(seed + 3));
  const ofGroup = Array.from({ length: ageBounds.length + 1 }, (_, group) =>
    real.filter(({ entry }) => entry.group === group),
  );
  const realAges = judges.map(({ age }, judge) =>
    age === null
      ? null
      : ofGroup.map((faces, group) => groupAges(faces, group, judge, ageBounds, drawn)),
  );
  return {
    calibrations,
    thresholds,
    realAges,
    references: {
      thresholds: thresholds.map((one) => one?.distance ?? null),
      groupMeans: realAges.map((ages) =>
        ofGroup.map((_, group) => ages?.[group]?.mean?.value ?? null),
      ),
      ageBounds,
      judgesAge: judges.map(({ age }) => age !== null),
    },
  };
}
