/** @file Versions of the files that we write: a file of a newer one is refused, whatever is in it. */

import { UserError } from '../errors';
import { packageVersion } from './package-version';

/** A file whose form this program does not know yet: nothing is wrong with it. */
export class NewerFileError extends UserError {}

/**
 * Refuses content that says a version above the newest one that is known. Content that says none is of before there were versions, and
 * is left to whoever reads it, as is what is no object.
 * @param key under which the content says its version
 * @throws NewerFileError
 */
export function refuseNewer(
  file: string,
  content: unknown,
  { key, newest }: { readonly key: string; readonly newest: number },
): void {
  if (typeof content !== 'object' || content === null) return;
  const version = (content as Readonly<Record<string, unknown>>)[key];
  if (typeof version !== 'number' || version <= newest) return;
  throw new NewerFileError(
    `${file}: expected ${key} ${newest} or an older one, which ipcgan ${packageVersion()} knows, got ${version}, which a newer ipcgan wrote. ` +
      'Use that one: `git pull && npm run setup` in a checkout, or install its newest package. The file stays as it is.',
  );
}
