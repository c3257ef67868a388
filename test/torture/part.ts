/** @file What a part of torture gets and gives. */

import type { Random } from '../../src/statistics/random';

/** Where a part works, and how much of it is wanted. */
export interface Torture {
  /** A folder of its own, removed afterwards. */
  readonly home: string;
  /** A data set of drawn people, with `images/`, and a sweep file beside it. */
  readonly data: string;
  readonly random: Random;
  /** Tries. */
  readonly times: number;
  readonly say: (line: string) => void;
}

/** What came of it. */
export interface Outcome {
  /** Tries that were made. */
  readonly tries: number;
  /** What was not as promised, a line each. */
  readonly faults: readonly string[];
  /** Counts of the part's own, for the table. */
  readonly note: string;
}

export type Part = (torture: Torture) => Promise<Outcome>;
