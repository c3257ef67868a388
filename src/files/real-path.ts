/** @file Where a path leads: out of a folder or not, and when links are followed, also of something that is not there yet. */

import { realpathSync } from 'node:fs';
import path from 'node:path';

/** Whether a name that is meant relative to a folder leads out of it, or could: it is absolute, or a part of it is `..`. */
export const leavesFolder = (name: string): boolean =>
  path.isAbsolute(name) || name.split(/[\\/]/).includes('..');

/** The path with the links in as much of it as exists followed. */
export function realPathOf(location: string): string {
  const absolute = path.resolve(location);
  try {
    return realpathSync(absolute);
  } catch {
    const parent = path.dirname(absolute);
    return parent === absolute ? absolute : path.join(realPathOf(parent), path.basename(absolute));
  }
}

/** Whether a path is a folder or lies in it, links followed. */
export function isWithin(location: string, folder: string): boolean {
  const between = path.relative(realPathOf(folder), realPathOf(location));
  return (
    between === '' ||
    (between !== '..' && !between.startsWith(`..${path.sep}`) && !path.isAbsolute(between))
  );
}
