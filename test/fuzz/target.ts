/** @file What is fuzzed: a kind of file from outside, valid ones of it, and the code that reads it. */

import type { Random } from '../../src/statistics/random';

/** An input: files by their path in a folder. */
export type Files = ReadonlyMap<string, Buffer>;

/** What a file is to the mutator. */
export type Form = 'bytes' | 'text' | 'json' | 'lines';

/** A parser and what it parses. */
export interface Target {
  readonly name: string;
  /** Valid inputs, the same each time. */
  readonly make: () => Promise<readonly Files[]>;
  /** How a file is mutated. */
  readonly formOf: (file: string) => Form;
  /** Words that stand in such files, for texts. */
  readonly words?: readonly string[];
  /** Sets checksums right again, so that what they guard is reached, too. */
  readonly mend?: (files: Map<string, Buffer>, random: Random) => void;
  /** Reads an input. @param folder where its files lie @throws UserError that names one of them, for what cannot be read */
  readonly read: (folder: string, files: Files) => Promise<unknown>;
  /** Bytes that the process may grow by for one input; {@link MOST_GROWTH} when absent. */
  readonly mostGrowth?: number;
}

/** Bytes of memory that reading an input of a few kilobytes may ask the system for. */
export const MOST_GROWTH = 256 * 2 ** 20;

/** Milliseconds of the processor in which an input is read or refused. */
export const MOST_MILLISECONDS = 5000;

/** Milliseconds after which a process that does not go on is killed, however busy the machine is. */
export const MOST_WAITING = 60_000;

export const filesOf = (files: Readonly<Record<string, string | Uint8Array>>): Files =>
  new Map(
    Object.entries(files).map(([name, content]) => [
      name,
      typeof content === 'string' ? Buffer.from(content) : Buffer.from(content),
    ]),
  );
