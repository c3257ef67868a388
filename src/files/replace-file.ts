/** @file Writes a file in one move. */

import { rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Readers see the old file or the new one, whole; where it cannot be written nothing is left of the attempt. */
export async function replaceFile(file: string, content: string | Uint8Array): Promise<void> {
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.tmp`);
  try {
    await writeFile(temporary, content);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}
