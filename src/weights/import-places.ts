/** @file Looks at where an import reads and writes, before anything heavy loads. */

import { existsSync, statSync } from 'node:fs';
import { UserError } from '../errors';
import { isArrayFile } from './named-arrays';
import { openTf1Bundle } from './tf1-bundle';

/** @throws UserError where there is something */
export function expectNothingAt(to: string): void {
  if (existsSync(to))
    throw new UserError(
      `--to: expected a directory that does not exist yet, got ${to}. Choose another.`,
    );
}

/** @throws UserError where `from` is neither a file of arrays nor a whole TensorFlow 1 checkpoint, or there is something at `to` */
export async function checkImportPlaces(from: string, to: string): Promise<void> {
  expectNothingAt(to);
  if (!(await isArrayFile(from))) await openTf1Bundle(from);
  else if (!existsSync(from) || !statSync(from).isFile())
    throw new UserError(
      `--from: expected NumPy arrays (.npz), got ${from}, which is no file. Check the path.`,
    );
}
