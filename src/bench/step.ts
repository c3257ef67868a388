/** @file Times training steps at random inputs, with random weights: only time and memory mean anything. */

import { ALEXNET_SIZE } from '../images/pixel-range';
import { tf } from '../engine/tf';
import type { TrainConfig } from '../config/schema';
import { sameLabel } from '../models/age-condition';
import type { Optimizer } from '../optimizers/optimizer';
import { openStep } from '../train/open-step';
import type { StepInput } from '../train/forward';
import { disposeStep, trainStep } from '../train/step';
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
  /** From the start of the process to that of the first step. */
  readonly startup_seconds: number;
  readonly kernels_per_step: number;
  readonly live_tensors: number;
  /** How much memory the process gained a step over the later half of the steps; null where those are too few to tell. */
  readonly rss_growth_mb_per_step: number | null;
}

const random = (shape: [number, number, number, number], low: number, high: number): tf.Tensor4D =>
  tf.randomUniform(shape, low, high);

function randomInput({
  batch_size: batch,
  image_size: size,
  age_groups: groups,
}: TrainConfig): StepInput {
  return {
    source: random([batch, size, size, 3], -110, 130),
    source227: random([batch, ALEXNET_SIZE, ALEXNET_SIZE, 3], -110, 130),
    real: random([batch, size, size, 3], -1, 1),
    trueLabel: sameLabel(1, batch, groups),
    falseLabel: sameLabel(3, batch, groups),
  };
}

/** Fewest steps whose memory says something of its growth. */
const STEPS_OF_GROWTH = 50;

/** Slope of the later half of readings in bytes, by least squares, in MB a reading. */
function growth(readings: readonly number[]): number | null {
  if (readings.length < STEPS_OF_GROWTH) return null;
  const later = readings.slice(Math.floor(readings.length / 2));
  const meanX = (later.length - 1) / 2;
  const meanY = later.reduce((sum, value) => sum + value, 0) / later.length;
  const covariance = later.reduce((sum, value, i) => sum + (i - meanX) * (value - meanY), 0);
  const variance = later.reduce((sum, _, i) => sum + (i - meanX) ** 2, 0);
  return rounded(covariance / variance / 1e6, 3);
}

/** Seconds of one step: until the discriminator is updated, and from there on. */
interface StepTime {
  readonly d: number;
  readonly g: number;
}

/** What the steps tell, beside start and growth. */
function toResult(
  { batch_size: batch, image_size: size }: TrainConfig,
  times: readonly StepTime[],
  kernels: readonly KernelUse[],
): Omit<StepBench, 'startup_seconds' | 'rss_growth_mb_per_step'> {
  const totals = times.map(({ d, g }) => d + g);
  const total = median(totals);
  return {
    what: `ipcgan, tfjs ${tf.version.tfjs}`,
    batch,
    size,
    d_seconds: rounded(median(times.map(({ d }) => d)), 4),
    g_seconds: rounded(median(times.map(({ g }) => g)), 4),
    step_seconds: rounded(total, 4),
    fastest: rounded(Math.min(...totals), 4),
    slowest: rounded(Math.max(...totals), 4),
    images_per_second: rounded(batch / total, 3),
    peak_rss_gb: peakRssGb(),
    kernels_per_step: kernels.reduce((sum, { count }) => sum + count, 0),
    live_tensors: tf.memory().numTensors,
  };
}

/** Runs one step to warm up and `steps` more; `kernels` is of the last one. */
export async function benchStep(
  config: TrainConfig,
  steps: number,
): Promise<{ result: StepBench; kernels: readonly KernelUse[] }> {
  const { networks, optimizers, settings } = await openStep(config, config.age_bounds);
  const input = randomInput(config);
  const counter = countKernels();
  const memory: number[] = [];
  const startup = performance.now() / 1000;
  const times: StepTime[] = [];
  for (let step = 0; step <= steps; step++) {
    counter.clear();
    const started = performance.now();
    let d = 0;
    const discriminator: Optimizer = {
      ...optimizers.discriminator,
      apply: (gradients, rate) => {
        const norm = optimizers.discriminator.apply(gradients, rate);
        d = secondsSince(started);
        return norm;
      },
    };
    const timed = { discriminator, generator: optimizers.generator };
    const scalars = trainStep(networks, timed, settings, input);
    // on a GPU, kernels are only asked for so far: reading waits for them
    await Promise.all([scalars.d_loss.data(), scalars.g_gradient_norm?.data()]);
    disposeStep(scalars);
    memory.push(process.memoryUsage.rss());
    if (step > 0) times.push({ d, g: secondsSince(started) - d });
  }
  const kernels = counter.read();
  counter.stop();
  return {
    result: {
      ...toResult(config, times, kernels),
      startup_seconds: rounded(startup, 2),
      rss_growth_mb_per_step: growth(memory),
    },
    kernels,
  };
}
