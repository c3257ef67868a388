/** @file Finds the material beside the project, and says loudly which tests are skipped without it. */

import { existsSync } from 'node:fs';
import path from 'node:path';

const SHARED = path.resolve(__dirname, '../../../shared');

/** Path of something in ../shared. */
export const shared = (...parts: string[]): string => path.join(SHARED, ...parts);

/** `describe` where every part of ../shared that the tests need is there; else they are skipped, by name. */
export function describeWithShared(
  name: string,
  needs: readonly string[],
  tests: () => void,
): void {
  const missing = needs.filter((part) => !existsSync(shared(part)));
  if (missing.length === 0) {
    describe(name, tests);
    return;
  }
  process.stderr.write(
    `SKIPPED: ${name}: ../shared/${missing.join(', ../shared/')} is not there\n`,
  );
  describe.skip(name, tests);
}
