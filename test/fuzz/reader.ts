/**
 * @file A process that reads one input after another and says which it is at, so that whoever started it sees a hang or a crash:
 * `reader.ts TARGET SEED FIRST LAST FOLDER`.
 */

import { mkdirSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { IpcganError } from '../../src/errors';
import { inputOf } from './input';
import { MOST_GROWTH, MOST_MILLISECONDS } from './target';
import type { Files, Target } from './target';
import { TARGETS } from './targets';

/** What is wrong with how an input was taken. */
export interface Fault {
  readonly kind: 'error' | 'hang' | 'memory' | 'crash';
  readonly text: string;
}

/** What the reader says of an input, a line of JSON each on its stdout, when there is something to say. */
export type Said =
  | { readonly index: number; readonly fault: Fault }
  | { readonly read: number; readonly refused: number };

/** Where it writes down which input it is at: 8 bytes. */
export const PLACE = 'place';

const MEGABYTE = 2 ** 20;

/** Bytes of address space that the process has had at most: also what was asked for and not touched. */
function peak(): number {
  const kilobytes = /^VmPeak:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1];
  return 1024 * Number(kilobytes ?? 0);
}

function write(folder: string, files: Files): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of files) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, bytes);
  }
}

/** What is wrong with an error; null for one that the user is told as it is. */
function faultOf(error: unknown, folder: string, files: Files): Fault | null {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  if (!(error instanceof IpcganError)) return { kind: 'error', text };
  const names = [folder, ...[...files.keys()].map((name) => path.basename(name))];
  if (names.some((name) => error.message.includes(name))) return null;
  return { kind: 'error', text: `no file is named: ${text}` };
}

async function readOne(
  target: Target,
  folder: string,
  files: Files,
): Promise<Fault | 'read' | 'refused'> {
  write(folder, files);
  const before = peak();
  const started = process.cpuUsage();
  let outcome: Fault | 'read' | 'refused';
  try {
    await target.read(folder, files);
    outcome = 'read';
  } catch (error) {
    outcome = faultOf(error, folder, files) ?? 'refused';
  }
  const growth = peak() - before;
  // of the processor: beside other work a second may take a minute
  const { user, system } = process.cpuUsage(started);
  const took = (user + system) / 1000;
  if (typeof outcome === 'object') return outcome;
  if (took > MOST_MILLISECONDS) return { kind: 'hang', text: `${took.toFixed(0)} ms` };
  if (growth > (target.mostGrowth ?? MOST_GROWTH))
    return { kind: 'memory', text: `${(growth / MEGABYTE).toFixed(0)} MB more` };
  return outcome;
}

async function main(): Promise<void> {
  const [name = '', seed = '', first = '', last = '', home = ''] = process.argv.slice(2);
  const target = TARGETS.find((one) => one.name === name);
  if (!target) throw new Error(`expected a target, got ${name}`);
  const say = (said: Said): void => void writeSync(1, `${JSON.stringify(said)}\n`);
  const corpus = await target.make();
  const folder = path.join(home, 'input');
  const place = openSync(path.join(home, PLACE), 'w');
  const at = Buffer.alloc(8);
  // whole inputs can be read; and what is loaded on first use is no growth of an input's
  for (const files of corpus) {
    write(folder, files);
    await target.read(folder, files);
  }
  let counts = { read: 0, refused: 0 };
  for (let index = Number(first); index < Number(last); index++) {
    at.writeBigUInt64LE(BigInt(index + 1));
    writeSync(place, at, 0, 8, 0);
    const outcome = await readOne(target, folder, inputOf(target, corpus, Number(seed), index));
    if (typeof outcome === 'object') say({ index, fault: outcome });
    else counts = { ...counts, [outcome]: counts[outcome] + 1 };
    // one that has grown says nothing of the next
    if (typeof outcome === 'object' && outcome.kind !== 'error') break;
    if (index % 100 === 99) {
      say(counts);
      counts = { read: 0, refused: 0 };
    }
  }
  say(counts);
  process.exit(0);
}

// a promise that nobody waits for is a bug, too
process.on('unhandledRejection', (error) => {
  process.stderr.write(
    `unhandled: ${error instanceof Error ? (error.stack ?? '') : String(error)}\n`,
  );
  process.exit(70);
});
if (require.main === module)
  main().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? '') : String(error)}\n`);
    process.exit(71);
  });
