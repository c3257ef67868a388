/** @file The folder of an export: new, and whole or not there at all. */

import { existsSync } from 'node:fs';
import { mkdir, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors';
import { removeLeftovers, temporaryIn } from '../files/temporary';
import { moveDirectory, writeWhole } from '../files/whole-directory';

/** What an export says for readers, beside `model.json`. */
export const MODEL_CARD = 'MODEL.md';

/** @throws UserError where something is there already */
export function expectNoExport(out: string): void {
  if (existsSync(out))
    throw new UserError(
      `--out: expected a directory that does not exist yet, got ${out}. Choose another, or remove it.`,
    );
}

/** Bytes of all files of a folder and of those in it. */
async function bytesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => (await stat(path.join(entry.parentPath, entry.name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/**
 * Writes a new folder in one move.
 * @param write fills the temporary folder that it is given
 * @returns what `write` gives, and the bytes of the folder's files
 * @throws UserError where the folder is there, MachineError where it cannot be written
 */
export async function writeFolder<Result>(
  out: string,
  write: (temporary: string) => Promise<Result>,
): Promise<{ readonly result: Result; readonly bytes: number }> {
  expectNoExport(out);
  const target = path.resolve(out);
  const home = path.dirname(target);
  await mkdir(home, { recursive: true });
  await removeLeftovers(home);
  const temporary = temporaryIn(home);
  const results: Result[] = [];
  await writeWhole({ target, temporary, what: 'a model' }, async () => {
    results.push(await write(temporary));
    // somebody may have made it meanwhile
    expectNoExport(out);
    await moveDirectory(temporary, target);
  });
  return { result: results[0] as Result, bytes: await bytesIn(target) };
}
