/** @file Errors, and how the page says them. */

import { say } from './status';

/** Says in plain words what is wrong and what to do. */
export class SaidError extends Error {}

/** Shows an error: one that was foreseen as it is, another with what may help. */
export function sayError(error: unknown): void {
  if (error instanceof SaidError) {
    say(error.message, 'error');
    return;
  }
  console.error(error);
  const what = error instanceof Error ? error.message : String(error);
  say(
    `Something went wrong: ${what}. Load the page again; if it stays, a smaller picture may help.`,
    'error',
  );
}
