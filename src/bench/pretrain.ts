/** @file Times steps of pretraining AlexNet over people, at random pictures: only time and memory mean anything. */

import { ALEXNET_SIZE } from '../images/pixel-range';
import { tf } from '../engine/tf';
import { ageLoss as crossEntropy } from '../losses/age';
import { oneHotLabels } from '../models/age-condition';
import { NO_TRAINING_LAYERS, widthsWithHead } from '../models/alexnet';
import { countStatistics } from '../models/layers/batch-normalization';
import type { BatchStatistics } from '../models/layers/batch-normalization';
import { isTrainable } from '../models/named-weights';
import { gradientsOf } from '../models/gradients';
import { createPerVariableOptimizer } from '../optimizers/per-variable';
import { median, peakRssGb, rounded, secondsSince } from './timing';
import { buildAlexNet, runAlexNet, initializeAlexNet } from '../models/alexnet-network';

/** What is timed. */
export interface PretrainBenchSettings {
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
  readonly live_tensors: number;
}

/** CACD's people. */
const PEOPLE = 2000;
const DROPOUT = 0.5;

/** Runs one step to warm up and `steps` more. */
export async function benchPretrain(
  settings: PretrainBenchSettings,
  steps: number,
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
  const target = oneHotLabels(
    Array.from({ length: batch }, (_, i) => i),
    PEOPLE,
  );
  const times: number[] = [];
  for (let step = 0; step <= steps; step++) {
    const started = performance.now();
    const statistics: BatchStatistics[] = [];
    const mode = { training: batchNorm, statistics, dropoutSeed: [1, step] };
    const loss = (): tf.Scalar =>
      crossEntropy(runAlexNet(network, images, mode).new_2 as tf.Tensor2D, target);
    const { value, gradients } = gradientsOf(learns, loss, learns.get('alexnet/conv1/weights'));
    optimizer.apply(gradients, 1e-3);
    if (statistics.length > 0) countStatistics(statistics, 1);
    // on a GPU, kernels are only asked for so far: reading waits for them
    await value.data();
    tf.dispose([value, gradients]);
    if (step > 0) times.push(secondsSince(started));
  }
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
    live_tensors: tf.memory().numTensors,
  };
}
