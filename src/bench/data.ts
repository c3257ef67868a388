/** @file Measures whether training waits for its data: pictures a second, and the share of a step spent waiting for them. */

import type { TrainConfig } from '../config/schema';
import { createBatchLoader } from '../data/batches';
import type { BatchLoader } from '../data/batches';
import { createSampler } from '../data/sampler';
import { disposeInputs, toInputs } from '../train/inputs';
import { openStepRunner } from '../train/compiled-step';
import { openStep } from '../train/open-step';
import { disposeStep, readStep } from '../train/step';
import { samplerSettings } from '../train/training-data';
import type { TrainingData } from '../train/training-data';
import { FUNCTION_WARM_UP, growth, median, rounded, secondsSince } from './timing';

/** What was measured. */
export interface DataBench {
  /** Pictures decoded and turned into tensors a second, nothing else running; half of them sources, for both networks. */
  readonly images_per_second: number;
  /** Milliseconds of processor time that a picture took there, of all threads together: a core makes 1,000 / this of them a second. */
  readonly cpu_ms_per_image: number;
  /** Median seconds of a training step, with its waiting. */
  readonly step_seconds: number;
  /** Share of the steps' time in which nothing was computed because the batch was not there. */
  readonly waiting_share: number;
  readonly batch_size: number;
  readonly steps: number;
  /** How much memory the process gained a step over the later half of the steps; null where those are too few to tell. */
  readonly rss_growth_mb_per_step: number | null;
}

/** Batches that are not timed. */
const WARM_UP = 2;
/** Pictures that the loader alone is timed on. */
const LOADED_PICTURES = 800;

type LoaderRate = Pick<DataBench, 'images_per_second' | 'cpu_ms_per_image'>;

/** How fast pictures come, and what they cost, while nothing else runs. @param loader of batches of so many sources and as many real pictures */
export async function loaderRate(loader: BatchLoader, batchSize: number): Promise<LoaderRate> {
  for (let i = 0; i < WARM_UP; i++) await loader.next();
  const batches = Math.ceil(LOADED_PICTURES / (2 * batchSize));
  const images = 2 * batches * batchSize;
  const before = process.cpuUsage();
  const started = performance.now();
  for (let i = 0; i < batches; i++) await loader.next();
  const seconds = secondsSince(started);
  const { user, system } = process.cpuUsage(before);
  return {
    images_per_second: rounded(images / seconds, 1),
    cpu_ms_per_image: rounded((user + system) / 1000 / images, 3),
  };
}

/** Trains `steps` steps from random weights and keeps nothing. */
export async function benchData(
  config: TrainConfig,
  data: TrainingData,
  steps: number,
): Promise<DataBench> {
  const open = await openStep(config, data.ageBounds);
  const runner = openStepRunner(open, config, (line) => {
    process.stderr.write(`${line}\n`);
  });
  const newLoader = (): BatchLoader =>
    createBatchLoader(createSampler(data.lists, samplerSettings(config)), {
      rootFolder: data.rootFolder,
      imageSize: config.image_size,
      withSource227: true,
    });
  const rate = await loaderRate(newLoader(), config.batch_size);

  const loader = newLoader();
  const times: number[] = [];
  const waits: number[] = [];
  const memory: number[] = [];
  for (let step = -FUNCTION_WARM_UP; step < steps; step++) {
    const started = performance.now();
    const batch = await loader.next();
    const waited = secondsSince(started);
    const { input, generatorInput } = toInputs(batch, config, 0);
    const scalars = runner.step(input, generatorInput);
    disposeInputs(input, generatorInput);
    if (step === steps - 1) await readStep(scalars);
    else disposeStep(scalars);
    if (step < 0) continue;
    times.push(secondsSince(started));
    waits.push(waited);
    memory.push(process.memoryUsage.rss());
  }
  const sum = (values: readonly number[]): number =>
    values.reduce((total, value) => total + value, 0);
  return {
    ...rate,
    step_seconds: rounded(median(times), 4),
    waiting_share: rounded(sum(waits) / sum(times), 4),
    batch_size: config.batch_size,
    steps,
    rss_growth_mb_per_step: growth(memory),
  };
}
