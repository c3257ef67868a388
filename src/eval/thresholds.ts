/** @file From which distance on two faces are two people's, for each judge: given, set by real pairs, or as its authors published it. */

import type { Random } from '../statistics/random';
import type { Judge } from './judges/judge';
import type { RealFace } from './test-set';
import { calibrate } from '../statistics/verification';
import type { Calibration } from '../statistics/verification';

/** From which distance on two faces are two people's. */
export interface Threshold {
  readonly distance: number;
  /** Where it comes from, for readers. */
  readonly origin: string;
  /** The threshold in every drawing of the real photographs' people; empty for one that was given or published, which has no uncertainty. */
  readonly replicates: readonly number[];
}

/** What real photographs tell of a judge; null for a judge of ages alone. @param index of the judge in the panel */
export function calibrateJudge(
  judge: Judge,
  index: number,
  real: readonly RealFace[],
  random: Random,
): Calibration | null {
  if (!judge.identity) return null;
  const described = real.flatMap(({ entry, observation }) => {
    const embedding = observation.opinions[index]?.embedding;
    return observation.isFound && embedding ? [{ embedding, person: entry.identity }] : [];
  });
  return calibrate(described, random);
}

/** @param given by the user, for this judge; null where nothing was given. @returns null where nobody knows one */
export function chooseThreshold(
  { identity }: Judge,
  calibration: Calibration | null,
  given: number | null,
): Threshold | null {
  if (!identity) return null;
  if (given !== null) return { distance: given, origin: 'given by --threshold', replicates: [] };
  const point = identity.isCalibrated
    ? calibration?.points.find(({ threshold }) => threshold !== null)
    : undefined;
  if (point?.threshold)
    return {
      distance: point.threshold.value,
      origin: `false accept rate ${100 * point.far} % on real pairs`,
      replicates: point.thresholdReplicates,
    };
  if (identity.publishedThreshold === null) return null;
  const why = identity.isCalibrated ? '; too few real pairs to set one' : '';
  return {
    distance: identity.publishedThreshold,
    origin: `published${why}`,
    replicates: [],
  };
}
