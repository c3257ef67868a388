/** @file What `--on_nan=rollback` does with a run that has diverged: it goes back to what was last saved, and on with other pictures. */

import { DivergedError, UserError } from '../errors';
import type { DiskTrouble, Say } from './disk-trouble';
import type { Rollback } from './rollbacks';
import { runFiles } from './run-dir';

/** A run that can be put back. */
export interface Returnable {
  readonly config: { readonly on_nan: 'stop' | 'rollback'; readonly max_rollbacks: number };
  readonly directory: string;
  /** The flag by which it saves more often. */
  readonly sooner: string;
  /** Where it stands: finished steps, the newest checkpoint, and how often it went back. */
  readonly place: () => {
    readonly step: number;
    readonly lastGood: string | null;
    readonly rollbacks: readonly Rollback[];
  };
  /** Puts it where the newest checkpoint is. @throws UserError where none is intact, MachineError or the file system's error */
  readonly goBack: () => Promise<void>;
}

const MOST_NAMES = 20;

/** Which pictures may have made losses that are no numbers, as a sentence and a blank; nothing where none is known. */
export function namesAmong(pictures: ReadonlySet<string>): string {
  if (pictures.size === 0) return '';
  const left = pictures.size - MOST_NAMES;
  const names = [...pictures].slice(0, MOST_NAMES).join(', ');
  return `Pictures since losses were last finite: ${names}${left > 0 ? ` and ${left} more` : ''}. `;
}

/** Why a run cannot go back, as the end of an error; null where it can. */
function obstacle({ config, directory, sooner, place }: Returnable): string | null {
  const { max_rollbacks: most } = config;
  const { lastGood, rollbacks } = place();
  if (lastGood === null)
    return `--on_nan=rollback: expected a checkpoint to go back to, got none yet. A lower ${sooner} makes one sooner.`;
  if (rollbacks.length >= most)
    return `--on_nan=rollback: expected to go back ${most} times at most (--max_rollbacks), got one more; ${runFiles(directory).rollbacks} has them all. Other pictures alone do not help.`;
  return null;
}

/**
 * Takes a run back behind steps that led to losses which are no numbers.
 * @throws DivergedError with the reason where it may not or cannot go back, MachineError where that cannot be written down
 */
export async function rollBack(
  run: Returnable,
  error: DivergedError,
  { disk, say }: { readonly disk: DiskTrouble; readonly say: Say },
): Promise<void> {
  const { config, place } = run;
  const { step } = place();
  if (config.on_nan === 'stop') throw error;
  const against = obstacle(run);
  if (against !== null)
    throw new DivergedError(`${error.message} ${against}`, error.found, { cause: error });
  say(`warning: ${error.found}`);
  const left = (): string =>
    `The last good checkpoint is ${place().lastGood}; --resume goes on from there.`;
  await disk.insist('the rollback', run.goBack, say, left).catch((cause: unknown) => {
    // not a UserError, on which a run saves its steps
    if (!(cause instanceof UserError)) throw cause;
    throw new DivergedError(`${error.message} ${cause.message}`, error.found, { cause });
  });
  const { step: to, lastGood, rollbacks } = place();
  const batches = step - to === 1 ? 'batch' : `${step - to} batches`;
  say(
    `rollback ${rollbacks.length} of ${config.max_rollbacks}: goes on at step ${to} from ${lastGood}, without the ${batches} since`,
  );
}
