/** @file The training loop. */

import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { createEventWriter, truncateEventFiles } from 'tensorboard-logger-ts';
import { DivergedError } from '../errors';
import { engineFacts } from '../engine/facts';
import { tf } from '../engine/tf';
import type { TrainConfig } from '../config/schema';
import { createBatchLoader } from '../data/batches';
import { createSampler } from '../data/sampler';
import type { SamplerState } from '../data/sampler';
import { namedWeights, trainableWeights } from '../models/named-weights';
import { ADAM, createAdam } from './adam';
import { latestCheckpoint, restoreCheckpoint, saveCheckpoint } from './checkpoint';
import { heldOutTerms, openHeldOut, writeHistograms, writeSamples } from './held-out';
import { disposeInputs, lossWeights, toInputs } from './inputs';
import { watchInterrupts } from './interrupt';
import type { StopSignal } from './interrupt';
import { createMetricLogger, truncateMetrics } from './metric-logger';
import type { MetricRecord } from './metric-logger';
import { buildTrainedNetworks, loadJudges, networkSettings } from './networks';
import { startProgress } from './progress';
import { describeRun, lockRun, runFiles } from './run-dir';
import { loadStartingWeights } from './starting-weights';
import type { Networks } from './steps';
import { disposeStep, readStep, trainStep } from './train-step';
import type { TrainingData } from './training-data';

/** How a run ended. */
export interface TrainOutcome {
  /** Finished steps. */
  readonly step: number;
  /** The newest checkpoint. */
  readonly checkpoint: string;
  /** The signal that stopped it before max_steps, or null. */
  readonly signal: StopSignal | null;
}

/** @throws DivergedError that names every term, the step and the last good checkpoint */
function checkFinite(record: MetricRecord, lastGood: string | null): void {
  const isBroken = Object.entries(record).some(([, value]) => value !== null && !Number.isFinite(value));
  if (!isBroken) return;
  const terms = Object.entries(record).map(([name, value]) => `${name} ${String(value)}`);
  throw new DivergedError(
    `step ${record.step}: expected finite losses, got ${terms.join(', ')}. ` +
      `The last good checkpoint is ${lastGood ?? 'none'}; lower --learning_rate or the weight of the term that grew.`,
  );
}

function consoleLine(record: MetricRecord, maxSteps: number): string {
  const shown = ['d_loss', 'g_loss', 'fea_loss', 'age_loss'].map((name) => `${name} ${record[name]?.toPrecision(4) ?? 'off'}`);
  return `step ${record.step}/${maxSteps}  ${shown.join('  ')}  ${record.images_per_second?.toFixed(1) ?? '-'} images/s`;
}

/**
 * Trains a run that nobody else trains, from its start or from its last checkpoint, until max_steps or a signal.
 * @throws UserError for missing or unfit pretrained networks, MachineError when a checkpoint cannot be written, DivergedError
 */
export async function trainLoop(config: TrainConfig, data: TrainingData): Promise<TrainOutcome> {
  const unlock = await lockRun(config.checkpoint_dir);
  return trainLocked(config, data).finally(unlock);
}

/** The loop itself. */
async function trainLocked(config: TrainConfig, data: TrainingData): Promise<TrainOutcome> {
  const directory = config.checkpoint_dir;
  const files = runFiles(directory);

  // networks
  const weights = lossWeights(config);
  const settings = networkSettings({ ...config, age_bounds: data.ageBounds });
  const { generator, discriminator } = buildTrainedNetworks(settings, config.seed);
  const { frozen, untrained } = await loadJudges(
    weights,
    { featureLayer: config.fea_layer_name, ageGroups: config.age_groups },
    config,
    config.seed,
  );
  if (untrained.length > 0)
    process.stderr.write(`warning: ${untrained.join(' and ')}: no file; training against random weights (--allow_untrained)\n`);
  const networks: Networks = { generator, discriminator, frozen };

  // optimisers
  const adam = { ...ADAM, learningRate: config.learning_rate };
  const optimizers = {
    discriminator: createAdam(trainableWeights(discriminator), adam),
    generator: createAdam(trainableWeights(generator), adam),
  };
  const run = { generator, discriminator, optimizers };

  // start or resume
  let lastGood = config.resume ? await latestCheckpoint(directory) : null;
  if (!config.resume && config.source_checkpoint_dir !== null) await loadStartingWeights(networks, config.source_checkpoint_dir);
  const restored = lastGood === null ? null : await restoreCheckpoint(lastGood, run);
  let step = restored?.step ?? 0;
  if (config.resume)
    process.stderr.write(
      lastGood === null ? `${directory}: no complete checkpoint; starting at step 0\n` : `resuming at step ${step} from ${lastGood}\n`,
    );
  await truncateMetrics(files.metrics, step);
  truncateEventFiles(directory, step);
  await describeRun(directory, config, engineFacts());

  // data
  const withSource227 = frozen?.identityExtractor !== null && frozen !== null;
  const sampler = createSampler(
    data.lists,
    { batchSize: config.batch_size, seed: config.seed, freshSources: config.fresh_sources, isAugmented: config.augment },
    restored ? (restored.sampler as SamplerState) : undefined,
  );
  let samplerState = sampler.state();
  const loader = createBatchLoader(sampler, { rootFolder: data.rootFolder, imageSize: config.image_size, withSource227 });
  const heldOut = await openHeldOut(
    data.heldOut.map((name) => path.join(data.rootFolder, name)),
    config.image_size,
    frozen?.identityExtractor ?? null,
  );

  // logs
  const writer = createEventWriter({ directory });
  // settings only: what the HPARAMS page compares is said once for all runs, by a sweep, or found by TensorBoard itself
  if (step === 0) writer.hparamsSession(hyperParameters(config));
  const logger = createMetricLogger(files.metrics, writer);
  const sampleDir = config.sample_dir ?? path.join(directory, 'samples');
  await mkdir(sampleDir, { recursive: true });
  const progress = startProgress('train', config.max_steps, step);
  const interrupts = watchInterrupts((signal) => progress.line(`${signal}: finishing this step, then saving`));
  const stepSettings = { weights, dIter: config.d_iter, gIter: config.g_iter, microBatch: config.micro_batch ?? undefined };
  let loggedAt = { step, time: performance.now() };

  try {
    let isStopped = false;
    while (step < config.max_steps && !isStopped) {
      const batch = await loader.next();
      const { input, generatorInput } = toInputs(batch, config);
      const scalars = trainStep(networks, optimizers, stepSettings, input, generatorInput);
      disposeInputs(input, generatorInput);
      samplerState = batch.samplerState;
      step++;
      progress.update(step);
      // lets a signal in: a step computes without returning to the event loop
      await new Promise(setImmediate);
      isStopped = interrupts.signal() !== null;

      const isLast = step === config.max_steps;
      const isLogged = step % config.log_every === 0 || isLast;
      const isSaved = step % config.save_every === 0 || isLast || isStopped;
      // the only reads from the device: what is neither logged nor saved stays there
      if (isLogged || isSaved) {
        const losses = await readStep(scalars);
        checkFinite({ step, ...losses }, lastGood);
        if (isLogged) {
          const images_per_second = ((step - loggedAt.step) * config.batch_size * 1000) / (performance.now() - loggedAt.time);
          const record = { step, ...losses, ...(await heldOutTerms(networks, heldOut, config.age_groups)), images_per_second };
          checkFinite(record, lastGood);
          logger.log(record);
          progress.report(consoleLine(record, config.max_steps));
          loggedAt = { step, time: performance.now() };
        }
      } else disposeStep(scalars);

      if (step % config.sample_every === 0 || isLast) {
        await writeSamples(generator, heldOut, config.age_groups, sampleDir, step, writer);
        await writeHistograms(new Map([...namedWeights(generator), ...namedWeights(discriminator)]), step, writer);
      }
      if (isSaved) lastGood = await saveCheckpoint(directory, run, { step, networks: settings, sampler: samplerState, keep: config.keep });
    }
    writer.endHparams(isStopped ? 'failure' : 'success');
  } finally {
    progress.stop();
    interrupts.stop();
    writer.close();
    tf.dispose(heldOut.features ? [heldOut.sources, heldOut.features] : [heldOut.sources]);
    optimizers.discriminator.dispose();
    optimizers.generator.dispose();
  }
  return { step, checkpoint: lastGood ?? checkpointOf(directory, step), signal: step < config.max_steps ? interrupts.signal() : null };
}

const checkpointOf = (directory: string, step: number): string => path.join(directory, `acgan.model-${step}`);

function hyperParameters(config: TrainConfig): Record<string, string | number | boolean> {
  return Object.fromEntries(
    Object.entries(config).flatMap(([name, value]) =>
      typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? [[name, value] as const] : [],
    ),
  );
}
