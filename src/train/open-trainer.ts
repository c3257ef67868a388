/** @file A training run for programs: step by step, or as `ipcgan train` runs it. */

import { toFlags } from '../config/read-settings';
import type { TrainConfig } from '../config/schema';
import { openEngine } from '../engine/open-engine';
import { UserError } from '../errors';
import { resolveRun } from '../runs/resumed-config';
import { lockRun } from '../runs/run-dir';
import { checkPretrainedFiles } from './check-pretrained';
import type { Networks } from './forward';
import { nextBatch, trainNextStep, trainOpen } from './loop';
import type { StepBatch, TrainOutcome } from './loop';
import { lossTermsOf } from './open-step';
import type { OwnParts } from './open-step';
import { openTraining } from './open-training';
import { readStep } from './step';
import type { Optimizers, StepSettings } from './step';
import { openTrainingData, withDataset } from './training-data';

/** Settings of `ipcgan train` by their names; those that are absent have its defaults. */
export type TrainerSettings = { readonly [K in keyof TrainConfig]?: TrainConfig[K] | undefined };

/** An open run, which nobody else trains meanwhile. */
export interface Trainer {
  readonly config: TrainConfig;
  readonly networks: Networks;
  readonly optimizers: Optimizers;
  readonly settings: StepSettings;
  /** Finished steps. */
  readonly step: number;
  /**
   * Trains the next step.
   * @returns what it measured, by the names of metrics.jsonl; null for a term that is off
   * @throws UserError for a picture that cannot be read
   */
  trainStep(): Promise<Record<string, number | null>>;
  /** The next batch, for a step of one's own, which ends with its `finish()`. @throws UserError for a picture that cannot be read */
  nextBatch(): Promise<StepBatch>;
  /**
   * Trains until `max_steps` or a signal as the command does, with logs, samples, checkpoints and progress on stderr, and closes the run.
   * @throws MachineError where a checkpoint cannot be written, DivergedError
   */
  train(): Promise<TrainOutcome>;
  /** Writes a checkpoint of the finished steps; @returns its directory. @throws MachineError */
  save(): Promise<string>;
  /** Closes the logs, frees every tensor, and lets others train the run. What is not saved is lost. */
  close(): Promise<void>;
}

/**
 * Opens a new run, or with `resume` one that is there. Opens the engine where it is not open.
 * @param own loss terms beside those of the settings, and a generator in the place of theirs; a run that is resumed needs the same again
 * @throws UserError for wrong settings, data or pretrained networks, or a run that is there or that another process trains
 */
export async function openTrainer(settings: TrainerSettings, own: OwnParts = {}): Promise<Trainer> {
  const resolved = resolveRun('train', toFlags(settings), { word: null, paths: [] });
  const config = await withDataset(resolved.config);
  const data = await openTrainingData(config);
  checkPretrainedFiles(config, lossTermsOf(config, own.terms));
  await openEngine({ device: config.device });
  const unlock = await lockRun(config.checkpoint_dir);
  const run = await openTraining(config, data, own).catch(async (error: unknown) => {
    await unlock();
    throw error;
  });
  let isClosed = false;
  const expectOpen = (): void => {
    if (isClosed)
      throw new UserError(
        `${config.checkpoint_dir}: expected an open run, got one that is closed. Open it again with resume.`,
      );
  };
  return {
    config,
    networks: run.networks,
    optimizers: run.optimizers,
    settings: run.settings,
    get step() {
      return run.step;
    },
    trainStep: async () => {
      expectOpen();
      return readStep(await trainNextStep(run));
    },
    nextBatch: async () => {
      expectOpen();
      return nextBatch(run);
    },
    train: async () => {
      expectOpen();
      isClosed = true;
      return trainOpen(run).finally(unlock);
    },
    save: async () => {
      expectOpen();
      await run.save();
      return run.lastGood ?? config.checkpoint_dir;
    },
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      run.close();
      await unlock();
    },
  };
}
