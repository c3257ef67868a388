/** @file Hundreds of steps of training, from pictures on the disk: as many tensors as before, and no more memory. */

import path from 'node:path';
import { FUNCTION_WARM_UP, growth } from '../../src/bench/timing';
import { run } from './command';
import { copyData } from './kills';
import type { Part } from './part';
import type { Counts } from './train-and-count';

const ROOT = path.resolve(__dirname, '../..');
const PROGRAM = [
  ...['-r', path.join(ROOT, 'scripts/typescript.cjs')],
  path.join(__dirname, 'train-and-count.ts'),
];

/** MB a step that are noise. */
const MOST_GROWTH = 0.05;

/** Trains with samples and checkpoints between, so that they count, too. */
const trainedSteps =
  (flags: readonly string[]): Part =>
  async (torture) => {
    const { home, times, say } = torture;
    copyData(torture);
    const often = Math.max(10, Math.ceil(times / 10));
    const usual = [
      '--data=data',
      '--allow_untrained',
      '--checkpoint_dir=run',
      '--log_every=1',
      '--keep=2',
    ];
    const { stdout } = await run(
      [
        ...flags,
        ...usual,
        ...[`--max_steps=${times}`, `--save_every=${often}`, `--sample_every=${often}`],
      ],
      home,
      [0],
      {},
      PROGRAM,
    );
    const { tensors, bytes } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Counts;
    // the first ones become a function, whose variables stay
    const counts = [...new Set(tensors.slice(FUNCTION_WARM_UP))];
    const slope = growth(bytes);
    const mb = (at: number): string => ((bytes.at(at) ?? 0) / 1e6).toFixed(0);
    say(`${mb(0)} MB at the first step, ${mb(-1)} MB at the last`);
    return {
      tries: times,
      faults: [
        ...(counts.length === 1 ? [] : [`${counts.join(', then ')} tensors live`]),
        // too few steps say nothing of memory
        ...((slope ?? 0) < MOST_GROWTH ? [] : [`${slope} MB more a step`]),
      ],
      note: `${counts.join(', ')} tensors live, ${slope ?? 'too few steps to tell how many'} MB more a step`,
    };
  };

export const smallSteps = trainedSteps([`--config=${path.join(ROOT, 'configs/small.yaml')}`]);

/** Networks of the original's size, and a batch that a step of two cores has time for. */
export const wideSteps = trainedSteps(['--batch_size=8', '--labels=picture']);
