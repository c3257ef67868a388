/** @file Everything that a training run works with, opened at step 0 or at its last checkpoint. */

import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { createEventWriter, truncateEventFiles } from 'tensorboard-logger-ts';
import type { EventWriter } from 'tensorboard-logger-ts';
import { engineFacts } from '../engine/facts';
import { tf } from '../engine/tf';
import type { TrainConfig } from '../config/schema';
import { UserError } from '../errors';
import { createBatchLoader } from '../data/batches';
import type { BatchLoader } from '../data/batches';
import { createSampler } from '../data/sampler';
import type { SamplerState } from '../data/sampler';
import { trainableWeights } from '../models/named-weights';
import { ADAM, createAdam } from '../optimizers/adam';
import { restoreCheckpoint, saveCheckpoint } from './checkpoint';
import type { TrainedParts } from './checkpoint';
import { openHeldOut } from './held-out';
import type { HeldOutFaces } from './held-out';
import { checkSamePerceptualNetworks, perceptualDigest } from './perceptual-digest';
import { lossWeights } from './inputs';
import { createMetricLogger, truncateMetrics } from '../runs/metric-logger';
import type { MetricLogger } from '../runs/metric-logger';
import { buildTrainedNetworks, loadPerceptualNetworks, networkSettings } from './networks';
import { describeRun, hyperParameters } from '../runs/describe-run';
import { runFiles } from '../runs/run-dir';
import { loadStartingWeights } from './starting-weights';
import type { Networks } from './steps';
import type { Optimizers, StepSettings } from './train-step';
import { samplerSettings } from './training-data';
import type { TrainingData } from './training-data';
import type { CheckpointState } from '../weights/checkpoint';
import { latestCheckpoint } from '../weights/checkpoint';

/** An open run; one process has it at a time. */
export interface OpenTraining {
  readonly config: TrainConfig;
  readonly networks: Networks;
  readonly optimizers: Optimizers;
  readonly stepSettings: StepSettings;
  readonly loader: BatchLoader;
  readonly heldOut: HeldOutFaces;
  readonly logger: MetricLogger;
  readonly writer: EventWriter;
  /** Directory of sample grids. */
  readonly sampleDir: string;
  /** Finished steps. */
  step: number;
  /** Where the sampler stood after them. */
  samplerState: SamplerState;
  /** The newest checkpoint, or null. */
  lastGood: string | null;
  /** Writes a checkpoint of the finished steps. @throws MachineError */
  readonly save: () => Promise<void>;
  readonly close: () => void;
}

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** The judges that the losses need, with a warning where they are untrained. @throws UserError for files that are missing or unfit */
async function openPerceptualNetworks(config: TrainConfig): Promise<Networks['perceptual']> {
  const judges = { featureLayer: config.fea_layer_name, ageBounds: config.age_bounds };
  const { perceptual, untrained } = await loadPerceptualNetworks(
    lossWeights(config),
    judges,
    config,
    config.seed,
  );
  if (untrained.length > 0)
    say(
      `warning: ${untrained.join(' and ')}: no file; training against random weights (--allow_untrained)`,
    );
  return perceptual;
}

/**
 * Puts a resumed run where its newest checkpoint is, a new one at its starting weights.
 * @returns the checkpoint, if any, and its state
 * @throws UserError for a damaged checkpoint, other judges, or fewer steps than are done
 */
async function restoreRun(
  config: TrainConfig,
  networks: Networks,
  moving: TrainedParts,
  judges: string | null,
): Promise<{ lastGood: string | null; restored: CheckpointState | null }> {
  const directory = config.checkpoint_dir;
  if (!config.resume && config.source_checkpoint_dir !== null)
    await loadStartingWeights(networks, config.source_checkpoint_dir);
  const lastGood = config.resume ? await latestCheckpoint(directory) : null;
  const restored = lastGood === null ? null : await restoreCheckpoint(lastGood, moving);
  const step = restored?.step ?? 0;
  if (step > config.max_steps)
    throw new UserError(
      `--max_steps: expected ${step} or more, for ${directory} has done so many, got ${config.max_steps}.`,
    );
  if (restored) checkSamePerceptualNetworks(directory, restored.judges, judges);
  if (config.resume)
    say(
      lastGood === null
        ? `${directory}: no complete checkpoint; starting at step 0`
        : `resuming at step ${step} from ${lastGood}`,
    );
  return { lastGood, restored };
}

const stepSettingsOf = (config: TrainConfig): StepSettings => ({
  weights: lossWeights(config),
  dIter: config.d_iter,
  gIter: config.g_iter,
  microBatch: config.micro_batch ?? undefined,
});

function createOptimizers(
  { generator, discriminator }: Networks,
  learningRate: number,
): Optimizers {
  const adam = { ...ADAM, learningRate };
  return {
    discriminator: createAdam(trainableWeights(discriminator), adam),
    generator: createAdam(trainableWeights(generator), adam),
  };
}

/** The batches of a run, from where its sampler stands. */
function openLoader(
  config: TrainConfig,
  data: TrainingData,
  withSource227: boolean,
  restored: CheckpointState | null,
): { readonly loader: BatchLoader; readonly samplerState: SamplerState } {
  const sampler = createSampler(
    data.lists,
    samplerSettings(config),
    restored ? (restored.sampler as SamplerState) : undefined,
  );
  const samplerState = sampler.state();
  const loader = createBatchLoader(sampler, {
    rootFolder: data.rootFolder,
    imageSize: config.image_size,
    withSource227,
  });
  return { loader, samplerState };
}

/**
 * Opens networks, optimisers, data and logs; with `resume` at the newest checkpoint, whatever was written after it cut off.
 * The caller has the run's lock.
 * @throws UserError for missing or unfit pretrained networks or starting weights, or a damaged checkpoint
 */
export async function openTraining(config: TrainConfig, data: TrainingData): Promise<OpenTraining> {
  const directory = config.checkpoint_dir;
  const { metrics } = runFiles(directory);

  const settings = networkSettings({ ...config, age_bounds: data.ageBounds });
  const { generator, discriminator } = buildTrainedNetworks(settings, config.seed);
  const perceptual = await openPerceptualNetworks(config);
  const networks: Networks = { generator, discriminator, perceptual };
  const optimizers = createOptimizers(networks, config.learning_rate);
  const moving = { generator, discriminator, optimizers };

  const judges = await perceptualDigest(perceptual);
  const { lastGood, restored } = await restoreRun(config, networks, moving, judges);
  const step = restored?.step ?? 0;
  await truncateMetrics(metrics, step);
  truncateEventFiles(directory, step);
  await describeRun(directory, config, engineFacts());

  const extractor = perceptual?.identityExtractor ?? null;
  const { loader, samplerState } = openLoader(config, data, extractor !== null, restored);
  const heldOutFiles = data.heldOut.map((name) => path.join(data.rootFolder, name));
  const heldOut = await openHeldOut(heldOutFiles, config, extractor);

  const sampleDir = config.sample_dir ?? path.join(directory, 'samples');
  await mkdir(sampleDir, { recursive: true });
  const writer = createEventWriter({ directory });
  // settings only: what the HPARAMS page compares is said once for all runs, by a sweep, or found by TensorBoard itself
  if (step === 0) writer.hparamsSession(hyperParameters(config));
  const logger = createMetricLogger(metrics, writer);

  const stepSettings = stepSettingsOf(config);
  const run: OpenTraining = {
    ...{
      config,
      networks,
      optimizers,
      stepSettings,
      loader,
      heldOut,
      logger,
      writer,
      sampleDir,
      step,
      samplerState,
      lastGood,
    },
    save: async () => {
      const at = {
        step: run.step,
        networks: settings,
        sampler: run.samplerState,
        judges,
        keep: config.keep,
      };
      run.lastGood = await saveCheckpoint(directory, moving, at);
    },
    close: () => {
      writer.close();
      tf.dispose(heldOut.features ? [heldOut.sources, heldOut.features] : [heldOut.sources]);
      optimizers.discriminator.dispose();
      optimizers.generator.dispose();
    },
  };
  return run;
}
