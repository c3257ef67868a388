/** @file All that is fuzzed: a target a kind of file from outside. */

import type { Target } from '../target';
import { DATA_TARGETS } from './data';
import { RUN_TARGETS } from './runs';
import { serve } from './serve';
import { WEIGHT_TARGETS } from './weights';

export const TARGETS: readonly Target[] = [
  ...DATA_TARGETS,
  ...WEIGHT_TARGETS,
  ...RUN_TARGETS,
  serve,
];
