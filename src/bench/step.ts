/** @file Times training steps at random inputs, with random weights: only time and memory mean anything. */

import { ALEXNET_SIZE } from '../engine/pixel-range';
import { tf } from '../engine/tf';
import type { TrainConfig } from '../config/schema';
import { sameLabel } from '../models/age-condition';
import { trainableWeights } from '../models/named-weights';
import { ADAM, createAdam } from '../train/adam';
import type { Adam } from '../train/adam';
import { lossWeights } from '../train/inputs';
import { buildTrainedNetworks, loadJudges, networkSettings } from '../train/networks';
import type { StepInput } from '../train/steps';
import { disposeStep, updateDiscriminator, updateGenerator } from '../train/train-step';
import { countKernels } from './kernel-counter';
import type { KernelUse } from './kernel-counter';
import { median, peakRssGb, rounded, secondsSince } from './timing';

/** What was measured; the keys are those of bench/torch_step.py, and two more. */
export interface StepBench {
  readonly what: string;
  readonly batch: number;
  readonly size: number;
  /** Median seconds until the discriminator is updated, the generator's forward pass included; and from there on. */
  readonly d_seconds: number;
  readonly g_seconds: number;
  readonly step_seconds: number;
  readonly fastest: number;
  readonly slowest: number;
  readonly images_per_second: number;
  readonly peak_rss_gb: number;
  readonly kernels_per_step: number;
  readonly live_tensors: number;
}

const random = (shape: [number, number, number, number], low: number, high: number): tf.Tensor4D => tf.randomUniform(shape, low, high);

function randomInput({ batch_size: batch, image_size: size, age_groups: groups }: TrainConfig): StepInput {
  return {
    source: random([batch, size, size, 3], -110, 130),
    source227: random([batch, ALEXNET_SIZE, ALEXNET_SIZE, 3], -110, 130),
    real: random([batch, size, size, 3], -1, 1),
    trueLabel: sameLabel(1, batch, groups),
    falseLabel: sameLabel(3, batch, groups),
  };
}

/** Runs one step to warm up and `steps` more; `kernels` is of the last one. */
export async function benchStep(config: TrainConfig, steps: number): Promise<{ result: StepBench; kernels: readonly KernelUse[] }> {
  const weights = lossWeights(config);
  const { generator, discriminator } = buildTrainedNetworks(networkSettings(config), config.seed);
  const judges = { featureLayer: config.fea_layer_name, ageGroups: config.age_groups };
  const { frozen } = await loadJudges(weights, judges, config, config.seed);
  const networks = { generator, discriminator, frozen };
  const adamOf = (model: tf.LayersModel): Adam => createAdam(trainableWeights(model), { ...ADAM, learningRate: config.learning_rate });
  const [adamD, adamG] = [adamOf(discriminator), adamOf(generator)];
  const input = randomInput(config);
  const counter = countKernels();
  const times: { readonly d: number; readonly g: number }[] = [];
  for (let step = 0; step <= steps; step++) {
    counter.clear();
    const started = performance.now();
    let d = 0;
    let ofD: ReturnType<typeof updateDiscriminator> | undefined;
    const ofG = updateGenerator(networks, adamG, input, weights, 2, (fake) => {
      ofD = updateDiscriminator(networks, adamD, input, fake, weights);
      d = secondsSince(started);
    });
    if (ofD) {
      // on a GPU, kernels are only asked for so far: reading waits for them
      await Promise.all([ofD.d_loss.data(), ofG.g_gradient_norm.data()]);
      disposeStep({ ...ofD, ...ofG });
    }
    if (step > 0) times.push({ d, g: secondsSince(started) - d });
  }
  const kernels = counter.read();
  counter.stop();
  const totals = times.map(({ d, g }) => d + g);
  const total = median(totals);
  const result: StepBench = {
    what: `ipcgan, tfjs ${tf.version.tfjs}`,
    batch: config.batch_size,
    size: config.image_size,
    d_seconds: rounded(median(times.map(({ d }) => d)), 4),
    g_seconds: rounded(median(times.map(({ g }) => g)), 4),
    step_seconds: rounded(total, 4),
    fastest: rounded(Math.min(...totals), 4),
    slowest: rounded(Math.max(...totals), 4),
    images_per_second: rounded(config.batch_size / total, 3),
    peak_rss_gb: peakRssGb(),
    kernels_per_step: kernels.reduce((sum, { count }) => sum + count, 0),
    live_tensors: tf.memory().numTensors,
  };
  return { result, kernels };
}
