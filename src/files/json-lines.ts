/** @file Files of JSON, a line each, that grow: read however large they are, and appended so that no whole line is ever lost. */

import { createReadStream, existsSync } from 'node:fs';
import { open, truncate } from 'node:fs/promises';
import path from 'node:path';
import { syncDirectory } from './durable-write';

const LINE_END = '\n'.charCodeAt(0);

/** A file that grows. */
export interface JsonLines {
  /** Appends a line for each value, in one go; they are on the disk when it resolves. */
  add(values: readonly object[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * Calls for every line of a file that has its end, in order, without the end. What a killed process left of a line is passed over.
 * One line is in memory at a time.
 * @returns how many bytes these lines take
 * @throws the file system's error
 */
export async function eachWholeLine(file: string, onLine: (line: string) => void): Promise<number> {
  let bytes = 0;
  let begun: Buffer[] = [];
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_END); end !== -1; end = chunk.indexOf(LINE_END, start)) {
      const line = Buffer.concat([...begun, chunk.subarray(start, end)]);
      begun = [];
      start = end + 1;
      bytes += line.length + 1;
      onLine(line.toString('utf8'));
    }
    if (start < chunk.length) begun.push(chunk.subarray(start));
  }
  return bytes;
}

/**
 * Opens a file to go on with it, or a new one; half a line at its end is cut off.
 * @throws the file system's error
 */
export async function openJsonLines(file: string): Promise<JsonLines> {
  if (existsSync(file)) await truncate(file, await eachWholeLine(file, () => undefined));
  const handle = await open(file, 'a');
  await syncDirectory(path.dirname(file));
  return {
    add: async (values) => {
      await handle.appendFile(values.map((value) => `${JSON.stringify(value)}\n`).join(''));
      await handle.datasync();
    },
    close: () => handle.close(),
  };
}
