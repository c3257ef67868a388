/** @file The training loop. */

import path from 'node:path';
import type { TrainConfig } from '../config/schema';
import type { Team } from '../distributed/team';
import { DivergedError, UserError } from '../errors';
import { metricOf } from '../losses/term';
import { LOSS_TERMS } from '../losses/terms';
import { allFinite, namedWeights } from '../models/named-weights';
import { watchDisk } from '../runs/disk-trouble';
import type { DiskTrouble, Say } from '../runs/disk-trouble';
import type { StopSignal } from '../runs/interrupt';
import type { MetricRecord } from '../runs/metric-logger';
import { namesAmong, rollBack } from '../runs/roll-back';
import type { Returnable } from '../runs/roll-back';
import { lockFoundRun } from '../runs/run-dir';
import { runTraining } from '../runs/training';
import type { Training } from '../runs/training';
import { CHECKPOINT_PREFIX } from '../weights/checkpoint';
import { writeHistograms, writeSamples } from './held-out';
import type { StepInput } from './forward';
import { disposeInputs, toInputs } from './inputs';
import { learningRatesAt, loggedRates } from './learning-rates';
import type { OwnParts } from './open-step';
import { openTraining } from './open-training';
import type { OpenTraining } from './open-training';
import { disposeStep, readStep } from './step';
import type { StepScalars } from './step';
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

/** Images a second since it was last asked. */
type Speedometer = (step: number) => number;

/** The ways that work: a resumed run keeps its learning rate and its loss weights, unless it is told otherwise. */
const afterDivergence = (lastGood: string | null): string =>
  `The last good checkpoint is ${lastGood ?? 'none'}. ` +
  (lastGood === null
    ? 'Start a new run (--run) with a lower --learning_rate, or a lower weight of the term that grew.'
    : 'Go on from it with --resume --override and a lower --learning_rate, or a lower weight of the term that grew; --resume --on_nan=rollback goes on with other pictures.');

/**
 * @param pictures of the steps since the last check
 * @throws DivergedError that names every term, the step, the pictures and the last good checkpoint
 */
export function checkFinite(
  record: MetricRecord,
  lastGood: string | null,
  pictures: ReadonlySet<string>,
): void {
  const isBroken = Object.values(record).some((value) => value !== null && !Number.isFinite(value));
  if (!isBroken) return;
  const terms = Object.entries(record).map(([name, value]) => `${name} ${String(value)}`);
  const found = `step ${record.step}: expected finite losses, got ${terms.join(', ')}. ${namesAmong(pictures)}`;
  throw new DivergedError(`${found}${afterDivergence(lastGood)}`, found.trim());
}

const ON_IN_THE_ORIGINAL: ReadonlySet<string> = new Set(
  LOSS_TERMS.flatMap(({ name, weight }) => (weight > 0 ? [name] : [])),
);

/** D's loss and the terms of G's: those that are on, and those that are on in the original. */
function consoleLine({ settings, config }: OpenTraining, record: MetricRecord): string {
  const terms = settings.terms.filter(
    ({ name, weight }) => weight > 0 || ON_IN_THE_ORIGINAL.has(name),
  );
  const shown = ['d_loss', ...terms.map(metricOf)].map(
    (name) => `${name} ${record[name]?.toPrecision(4) ?? 'off'}`,
  );
  const speed = `${record.images_per_second?.toFixed(1) ?? '-'} images/s`;
  return `step ${record.step}/${config.max_steps}  ${shown.join('  ')}  ${speed}`;
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

/** What is no figure of a model: how fast a machine was makes its files differ from those of the same training elsewhere. */
const NO_FIGURES: ReadonlySet<string> = new Set(['step', 'images_per_second']);

/** The numbers of a record that say something of the model, without the terms that are off. */
const figuresOf = (record: MetricRecord): Record<string, number> =>
  Object.fromEntries(
    Object.entries(record).flatMap(([name, value]) =>
      NO_FIGURES.has(name) || value === null ? [] : [[name, value]],
    ),
  );

/** Weights of both trained networks, by name. */
export const trainedWeights = ({ networks }: OpenTraining): ReturnType<typeof namedWeights> =>
  new Map([...namedWeights(networks.generator), ...namedWeights(networks.discriminator)]);

/** The batch of the step that is to be trained. */
export interface StepBatch {
  /** Of D's update. */
  readonly input: StepInput;
  /** Of G's: the same, unless `fresh_sources` drew others. */
  readonly generatorInput: StepInput;
  /** Frees it and counts the step as trained: a checkpoint that is written from now on goes on behind it. */
  readonly finish: () => void;
  /** Frees the batch of a step that failed. */
  readonly dispose: () => void;
}

/** As much of an open run as its steps need. */
export type StepState = Pick<
  OpenTraining,
  'config' | 'runner' | 'loader' | 'rows' | 'prototypes' | 'step' | 'samplerState' | 'unchecked'
>;

/** The next batch on the device. @throws UserError for a picture that cannot be read */
export async function nextBatch(run: StepState): Promise<StepBatch> {
  const batch = await run.loader.next().catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error;
    const lists = path.dirname(run.config.source_file);
    throw new UserError(
      `step ${run.step + 1}: ${error.message} To leave it out, remove its lines from the lists in ${lists}; ` +
        '--resume goes on from the last checkpoint, and --check_data names all such pictures beforehand.',
      { cause: error },
    );
  });
  const { input, generatorInput } = toInputs(batch, run.config, run.step, run.rows, run.prototypes);
  return {
    input,
    generatorInput,
    dispose: () => disposeInputs(input, generatorInput),
    finish: () => {
      disposeInputs(input, generatorInput);
      run.samplerState = batch.samplerState;
      for (const name of batch.names) run.unchecked.add(name);
      run.step++;
    },
  };
}

/** Trains one step on the next batch; its scalars belong to the caller. @throws UserError for a picture that cannot be read */
export async function trainNextStep(run: StepState): Promise<StepScalars> {
  const { input, generatorInput, finish, dispose } = await nextBatch(run);
  try {
    const scalars = run.runner.step(input, generatorInput, learningRatesAt(run.config, run.step));
    finish();
    return scalars;
  } finally {
    // frees nothing twice
    dispose();
  }
}

/** What a run writes, as messages call it. */
const METRICS = 'metrics';
const SAMPLES = 'samples';
const CHECKPOINT = 'a checkpoint';

/** Metrics first: a run that is resumed writes none of the steps before its checkpoint again. @throws MachineError, or the file system's error */
async function saveAll(run: OpenTraining): Promise<void> {
  run.logger.flush();
  await run.logger.sync();
  await run.save();
}

/** @throws MachineError that names the newest checkpoint, where the disk still fails */
const saveAtEnd = (run: OpenTraining, disk: DiskTrouble, say: Say): Promise<void> =>
  disk.insist(
    CHECKPOINT,
    () => saveAll(run),
    say,
    () =>
      `Step ${run.step} is not saved. The last good checkpoint is ${run.lastGood ?? 'none'}; --resume goes on from there.`,
  );

/**
 * Logs, samples and saves what is due after a step.
 * @param isStopped saves whatever is due
 * @returns its record when it was logged
 * @throws DivergedError, MachineError
 */
async function recordStep(
  run: OpenTraining,
  scalars: StepScalars,
  isStopped: boolean,
  speedometer: Speedometer,
  { disk, say }: { readonly disk: DiskTrouble; readonly say: Say },
): Promise<MetricRecord | null> {
  const { config, shown, heldOut, step } = run;
  const isLast = step === config.max_steps;
  const isLogged = step % config.log_every === 0 || isLast;
  const isEnd = isLast || isStopped;
  const isSaved = step % config.save_every === 0 || isEnd || disk.isDue(CHECKPOINT);
  let record: MetricRecord | null = null;
  // the only reads from the device: what is neither logged nor saved stays there
  if (isLogged || isSaved) {
    const losses = await readStep(scalars);
    checkFinite({ step, ...losses }, run.lastGood, run.unchecked);
    if (isLogged) {
      const images_per_second = speedometer(step);
      const terms = await run.heldOutMeter.measure();
      const measured = { step, ...losses, ...terms, images_per_second };
      checkFinite(measured, run.lastGood, run.unchecked);
      record = { ...measured, ...loggedRates(config, step) };
      run.logger.add(record);
      await disk.attempt(METRICS, run.logger.flush, say);
      run.figures = figuresOf(measured);
    }
    run.unchecked.clear();
  } else disposeStep(scalars);
  if (step % config.sample_every === 0 || isLast) {
    const write = async (): Promise<void> => {
      await writeSamples(shown, heldOut, config, run.sampleDir, step, run.writer);
      await writeHistograms(trainedWeights(run), step, run.writer);
    };
    if (!(await disk.attempt(SAMPLES, write, say)))
      say(`step ${step}: left out its samples, which nothing else rests on`);
  }
  if (isEnd) await saveAtEnd(run, disk, say);
  else if (isSaved) await disk.attempt(CHECKPOINT, () => saveAll(run), say);
  return record;
}

/** An open run as what the skeleton of both trainings runs. */
function toTraining(run: OpenTraining, team: Team | null): Training<StepScalars> {
  const { config, runner } = run;
  const newSpeedometer = (): Speedometer => startSpeedometer(run.step, config.batch_size);
  let speedometer = newSpeedometer();
  const disk = watchDisk();
  const returnable: Returnable = {
    config,
    directory: config.checkpoint_dir,
    sooner: '--save_every',
    place: () => run,
    goBack: run.goBack,
  };
  const toStderr = (line: string): void => void process.stderr.write(`${line}\n`);
  return {
    label: 'train',
    total: config.max_steps,
    get writer() {
      return run.writer;
    },
    step: () => run.step,
    isOver: () => run.step >= config.max_steps,
    begin: () => Promise.resolve(),
    trainStep: (isAskedToStop) => {
      if (isAskedToStop) runner.askToStop();
      return trainNextStep(run);
    },
    ...(team && { commonSignal: (own) => (runner.isAskedToStop() ? (own ?? 'SIGTERM') : null) }),
    finishStep: async (scalars, isStopped, progress) => {
      const telling = { disk, say: progress.line };
      try {
        const record = await recordStep(run, scalars, isStopped, speedometer, telling);
        if (record) progress.report(consoleLine(run, record));
      } catch (error) {
        if (!(error instanceof DivergedError)) throw error;
        await rollBack(returnable, error, telling);
        speedometer = newSpeedometer();
      }
    },
    isWhole: () => allFinite(trainedWeights(run).values()),
    save: () => saveAtEnd(run, disk, toStderr),
    close: () => {
      run.close();
      return Promise.resolve();
    },
  };
}

/** Trains an open run until max_steps or a signal, and closes it. @param team its workers, of which this is the first; null without others */
export async function trainOpen(
  run: OpenTraining,
  team: Team | null = null,
): Promise<TrainOutcome> {
  const { signal } = await runTraining(toTraining(run, team), async () => team?.leave());
  const directory = run.config.checkpoint_dir;
  const checkpoint = run.lastGood ?? path.join(directory, `${CHECKPOINT_PREFIX}${run.step}`);
  return { step: run.step, checkpoint, signal };
}

/**
 * Trains a run that nobody else trains, from its start or from its last checkpoint, until max_steps or a signal.
 * @param own loss terms beside the config's, and a generator in the place of its
 * @param team the run's workers, of which this is the first; null where there are no others
 * @throws UserError for missing or unfit pretrained networks, MachineError when a checkpoint cannot be written or another worker is gone,
 * DivergedError
 */
export async function trainLoop(
  config: TrainConfig,
  data: TrainingData,
  own: OwnParts = {},
  team: Team | null = null,
): Promise<TrainOutcome> {
  const unlock = await lockFoundRun(config.checkpoint_dir, config.resume === true);
  try {
    return await trainOpen(await openTraining(config, data, own, team), team);
  } finally {
    await unlock();
  }
}
