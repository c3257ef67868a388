/** @file What `--on_nan=rollback` does with a run that has diverged: it goes back to the newest intact checkpoint, and on with other pictures. */

import { DivergedError, UserError } from '../errors';
import type { DiskTrouble, Say } from '../runs/disk-trouble';
import { runFiles } from '../runs/run-dir';
import type { OpenTraining } from './open-training';

/** Why a run cannot go back, as the end of an error; null where it can. */
function obstacle({ config, lastGood, rollbacks }: OpenTraining): string | null {
  const { max_rollbacks: most, checkpoint_dir: directory } = config;
  if (lastGood === null)
    return '--on_nan=rollback: expected a checkpoint to go back to, got none yet. A lower --save_every makes one sooner.';
  if (rollbacks.length >= most)
    return `--on_nan=rollback: expected to go back ${most} times at most (--max_rollbacks), got one more; ${runFiles(directory).rollbacks} has them all. Other pictures alone do not help.`;
  return null;
}

/**
 * Takes a run back behind steps that led to losses which are no numbers.
 * @throws DivergedError with the reason where it may not or cannot go back, MachineError where that cannot be written down
 */
export async function rollBack(
  run: OpenTraining,
  error: DivergedError,
  { disk, say }: { readonly disk: DiskTrouble; readonly say: Say },
): Promise<void> {
  const { config, step } = run;
  if (config.on_nan === 'stop') throw error;
  const against = obstacle(run);
  if (against !== null)
    throw new DivergedError(`${error.message} ${against}`, error.found, { cause: error });
  say(`warning: ${error.found}`);
  const left = (): string =>
    `The last good checkpoint is ${run.lastGood}; --resume goes on from there.`;
  await disk.insist('the rollback', run.goBack, say, left).catch((cause: unknown) => {
    // not a UserError, on which a run saves its steps
    if (!(cause instanceof UserError)) throw cause;
    throw new DivergedError(`${error.message} ${cause.message}`, error.found, { cause });
  });
  const batches = step - run.step === 1 ? 'batch' : `${step - run.step} batches`;
  const times = `${run.rollbacks.length} of ${config.max_rollbacks}`;
  say(
    `rollback ${times}: goes on at step ${run.step} from ${run.lastGood}, without the ${batches} since`,
  );
}
