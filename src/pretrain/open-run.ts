/** @file Everything that a pretraining run works with, opened at step 0 or where it was last saved. */

import type { EventWriter } from 'tensorboard-logger-ts';
import type { PretrainConfig } from '../config/schema';
import type { Team } from '../distributed/team';
import { UserError } from '../errors';
import type { SavedMetadata } from '../weights/saved-model';
import type { MetricLogger } from '../runs/metric-logger';
import { readRollbacks, writeRollbacks } from '../runs/rollbacks';
import type { Rollback } from '../runs/rollbacks';
import { openRunLog, reopenRunLog } from '../runs/run-log';
import { lockFoundRun } from '../runs/run-dir';
import { openLearner } from './open-learner';
import type { OpenLearner } from './open-learner';
import { factsOf, shareState } from './share-state';
import { digestOfTask } from './task';
import { recoverModel } from './saved-network';
import { lastDirectory, restoreState, saveState } from './state';
import type { PretrainState } from './state';

/** An open run; one process has it at a time. */
export interface OpenPretraining extends OpenLearner {
  readonly directory: string;
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
 * @param team the workers of the run, of which this is the first; null where there are no others
 * @throws UserError for data that the task cannot use, a missing trunk, a damaged state or one of other data, fewer steps than are done,
 * workers that differ, or a run that another process has
 */
export async function openPretraining(
  config: PretrainConfig,
  directory: string,
  team: Team | null = null,
): Promise<OpenPretraining> {
  const open = await openLearner(config, team, say);
  const { dataset, task, plain, variables, optimizer } = open;
  const unlock = await lockFoundRun(directory, config.resume === true);
  try {
    team?.expectSame(factsOf(open));
    const metadata: SavedMetadata =
      config.task === 'age' ? { age_bounds: [...dataset.ageBounds] } : {};
    const data = digestOfTask(dataset, task.data);
    const kept = { plain: plain.model, metadata, variables, data };
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
    if (team) shareState(team, open, state.step);
    optimizer.updates = state.step;
    const rollbacks = config.resume ? await readRollbacks(directory) : [];
    await recoverModel(directory);
    const { logger, writer } = await openRunLog(directory, config, state.step, team?.size);
    const run: OpenPretraining = {
      ...open,
      ...{ directory, logger, writer, metadata, state, rollbacks },
      unchecked: new Set<string>(),
      save: async () => {
        // metrics first: a run that goes on writes none of the steps before its state again
        await run.logger.sync();
        await saveState(directory, kept, run.state);
      },
      close: async () => {
        run.writer.close();
        open.dispose();
        await unlock();
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
