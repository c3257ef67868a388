/** @file A thousand steps of the small preset: as many tensors as before, and no more memory. */

import { run } from './command';
import type { Part } from './part';

/** MB a step that are noise. */
const MOST_GROWTH = 0.05;

export const steps: Part = async ({ home, times }) => {
  // as configs/small.yaml has them
  const small = ['--image_size=64', '--batch=8'];
  const { stdout } = await run(['bench', 'step', ...small, `--steps=${times}`, '--json'], home);
  const said = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as {
    live_tensors: number;
    rss_growth_mb_per_step: number | null;
  };
  const { live_tensors: tensors, rss_growth_mb_per_step: growth } = said;
  // too few steps say nothing of memory
  const faults = (growth ?? 0) < MOST_GROWTH ? [] : [`${growth ?? ''} MB more a step`];
  return {
    tries: times,
    faults,
    note: `${tensors} tensors live, ${growth ?? 'too few steps to tell how many'} MB more a step`,
  };
};
