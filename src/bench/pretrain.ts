/** @file Times pretraining's updates of AlexNet over people, at random pictures: only time and memory mean anything. */

import { ALEXNET_SIZE } from '../images/pixel-range';
import { tf } from '../engine/tf';
import { oneHotLabels } from '../models/age-condition';
import { NO_TRAINING_LAYERS, widthsWithHead } from '../models/alexnet';
import { isTrainable } from '../models/named-weights';
import { createPerVariableOptimizer } from '../optimizers/per-variable';
import { buildAlexNet, initializeAlexNet } from '../models/alexnet-network';
import type { ComputeMode } from '../config/verbs/common';
import { taskLoss } from '../pretrain/task';
import { openUpdater } from '../pretrain/update';
import { memoryByPlace } from './memory';
import type { MemoryByPlace } from './memory';
import { FUNCTION_WARM_UP, median, peakRssGb, rounded, secondsSince } from './timing';

/** What is timed. */
export interface PretrainBenchSettings extends ComputeMode {
  readonly batch_size: number;
  readonly head_width: number;
  readonly optimizer: 'momentum' | 'adam';
  readonly batch_norm: boolean;
}

/** What was measured; the keys are those of bench/torch_pretrain.py, and one more. */
export interface PretrainBench {
  readonly what: string;
  readonly batch: number;
  readonly head_width: number;
  readonly optimizer: string;
  readonly step_seconds: number;
  readonly fastest: number;
  readonly slowest: number;
  readonly images_per_second: number;
  readonly peak_rss_gb: number;
  /** After the timed updates. */
  readonly memory_mb: MemoryByPlace;
  readonly live_tensors: number;
}

/** CACD's people. */
const PEOPLE = 2000;
const DROPOUT = 0.5;

/**
 * Runs some updates to warm up and `steps` more.
 * @param say takes a line where updates go op by op unasked
 */
export async function benchPretrain(
  settings: PretrainBenchSettings,
  steps: number,
  say: (line: string) => void,
): Promise<PretrainBench> {
  const { batch_size: batch, head_width, optimizer: kind, batch_norm: batchNorm } = settings;
  const layers = { batchNorm, dropout: DROPOUT };
  const shape = {
    widths: widthsWithHead(head_width),
    hasIdentity: true,
    descriptor: null,
    people: PEOPLE,
    ageGroups: null,
  };
  const network = buildAlexNet(shape, { trunk: layers, identity: layers, age: NO_TRAINING_LAYERS });
  await initializeAlexNet(network, 1, null);
  const learns = new Map([...network.weights].filter(([name]) => isTrainable(name)));
  const optimizer = createPerVariableOptimizer(
    learns,
    new Map([...learns.keys()].map((name) => [name, 1])),
    {
      optimizer: kind,
      weightDecay: 5e-4,
    },
  );
  const images: tf.Tensor4D = tf.randomUniform([batch, ALEXNET_SIZE, ALEXNET_SIZE, 3], -110, 130);
  const classes = oneHotLabels(
    Array.from({ length: batch }, (_, i) => i),
    PEOPLE,
  );
  const loss = taskLoss('new_2', 1);
  const learner = { network, learns, optimizer, loss, batchNorm, seed: 1, reach: null };
  const updater = openUpdater(learner, settings, say);
  const times: number[] = [];
  for (let step = -FUNCTION_WARM_UP; step < steps; step++) {
    const started = performance.now();
    const value = updater.update(images, { classes, descriptors: null }, 1e-3);
    // on a GPU, kernels are only asked for so far: reading waits for them
    await value.data();
    value.dispose();
    if (step >= 0) times.push(secondsSince(started));
  }
  updater.dispose();
  const total = median(times);
  return {
    what: `ipcgan, tfjs ${tf.version.tfjs}`,
    batch,
    head_width,
    optimizer: kind,
    step_seconds: rounded(total, 4),
    fastest: rounded(Math.min(...times), 4),
    slowest: rounded(Math.max(...times), 4),
    images_per_second: rounded(batch / total, 3),
    peak_rss_gb: peakRssGb(),
    memory_mb: memoryByPlace(),
    live_tensors: tf.memory().numTensors,
  };
}
