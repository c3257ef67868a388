/** @file Which commit the program is of. */

import { execFileSync } from 'node:child_process';

/** Of the program's own sources; null where they are of no repository. */
export function gitCommit(): string | null {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], {
      cwd: __dirname,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
      .toString()
      .trim();
  } catch {
    return null;
  }
}
