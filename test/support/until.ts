/** @file Waits for what another process does. */

import { existsSync, readFileSync } from 'node:fs';

/** Resolves when the condition holds. @throws Error after minutes: a busy machine takes its time */
export async function until(condition: () => boolean, what: string): Promise<void> {
  for (let n = 0; n < 4000; n++) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`waited in vain for ${what}`);
}

/** Lines of a file that may not be there yet. */
export const linesOf = (file: string): number =>
  existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0;
