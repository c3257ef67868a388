/** @file What version 0.1.0 wrote, which every later version must open: a data set, a run of two steps, two more steps, an aged face. */

import path from 'node:path';

/** Path of something that 0.1 wrote. */
export const kept = (...parts: string[]): string =>
  path.resolve(__dirname, '../fixtures/kept-0.1', ...parts);
