/** @file Measures whether training waits for its data: pictures a second, and the share of a step spent waiting for them. */

import type { TrainConfig } from '../config/schema';
import { createBatchLoader } from '../data/batches';
import type { BatchLoader } from '../data/batches';
import { createSampler } from '../data/sampler';
import { trainableWeights } from '../models/named-weights';
import { ADAM, createAdam } from './adam';
import { disposeInputs, lossWeights, toInputs } from './inputs';
import { buildTrainedNetworks, loadJudges, networkSettings } from './networks';
import { disposeStep, readStep, trainStep } from './train-step';
import type { TrainingData } from './training-data';

/** What was measured. */
export interface DataBench {
  /** Pictures decoded and turned into tensors a second, nothing else running; half of them sources, for both networks. */
  readonly images_per_second: number;
  /** Median seconds of a training step, with its waiting. */
  readonly step_seconds: number;
  /** Share of the steps' time in which nothing was computed because the batch was not there. */
  readonly waiting_share: number;
  readonly batch_size: number;
  readonly steps: number;
}

const WARM_UP = 2;
/** Pictures that the loader alone is timed on. */
const LOADED_PICTURES = 800;

const seconds = (since: number): number => (performance.now() - since) / 1000;

async function loaderRate(loader: BatchLoader, batchSize: number): Promise<number> {
  for (let i = 0; i < WARM_UP; i++) await loader.next();
  const batches = Math.ceil(LOADED_PICTURES / (2 * batchSize));
  const started = performance.now();
  for (let i = 0; i < batches; i++) await loader.next();
  return (2 * batches * batchSize) / seconds(started);
}

/** Trains `steps` steps from random weights and keeps nothing. */
export async function benchData(config: TrainConfig, data: TrainingData, steps: number): Promise<DataBench> {
  const weights = lossWeights(config);
  const { generator, discriminator } = buildTrainedNetworks(networkSettings({ ...config, age_bounds: data.ageBounds }), config.seed);
  const judges = { featureLayer: config.fea_layer_name, ageGroups: config.age_groups };
  const { frozen } = await loadJudges(weights, judges, config, config.seed);
  const networks = { generator, discriminator, frozen };
  const adam = { ...ADAM, learningRate: config.learning_rate };
  const optimizers = {
    discriminator: createAdam(trainableWeights(discriminator), adam),
    generator: createAdam(trainableWeights(generator), adam),
  };
  const newLoader = (): BatchLoader =>
    createBatchLoader(
      createSampler(data.lists, { batchSize: config.batch_size, seed: config.seed, freshSources: false, isAugmented: false }),
      {
        rootFolder: data.rootFolder,
        imageSize: config.image_size,
        withSource227: true,
      },
    );
  const images_per_second = await loaderRate(newLoader(), config.batch_size);

  const loader = newLoader();
  const [times, waits]: [number[], number[]] = [[], []];
  for (let step = 0; step < WARM_UP + steps; step++) {
    const started = performance.now();
    const batch = await loader.next();
    const waited = seconds(started);
    const { input, generatorInput } = toInputs(batch, config);
    const scalars = trainStep(networks, optimizers, { weights, dIter: 1, gIter: 1 }, input, generatorInput);
    disposeInputs(input, generatorInput);
    if (step === WARM_UP + steps - 1) await readStep(scalars);
    else disposeStep(scalars);
    if (step < WARM_UP) continue;
    times.push(seconds(started));
    waits.push(waited);
  }
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const median = [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? NaN;
  return { images_per_second, step_seconds: median, waiting_share: sum(waits) / sum(times), batch_size: config.batch_size, steps };
}
