/** @file SHA-256 of bytes, of texts and of files: how the project tells contents apart. */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** A text counts as its UTF-8 bytes. */
export type Content = string | Uint8Array;

/** What a file was when it was written: tells a whole file from a damaged one. */
export interface FileDigest {
  readonly bytes: number;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
}

/** SHA-256 of parts, one behind the other, as 64 hexadecimal digits. */
export function sha256Of(...parts: readonly Content[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** The same of parts that are not all in memory at a time. */
export async function sha256OfStream(parts: AsyncIterable<Content>): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** SHA-256 of a file, however large it is. @throws the file system's error where it cannot be read */
export const sha256OfFile = (file: string): Promise<string> =>
  sha256OfStream(createReadStream(file));
