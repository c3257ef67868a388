/** @file Times training steps at random inputs, with random weights: only time and memory mean anything. */

import { ALEXNET_SIZE } from '../images/pixel-range';
import { isGpu } from '../engine/kernels/native';
import { tf } from '../engine/tf';
import type { TrainConfig } from '../config/schema';
import type { ComputeMode } from '../config/verbs/common';
import { sameLabel } from '../models/age-condition';
import type { Optimizer } from '../optimizers/optimizer';
import { profileFunction } from '../engine/function/profile';
import { openStepRunner } from '../train/compiled-step';
import type { StepRunner } from '../train/compiled-step';
import { openStep } from '../train/open-step';
import type { OpenStep } from '../train/open-step';
import { drawChanges } from '../train/draw-changes';
import type { StepInput } from '../train/forward';
import { disposeStep } from '../train/step';
import { countKernels, kernelsOf } from './kernel-counter';
import type { KernelUse } from './kernel-counter';
import { memoryByPlace } from './memory';
import type { MemoryByPlace } from './memory';
import { FUNCTION_WARM_UP, growth, median, peakRssGb, rounded, secondsSince } from './timing';

/** What was measured; the keys are those of bench/torch_step.py, and two more. */
export interface StepBench {
  readonly what: string;
  readonly batch: number;
  readonly size: number;
  /** Median seconds until the discriminator is updated, the generator's forward pass included; and from there on. Op by op on the CPU only. */
  readonly d_seconds?: number;
  readonly g_seconds?: number;
  readonly step_seconds: number;
  /** Of the same step op by op, where it is timed as one function. */
  readonly op_by_op_seconds?: number;
  /** Median seconds until a step's call returned: on a GPU, what JavaScript and TensorFlow need to ask for it. */
  readonly host_seconds: number;
  readonly fastest: number;
  readonly slowest: number;
  readonly images_per_second: number;
  readonly peak_rss_gb: number;
  /** After the timed steps. */
  readonly memory_mb: MemoryByPlace;
  /** From the start of the process to that of the first step. */
  readonly startup_seconds: number;
  readonly kernels_per_step: number;
  /** How often JavaScript called TensorFlow for them. */
  readonly calls_per_step: number;
  readonly live_tensors: number;
  /** How much memory the process gained a step over the later half of the steps; null where those are too few to tell. */
  readonly rss_growth_mb_per_step: number | null;
}

const random = (shape: [number, number, number, number], low: number, high: number): tf.Tensor4D =>
  tf.randomUniform(shape, low, high);

/** A batch of noise; the caller disposes. */
export function randomInput(config: TrainConfig): StepInput {
  const { batch_size: batch, image_size: size, age_groups: groups } = config;
  return {
    source: random([batch, size, size, 3], -110, 130),
    source227: random([batch, ALEXNET_SIZE, ALEXNET_SIZE, 3], -110, 130),
    real: random([batch, size, size, 3], -1, 1),
    trueLabel: sameLabel(1, batch, groups),
    falseLabel: sameLabel(3, batch, groups),
    ...drawChanges(config, 0, { first: 0, count: batch }),
  };
}

/** Seconds of one step. */
export interface StepTime {
  readonly whole: number;
  /** Until the call returned. */
  readonly host: number;
  /** Until the discriminator is updated; null in a function and on a GPU, which do not say. */
  readonly d: number | null;
}

const runs = (uses: readonly KernelUse[]): number =>
  uses.reduce((sum, { count }) => sum + count, 0);

/** What the steps tell, beside start and growth. */
function toResult(
  { batch_size: batch, image_size: size }: TrainConfig,
  times: readonly StepTime[],
  calls: readonly KernelUse[],
  kernelsPerStep: number,
): Omit<StepBench, 'startup_seconds' | 'rss_growth_mb_per_step' | 'peak_rss_gb' | 'memory_mb'> {
  const totals = times.map(({ whole }) => whole);
  const total = median(totals);
  const halves = times.flatMap(({ whole, d }) => (d === null ? [] : [{ d, g: whole - d }]));
  return {
    what: `ipcgan, tfjs ${tf.version.tfjs}`,
    batch,
    size,
    ...(halves.length === 0
      ? {}
      : {
          d_seconds: rounded(median(halves.map(({ d }) => d)), 4),
          g_seconds: rounded(median(halves.map(({ g }) => g)), 4),
        }),
    step_seconds: rounded(total, 4),
    host_seconds: rounded(median(times.map(({ host }) => host)), 4),
    fastest: rounded(Math.min(...totals), 4),
    slowest: rounded(Math.max(...totals), 4),
    images_per_second: rounded(batch / total, 3),
    kernels_per_step: kernelsPerStep,
    calls_per_step: runs(calls),
    live_tensors: tf.memory().numTensors,
  };
}

const OP_BY_OP: ComputeMode = { compile: 'off', precision: 'auto' };
/** So many steps tell what op by op takes. */
const MOST_OP_BY_OP = 6;

/** One more step, with the kernels inside its function; null where it is none, or nobody may look. */
async function profileOnce(runner: StepRunner, input: StepInput): Promise<KernelUse[] | null> {
  const [recording] = runner.recordings().values();
  if (recording === undefined) return null;
  const ops = await profileFunction(recording, async () => {
    const scalars = runner.step(input, input);
    await scalars.d_loss.data();
    disposeStep(scalars);
  });
  return ops && kernelsOf(ops);
}

/** Timed steps. */
export interface TimedSteps {
  readonly times: readonly StepTime[];
  /** Of the last step: how TensorFlow was called. */
  readonly calls: readonly KernelUse[];
  /** Of the process after each step, in bytes. */
  readonly memory: readonly number[];
  readonly runner: StepRunner;
}

/** Runs steps to warm up, until they are a function where they become one, and `steps` more. */
export async function timeSteps(
  open: OpenStep,
  mode: ComputeMode,
  input: StepInput,
  steps: number,
): Promise<TimedSteps> {
  const clock = { started: 0, d: null as number | null };
  // tells when D's update is asked for, where JavaScript runs
  const discriminator: Optimizer = {
    ...open.optimizers.discriminator,
    move: (gradients, numbers) => {
      const norm = open.optimizers.discriminator.move(gradients, numbers);
      // a GPU has only been asked for it by now
      clock.d = isGpu() ? null : secondsSince(clock.started);
      return norm;
    },
  };
  const optimizers = { discriminator, generator: open.optimizers.generator };
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const runner = openStepRunner({ ...open, optimizers }, mode, say);
  const counter = countKernels();
  const memory: number[] = [];
  const times: StepTime[] = [];
  const warmUp = mode.compile === 'off' ? 1 : FUNCTION_WARM_UP;
  for (let step = -warmUp; step < steps; step++) {
    counter.clear();
    clock.d = null;
    clock.started = performance.now();
    const scalars = runner.step(input, input);
    const host = secondsSince(clock.started);
    // on a GPU, kernels are only asked for so far: reading waits for them
    await Promise.all([scalars.d_loss.data(), scalars.g_gradient_norm?.data()]);
    disposeStep(scalars);
    memory.push(process.memoryUsage.rss());
    if (step >= 0) times.push({ whole: secondsSince(clock.started), host, d: clock.d });
  }
  const calls = counter.read();
  counter.stop();
  return { times, calls, memory, runner };
}

/** Times steps as `mode` has them, and the same op by op beside a function; `kernels` is of one step. */
export async function benchStep(
  config: TrainConfig,
  steps: number,
): Promise<{ result: StepBench; kernels: readonly KernelUse[] }> {
  const open = await openStep(config, config.age_bounds);
  const input = randomInput(config);
  const startup = performance.now() / 1000;
  const timed = await timeSteps(open, config, input, steps);
  // what follows takes more: ops of a profiled step run side by side
  const peak_rss_gb = peakRssGb();
  const memory_mb = memoryByPlace();
  const [recording] = timed.runner.recordings().values();
  // TensorFlow's profiler would have NVIDIA's look into a GPU, and crash where there is none
  const inside = isGpu() ? null : await profileOnce(timed.runner, input);
  timed.runner.dispose();
  const kernels = inside ?? timed.calls;
  const isFunction = recording !== undefined && (isGpu() || inside !== null);
  // which knows no bfloat16
  const opByOp =
    isFunction && config.precision !== 'bfloat16'
      ? await timeSteps(open, OP_BY_OP, input, Math.min(steps, MOST_OP_BY_OP))
      : null;
  const kernelsPerStep = inside === null && recording ? recording.ops.length : runs(kernels);
  return {
    result: {
      ...toResult(config, timed.times, timed.calls, kernelsPerStep),
      ...(opByOp && {
        op_by_op_seconds: rounded(median(opByOp.times.map(({ whole }) => whole)), 4),
      }),
      peak_rss_gb,
      memory_mb,
      startup_seconds: rounded(startup, 2),
      rss_growth_mb_per_step: growth(timed.memory),
    },
    kernels,
  };
}
