/** @file Everything that a pretraining run works with, opened at step 0 or where it was last saved. */

import { mkdir } from 'node:fs/promises';
import type { EventWriter } from 'tensorboard-logger-ts';
import type { tf } from '../engine/tf';
import type { PretrainConfig } from '../config/schema';
import { UserError } from '../errors';
import { watchReading } from '../images/reading';
import type { SavedMetadata } from '../weights/saved-model';
import { readDataset } from '../data/dataset';
import type { Dataset } from '../data/dataset';
import type { MetricLogger } from '../runs/metric-logger';
import { readRollbacks, writeRollbacks } from '../runs/rollbacks';
import type { Rollback } from '../runs/rollbacks';
import { openRunLog, reopenRunLog } from '../runs/run-log';
import { lockFoundRun } from '../runs/run-dir';
import { digestOfTask, openTask } from './task';
import type { PretrainTask } from './task';
import { createPerVariableOptimizer } from '../optimizers/per-variable';
import { recoverModel } from './saved-network';
import { openStartingNetworks } from './start';
import { lastDirectory, restoreState, saveState } from './state';
import type { PretrainState } from './state';
import { openUpdater } from './update';
import type { Updater } from './update';
import type { AlexNetNetwork } from '../models/alexnet-network';

/** An open run; one process has it at a time. */
export interface OpenPretraining {
  readonly config: PretrainConfig;
  readonly directory: string;
  readonly dataset: Dataset;
  readonly task: PretrainTask;
  /** As it is trained, with batch norm and dropout. */
  readonly network: AlexNetNetwork;
  /** As it is saved: plain AlexNet. */
  readonly plain: AlexNetNetwork;
  readonly updater: Updater;
  logger: MetricLogger;
  writer: EventWriter;
  /** What the saved network says of itself. */
  readonly metadata: SavedMetadata;
  /** Where it stands. */
  state: PretrainState;
  /** Pictures of the steps since losses were last seen to be finite. */
  readonly unchecked: Set<string>;
  /** How often it went back after it had diverged, in all. */
  rollbacks: readonly Rollback[];
  /** Writes `last/`. */
  readonly save: () => Promise<void>;
  /**
   * Puts the run back where `last/` is, cuts off what was logged since, and writes that down. Called again after an error of the file system,
   * it does what is left to do.
   * @throws UserError where nothing is saved or it is damaged, or the file system's error
   */
  readonly goBack: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/**
 * Opens data, networks, optimiser and logs; with `resume` in the state that was saved last.
 * @throws UserError for data that the task cannot use, a missing trunk, a damaged state or one of other data, fewer steps than are done,
 * or a run that another process has
 */
export async function openPretraining(
  config: PretrainConfig,
  directory: string,
): Promise<OpenPretraining> {
  const dataset = await readDataset(config.data, config.root_folder);
  const task = await watchReading(
    'the check of the pictures',
    { seconds: config.loader_timeout, say },
    () => openTask(dataset, config, say),
  );
  const { network, plain, factors } = await openStartingNetworks(
    config,
    task,
    dataset.ageBounds,
    say,
  );
  const learns = new Map(
    [...factors.keys()].map((name) => [name, network.weights.get(name) as tf.Variable]),
  );
  await mkdir(directory, { recursive: true });
  const unlock = await lockFoundRun(directory, config.resume === true);
  try {
    const optimizer = createPerVariableOptimizer(learns, factors, {
      optimizer: config.optimizer,
      weightDecay: config.weight_decay,
    });
    const metadata: SavedMetadata =
      config.task === 'age' ? { age_bounds: [...dataset.ageBounds] } : {};
    const variables = new Map([...network.weights, ...optimizer.slots]);
    const kept = {
      plain: plain.model,
      metadata,
      variables,
      data: digestOfTask(dataset, task.data),
    };
    const restored = config.resume ? await restoreState(directory, kept) : null;
    if (restored && restored.step > config.steps)
      throw new UserError(
        `--steps: expected ${restored.step} or more, for ${directory} has done so many, got ${config.steps}.`,
      );
    if (config.resume)
      say(
        restored
          ? `resuming at step ${restored.step}`
          : `${directory}: nothing saved yet; starting at step 0`,
      );
    const state = restored ?? { step: 0, best: null, owed: false };
    optimizer.updates = state.step;
    const rollbacks = config.resume ? await readRollbacks(directory) : [];
    await recoverModel(directory);
    const { logger, writer } = await openRunLog(directory, config, state.step);
    const { loss } = task;
    const {
      batch_norm: batchNorm,
      seed,
      adversarial_radius: radius,
      adversarial_size: size,
    } = config;
    const reach = radius > 0 ? { radius, size } : null;
    const learner = { network, learns, optimizer, loss, batchNorm, seed, reach };
    const updater = openUpdater(learner, config.compile, say);
    const close = async (): Promise<void> => {
      run.writer.close();
      updater.dispose();
      optimizer.dispose();
      network.model.dispose();
      plain.model.dispose();
      await unlock();
    };
    const run: OpenPretraining = {
      ...{
        config,
        directory,
        dataset,
        task,
        network,
        plain,
        updater,
        logger,
        writer,
        metadata,
        state,
        close,
        unchecked: new Set<string>(),
        rollbacks,
      },
      save: async () => {
        // metrics first: a run that goes on writes none of the steps before its state again
        await run.logger.sync();
        await saveState(directory, kept, run.state);
      },
      goBack: async () => {
        const saved = await restoreState(directory, kept);
        if (saved === null)
          throw new UserError(
            `${lastDirectory(directory)}: expected the state of a run to go back to, got none. Start the run anew.`,
          );
        const rollback = { step: run.state.step, to: saved.step, pictures: [...run.unchecked] };
        const rollbacks = [...run.rollbacks, rollback];
        run.writer.close();
        Object.assign(run, await reopenRunLog(directory, saved.step));
        // last: a process that is killed before it diverges again, and goes back then
        await writeRollbacks(directory, rollbacks);
        optimizer.updates = saved.step;
        run.state = saved;
        run.rollbacks = rollbacks;
        run.unchecked.clear();
      },
    };
    return run;
  } catch (error) {
    await unlock();
    throw error;
  }
}
