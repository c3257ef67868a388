/** @file Settings of `prepareDataset` for the tests: aligned crops, nothing unusual. */

import type { PrepareSettings } from '../../src/data/prepare/prepare-dataset';

/** Everything but where to. */
export const PREPARE: Omit<PrepareSettings, 'out'> = {
  seed: 1,
  split: 'identity',
  testShare: 0.2,
  validationShare: 0,
  ageBounds: [20, 30, 40, 50],
  pairs: 40,
  isAligned: true,
  face: 'centre',
  minFace: 64,
  minSharpness: 0,
  ageRange: [11, 100],
  workers: 1,
  shard: null,
  isMerge: false,
};
