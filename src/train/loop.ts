/** @file The training loop. */

import path from 'node:path';
import { DivergedError, UserError } from '../errors';
import type { TrainConfig } from '../config/schema';
import { allFinite, namedWeights } from '../models/named-weights';
import { heldOutTerms, writeHistograms, writeSamples } from './held-out';
import { disposeInputs, toInputs } from './inputs';
import { watchInterrupts } from '../runs/interrupt';
import type { StopSignal } from '../runs/interrupt';
import type { MetricRecord } from '../runs/metric-logger';
import { openTraining } from './open-training';
import type { OpenTraining } from './open-training';
import { startProgress } from '../runs/progress';
import { lockRun } from '../runs/run-dir';
import { disposeStep, readStep, trainStep } from './train-step';
import type { StepScalars } from './train-step';
import type { TrainingData } from './training-data';
import { CHECKPOINT_PREFIX } from '../weights/checkpoint';

/** How a run ended. */
export interface TrainOutcome {
  /** Finished steps. */
  readonly step: number;
  /** The newest checkpoint. */
  readonly checkpoint: string;
  /** The signal that stopped it before max_steps, or null. */
  readonly signal: StopSignal | null;
}

/** Images a second since it was last asked. */
type Speedometer = (step: number) => number;

/** @throws DivergedError that names every term, the step and the last good checkpoint */
function checkFinite(record: MetricRecord, lastGood: string | null): void {
  const isBroken = Object.entries(record).some(
    ([, value]) => value !== null && !Number.isFinite(value),
  );
  if (!isBroken) return;
  const terms = Object.entries(record).map(([name, value]) => `${name} ${String(value)}`);
  throw new DivergedError(
    `step ${record.step}: expected finite losses, got ${terms.join(', ')}. ` +
      `The last good checkpoint is ${lastGood ?? 'none'}; lower --learning_rate or the weight of the term that grew.`,
  );
}

function consoleLine(record: MetricRecord, maxSteps: number): string {
  const shown = ['d_loss', 'g_loss', 'fea_loss', 'age_loss'].map(
    (name) => `${name} ${record[name]?.toPrecision(4) ?? 'off'}`,
  );
  return `step ${record.step}/${maxSteps}  ${shown.join('  ')}  ${record.images_per_second?.toFixed(1) ?? '-'} images/s`;
}

function startSpeedometer(firstStep: number, batchSize: number): Speedometer {
  let last = { step: firstStep, time: performance.now() };
  return (step) => {
    const now = { step, time: performance.now() };
    const rate = ((now.step - last.step) * batchSize * 1000) / (now.time - last.time);
    last = now;
    return rate;
  };
}

/** Whether no step has broken a weight: losses are only looked at where they are logged. */
const isWhole = ({ networks: { generator, discriminator } }: OpenTraining): boolean =>
  allFinite([...namedWeights(generator).values(), ...namedWeights(discriminator).values()]);

/** Trains one step; its scalars belong to the caller. */
async function nextStep(run: OpenTraining): Promise<StepScalars> {
  const { config, networks, optimizers, stepSettings } = run;
  const batch = await run.loader.next();
  const { input, generatorInput } = toInputs(batch, config);
  const scalars = trainStep(networks, optimizers, stepSettings, input, generatorInput);
  disposeInputs(input, generatorInput);
  run.samplerState = batch.samplerState;
  run.step++;
  return scalars;
}

/** Logs, samples and saves what is due after a step. @returns its record when it was logged @throws DivergedError, MachineError */
async function recordStep(
  run: OpenTraining,
  scalars: StepScalars,
  isStopped: boolean,
  speedometer: Speedometer,
): Promise<MetricRecord | null> {
  const { config, networks, heldOut, step } = run;
  const isLast = step === config.max_steps;
  const isLogged = step % config.log_every === 0 || isLast;
  const isSaved = step % config.save_every === 0 || isLast || isStopped;
  let record: MetricRecord | null = null;
  // the only reads from the device: what is neither logged nor saved stays there
  if (isLogged || isSaved) {
    const losses = await readStep(scalars);
    checkFinite({ step, ...losses }, run.lastGood);
    if (isLogged) {
      const images_per_second = speedometer(step);
      record = {
        step,
        ...losses,
        ...(await heldOutTerms(networks, heldOut, config)),
        images_per_second,
      };
      checkFinite(record, run.lastGood);
      run.logger.log(record);
    }
  } else disposeStep(scalars);
  if (step % config.sample_every === 0 || isLast) {
    await writeSamples(networks.generator, heldOut, config, run.sampleDir, step, run.writer);
    await writeHistograms(
      new Map([...namedWeights(networks.generator), ...namedWeights(networks.discriminator)]),
      step,
      run.writer,
    );
  }
  if (isSaved) await run.save();
  return record;
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
  const run = await openTraining(config, data);
  const progress = startProgress('train', config.max_steps, run.step);
  const interrupts = watchInterrupts((signal) =>
    progress.line(`${signal}: finishing this step, then saving`),
  );
  const speedometer = startSpeedometer(run.step, config.batch_size);
  try {
    let isStopped = false;
    while (run.step < config.max_steps && !isStopped) {
      const scalars = await nextStep(run).catch(async (error: unknown) => {
        // a picture that cannot be read; the steps before it are good
        if (error instanceof UserError && run.step > 0 && isWhole(run)) await run.save();
        throw error;
      });
      progress.update(run.step);
      // lets a signal in: a step computes without returning to the event loop
      await new Promise(setImmediate);
      isStopped = interrupts.signal() !== null;
      const record = await recordStep(run, scalars, isStopped, speedometer);
      if (record) progress.report(consoleLine(record, config.max_steps));
    }
    // TensorBoard keeps the first end of a run that it reads: one that is stopped has none yet
    if (!isStopped) run.writer.endHparams('success');
  } catch (error) {
    if (error instanceof DivergedError) run.writer.endHparams('failure');
    throw error;
  } finally {
    progress.stop();
    interrupts.stop();
    run.close();
  }
  const checkpoint =
    run.lastGood ?? path.join(config.checkpoint_dir, `${CHECKPOINT_PREFIX}${run.step}`);
  return {
    step: run.step,
    checkpoint,
    signal: run.step < config.max_steps ? interrupts.signal() : null,
  };
}
