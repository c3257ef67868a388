/** @file The config of a run, for those who only remark on it: where it cannot be read there is nothing to say. */

import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { runFiles } from './run-dir';

/** As much of a run's config as a schema asks for; null where it is not there, broken or of another form. */
export async function readKnownConfig<T>(
  directory: string,
  schema: z.ZodType<T>,
): Promise<T | null> {
  try {
    return schema.parse(JSON.parse(await readFile(runFiles(directory).config, 'utf8')));
  } catch {
    return null;
  }
}
