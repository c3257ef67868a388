/** @file The skeleton that both trainings have: steps until the run is over or somebody asks it to stop, saved whatever happens. */

import type { EventWriter } from 'tensorboard-logger-ts';
import { DivergedError, UserError } from '../errors';
import { watchInterrupts } from './interrupt';
import type { StopSignal } from './interrupt';
import { startProgress } from './progress';
import type { Progress } from './progress';

/** A training that can be run. `Scalars` are what a step leaves to be read. */
export interface Training<Scalars> {
  /** What the progress bar says. */
  readonly label: string;
  /** Steps in all. */
  readonly total: number;
  readonly writer: EventWriter;
  /** Finished steps. */
  step(): number;
  /** Whether no step is left, be it that all are done or that going on is of no use. */
  isOver(): boolean;
  /** Does what an earlier process owed, before the first step. */
  begin(progress: Progress): Promise<void>;
  /**
   * Trains one step.
   * @param isAskedToStop whether this process was asked to stop before it
   * @throws UserError for a picture that cannot be read
   */
  trainStep(isAskedToStop: boolean): Promise<Scalars>;
  /**
   * Where several processes train: the signal that all of them stop by behind the last step, or null; absent where there is one process.
   * @param own what this process was asked by
   */
  readonly commonSignal?: (own: StopSignal | null) => StopSignal | null;
  /**
   * Logs, measures and saves what is due after a step.
   * @param isStopped whether it is the last one of this process: what is then saved must be checked first
   * @throws DivergedError, MachineError
   */
  finishStep(scalars: Scalars, isStopped: boolean, progress: Progress): Promise<void>;
  /** Whether every weight is a finite number. */
  isWhole(): boolean;
  /** Saves the finished steps, where they are not saved. @throws MachineError */
  save(): Promise<void>;
  /** Gives everything back. */
  close(): Promise<void>;
}

/**
 * Runs a training to its end, or to a signal, after which it saves. A picture that cannot be read ends it, too: the steps before are
 * good, and are saved.
 * @param afterwards what is still to be done with the open run; a run that was stopped watches for signals meanwhile, since the same
 * one may come twice, and one that was not can be stopped
 * @returns the signal that stopped it before it was over, and what `afterwards` gives
 * @throws UserError, MachineError, DivergedError
 */
export async function runTraining<Scalars, Result>(
  training: Training<Scalars>,
  afterwards: (signal: StopSignal | null) => Promise<Result>,
): Promise<{ readonly signal: StopSignal | null; readonly result: Result }> {
  const progress = startProgress(training.label, training.total, training.step());
  const interrupts = watchInterrupts((signal) =>
    progress.line(`${signal}: finishing this step, then saving`),
  );
  const stopping = (): StopSignal | null => {
    const own = interrupts.signal();
    return training.commonSignal ? training.commonSignal(own) : own;
  };
  try {
    await training.begin(progress);
    while (!training.isOver() && stopping() === null) {
      const scalars = await training.trainStep(interrupts.signal() !== null);
      progress.update(training.step());
      // lets a signal in: a step computes without returning to the event loop
      await new Promise(setImmediate);
      await training.finishStep(scalars, stopping() !== null, progress);
    }
    const signal = training.isOver() ? null : stopping();
    // TensorBoard keeps the first end of a run that it reads: one that is stopped has none yet
    if (signal === null) training.writer.endHparams('success');
    else await training.save();
    progress.stop();
    if (signal === null) interrupts.stop();
    return { signal, result: await afterwards(signal) };
  } catch (error) {
    if (error instanceof DivergedError) training.writer.endHparams('failure');
    if (error instanceof UserError && training.step() > 0 && training.isWhole())
      await training.save();
    throw error;
  } finally {
    progress.stop();
    interrupts.stop();
    await training.close();
  }
}
