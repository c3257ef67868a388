/** @file Names of crops that any list line, file system and archive can hold. */

import { sha256Of } from '../../files/digest';
import type { FaceRecord } from '../sources/source';

/** Bytes of a name, well under the 255 that file systems take: a number and an extension come behind it. */
const MOST_BYTES = 180;

/**
 * The rule: composed letters (NFC), folders joined by `__`, control characters and \ < > : " | ? * + ~ replaced by `_`,
 * no dot or blank at either end, and of a long name the beginning and a hash.
 */
export function safeName(name: string): string {
  const composed = name
    .normalize('NFC')
    .replace(/\.[^./]*$/, '')
    .replaceAll('/', '__')
    .replace(/[\u0000-\u001f\u007f-\u009f\\<>:"|?*+~\ufffd\u2028\u2029]/gu, '_')
    .replace(/^[\s.]+|[\s.]+$/gu, (ends) => '_'.repeat(ends.length));
  if (Buffer.byteLength(composed) <= MOST_BYTES) return composed || '_';
  const hash = sha256Of(composed).slice(0, 12);
  const cut = Buffer.from(composed)
    .subarray(0, MOST_BYTES - hash.length - 1)
    .toString('utf8')
    .replace(/\ufffd+$/u, '');
  return `${cut}_${hash}`;
}

/** A safe name for each record, all different even where case does not count: later ones get `~2`, `~3`. */
export function safeNames(records: readonly FaceRecord[]): Map<FaceRecord, string> {
  const taken = new Map<string, number>();
  return new Map(
    records.map((record) => {
      const base = safeName(record.name);
      const count = (taken.get(base.toLowerCase()) ?? 0) + 1;
      taken.set(base.toLowerCase(), count);
      return [record, count === 1 ? base : `${base}~${count}`] as const;
    }),
  );
}
