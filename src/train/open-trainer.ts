/** @file A training run for programs: step by step, or as `ipcgan train` runs it. */

import { toFlags } from '../config/read-settings';
import type { TrainConfig } from '../config/schema';
import type { tf } from '../engine/tf';
import { openEngine } from '../engine/open-engine';
import type { Behind } from '../config/rules';
import { DivergedError, UserError } from '../errors';
import { weightKeyOf } from '../losses/term';
import { allFinite } from '../models/named-weights';
import { resolveRun } from '../runs/resumed-config';
import { lockRun } from '../runs/run-dir';
import { checkPretrainedFiles } from './check-pretrained';
import type { Networks } from './forward';
import { checkFinite, nextBatch, trainedWeights, trainNextStep, trainOpen } from './loop';
import type { StepBatch, TrainOutcome } from './loop';
import { learningRatesAt } from './learning-rates';
import { lossTermsOf } from './open-step';
import type { OwnParts } from './open-step';
import { openTraining } from './open-training';
import type { OpenTraining } from './open-training';
import { readStep } from './step';
import type { Optimizers, StepSettings } from './step';
import { withShippedNetworks } from './shipped-networks';
import { openTrainingData, withDataset } from './training-data';

const NOTHING_BEHIND: Behind = { word: null, paths: [] };

/** What only the command does. */
const OF_THE_COMMAND = [
  'dry_run',
  'json',
  'workers',
  'restarts',
  'distributed',
  'join_timeout',
  'watch_seconds',
] as const satisfies (keyof TrainConfig)[];
type OfTheCommand = (typeof OF_THE_COMMAND)[number];

/** Settings of `ipcgan train` by their names; those that are absent have its defaults. */
export type TrainerSettings = {
  readonly [K in Exclude<keyof TrainConfig, OfTheCommand>]?: TrainConfig[K] | undefined;
};

/** An open run, which nobody else trains meanwhile. What is asked of it is done in turn. */
export interface Trainer {
  readonly config: TrainConfig;
  readonly networks: Networks;
  /** The moving average of the generator, which the generator's optimiser takes along; null without `ema`. */
  readonly average: tf.LayersModel | null;
  readonly optimizers: Optimizers;
  /** Of the next step: its learning rates follow the schedule. */
  readonly settings: StepSettings;
  /** Finished steps. */
  readonly step: number;
  /**
   * Trains the next step. After a divergence it does not go back, whatever `on_nan` says.
   * @returns what it measured, by the names of metrics.jsonl; null for a term that is off
   * @throws UserError for a picture that cannot be read, DivergedError for a loss that is no number
   */
  trainStep(): Promise<Record<string, number | null>>;
  /** The next batch, for a step of one's own, which ends with its `finish()`. @throws UserError for a picture that cannot be read */
  nextBatch(): Promise<StepBatch>;
  /**
   * Trains until `max_steps` or a signal as the command does, with logs, samples, checkpoints and progress on stderr, and closes the run.
   * Goes back after a divergence as `on_nan` says.
   * @throws MachineError where a checkpoint cannot be written, DivergedError
   */
  train(): Promise<TrainOutcome>;
  /**
   * Writes a checkpoint of the finished steps; @returns its directory.
   * @throws MachineError, DivergedError where a weight is no number: the checkpoints before stay as they are
   */
  save(): Promise<string>;
  /** Closes the logs, frees every tensor, and lets others train the run. What is not saved is lost. */
  close(): Promise<void>;
}

/** @throws UserError for what is given twice, or of no use here */
function checkSettings(settings: TrainerSettings, own: OwnParts): void {
  const given = (name: string): boolean =>
    (settings as Readonly<Record<string, unknown>>)[name] !== undefined;
  for (const name of OF_THE_COMMAND)
    if (given(name))
      throw new UserError(`${name}: expected it with the command alone, got it. Leave it out.`);
  const replaced = [
    ...(own.terms ?? []).map(weightKeyOf),
    ...(own.generator === undefined ? [] : ['generator']),
  ];
  for (const name of replaced)
    if (given(name))
      throw new UserError(
        `${name}: expected it without a part of one's own in its place, got both. Leave one out.`,
      );
}

/**
 * Opens a new run, or with `resume` one that is there. Opens the engine where it is not open. A warning that the command would give,
 * such as of untrained networks, goes to stderr.
 * @param own loss terms beside those of the settings, and a generator in the place of theirs; a run that is resumed needs the same again
 * @throws UserError for wrong settings, data or pretrained networks, or a run that is there or that another process trains
 */
export async function openTrainer(settings: TrainerSettings, own: OwnParts = {}): Promise<Trainer> {
  checkSettings(settings, own);
  const flags = toFlags(settings);
  const resolved = resolveRun('train', flags, NOTHING_BEHIND);
  const filled = await withDataset(resolved.config);
  const data = await openTrainingData(filled);
  const terms = lossTermsOf(filled, own.terms);
  const { config, note } = withShippedNetworks(filled, resolved.given, terms);
  checkPretrainedFiles(config, terms);
  if (note !== null) process.stderr.write(`${note}\n`);
  await openEngine(config);
  const unlock = await lockRun(config.checkpoint_dir);
  const open = async (): Promise<OpenTraining> => {
    // again: somebody may have trained it while the engine was fetched
    if (resolveRun('train', flags, NOTHING_BEHIND).config.resume !== config.resume)
      throw new UserError(
        `${config.checkpoint_dir}: expected no run there, got one that was started meanwhile. Open it again.`,
      );
    return openTraining(config, data, own);
  };
  const run = await open().catch(async (error: unknown) => {
    await unlock();
    throw error;
  });
  let isClosed = false;
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  };
  const whileOpen = <T>(work: () => Promise<T>): Promise<T> =>
    inTurn(() => {
      if (isClosed)
        throw new UserError(
          `${config.checkpoint_dir}: expected an open run, got one that is closed. Open it again with resume.`,
        );
      return work();
    });
  return {
    config,
    networks: run.networks,
    average: run.average,
    optimizers: run.optimizers,
    get settings() {
      return { ...run.settings, learningRates: learningRatesAt(config, run.step) };
    },
    get step() {
      return run.step;
    },
    trainStep: () =>
      whileOpen(async () => {
        const measured = await readStep(await trainNextStep(run));
        checkFinite({ step: run.step, ...measured }, run.lastGood, run.unchecked);
        run.unchecked.clear();
        return measured;
      }),
    nextBatch: () => whileOpen(() => nextBatch(run)),
    train: () =>
      whileOpen(() => {
        isClosed = true;
        return trainOpen(run).finally(unlock);
      }),
    save: () =>
      whileOpen(async () => {
        if (!allFinite(trainedWeights(run).values()))
          throw new DivergedError(
            `step ${run.step}: expected finite weights, got some that are not. The last good checkpoint is ${run.lastGood ?? 'none'}.`,
          );
        await run.save();
        return run.lastGood ?? config.checkpoint_dir;
      }),
    close: () =>
      inTurn(async () => {
        if (isClosed) return;
        isClosed = true;
        try {
          run.close();
        } finally {
          await unlock();
        }
      }),
  };
}
