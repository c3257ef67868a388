/** @file The version of this package. */

import { readFileSync } from 'node:fs';
import path from 'node:path';

/** As package.json has it. */
export const packageVersion = (): string =>
  (
    JSON.parse(readFileSync(path.join(__dirname, '../../package.json'), 'utf8')) as {
      version: string;
    }
  ).version;
