/**
 * @file `npm run fuzz -- [--runs=20000] [--seed=1] [--only=TARGET,…] [--first=0] [--keep=FOLDER]`: shows broken files to everything that reads
 * files from outside, and prints what it did with them. Each input is read in 5 s and a bound of memory, or refused with a UserError that names the
 * file; anything else is a finding, printed with its number, and its files kept. Exit code 1 where there is one.
 */

import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { inputOf } from './input';
import { PLACE } from './reader';
import type { Fault, Said } from './reader';
import { MOST_WAITING } from './target';
import type { Target } from './target';
import { TARGETS } from './targets';

const ROOT = path.resolve(__dirname, '../..');
/** Exit code of a reader that could not read the whole inputs. */
const USELESS = 71;
/** Letters of a crash that are shown. */
const SHOWN = 2000;

interface Finding extends Fault {
  readonly index: number;
  readonly times: number;
}

interface Tally {
  read: number;
  refused: number;
  /** By what is alike in two faults: numbers aside. */
  readonly findings: Map<string, Finding>;
}

/** One finding for a fault however many inputs show it: its first line and where in our sources it came from. */
function likeness({ kind, text }: Fault): string {
  const [first = '', ...stack] = text.split('\n');
  const where = stack.find((line) => line.includes('/src/')) ?? '';
  const bare = first.replace(/'[^']*'|"[^"]*"/g, '').replace(/\d+/g, 'N');
  return kind === 'error' ? `${kind} ${where || bare.slice(0, 100)}` : kind;
}

function add(tally: Tally, index: number, fault: Fault): void {
  const key = likeness(fault);
  const known = tally.findings.get(key);
  tally.findings.set(
    key,
    known ? { ...known, times: known.times + 1 } : { ...fault, index, times: 1 },
  );
}

/** Runs a reader from an input on. @returns the next input, or `last` where it came to the end */
async function read(
  target: Target,
  seed: number,
  [first, last]: readonly [number, number],
  tally: Tally,
): Promise<number> {
  const home = mkdtempSync(path.join(tmpdir(), 'ipcgan-fuzz-'));
  const hook = path.join(ROOT, 'scripts/typescript.cjs');
  const args = ['--max-old-space-size=1024', '-r', hook, path.join(__dirname, 'reader.ts')];
  const child = spawn(
    process.execPath,
    [...args, target.name, ...[seed, first, last].map(String), home],
    {
      // an arena of memory for each thread would look like growth
      env: {
        ...process.env,
        MALLOC_ARENA_MAX: '1',
        OMP_NUM_THREADS: '1',
        TF_NUM_INTRAOP_THREADS: '1',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-SHOWN)));
  /** Where the reader ended by itself. */
  const stopped: { at: number | null } = { at: null };
  createInterface(child.stdout).on('line', (line) => {
    const said = JSON.parse(line) as Said;
    if ('fault' in said) {
      add(tally, said.index, said.fault);
      if (said.fault.kind !== 'error') stopped.at = said.index;
    } else {
      tally.read += said.read;
      tally.refused += said.refused;
    }
  });
  const placeOf = (): number => {
    try {
      const bytes = readFileSync(path.join(home, PLACE));
      return bytes.length === 8 ? Number(bytes.readBigUInt64LE()) : 0;
    } catch {
      return 0;
    }
  };
  let place = 0;
  let since = performance.now();
  const watched = { isHung: false };
  const watch = setInterval(() => {
    const now = placeOf();
    if (now !== place || now === 0) {
      place = now;
      since = performance.now();
    } else if (performance.now() - since > MOST_WAITING) {
      watched.isHung = true;
      child.kill('SIGKILL');
    }
  }, 500);
  const code = await new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.on('close', (exit, signal) => resolve(exit ?? signal));
  });
  clearInterval(watch);
  const at = placeOf() - 1;
  rmSync(home, { recursive: true, force: true });
  if (code === USELESS) throw new Error(`${target.name}: ${stderr}`);
  if (code === 0) return stopped.at === null ? last : stopped.at + 1;
  add(
    tally,
    at,
    watched.isHung
      ? { kind: 'hang', text: `more than ${MOST_WAITING} ms` }
      : { kind: 'crash', text: `ended with ${code ?? 'nothing'}: ${stderr}` },
  );
  return at + 1;
}

async function keep(
  target: Target,
  seed: number,
  { findings }: Tally,
  folder: string,
): Promise<void> {
  if (findings.size === 0) return;
  const corpus = await target.make();
  for (const { index, kind, text, times } of findings.values()) {
    const home = path.join(folder, `${target.name}-${seed}-${index}`);
    for (const [name, bytes] of inputOf(target, corpus, seed, index)) {
      mkdirSync(path.dirname(path.join(home, name)), { recursive: true });
      writeFileSync(path.join(home, name), bytes);
    }
    process.stdout.write(
      `\n${target.name}: ${kind}, ${times} times; the first: --only=${target.name} --seed=${seed} --first=${index} --runs=1, in ${home}\n${text.slice(0, SHOWN)}\n`,
    );
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '20000' },
      seed: { type: 'string', default: '1' },
      first: { type: 'string', default: '0' },
      only: { type: 'string' },
      keep: { type: 'string', default: path.join(tmpdir(), 'ipcgan-fuzz-findings') },
    },
  });
  const only = values.only?.split(',');
  const unknown = only?.filter((name) => !TARGETS.some((target) => target.name === name)) ?? [];
  if (unknown.length > 0)
    throw new Error(
      `--only: expected some of ${TARGETS.map(({ name }) => name).join(', ')}, got ${unknown.join(', ')}.`,
    );
  const [runs, seed, first] = [values.runs, values.seed, values.first].map(Number) as [
    number,
    number,
    number,
  ];
  let found = 0;
  process.stdout.write(
    `${['target', 'inputs', 'read', 'refused', 'findings', 'seconds'].join('\t')}\n`,
  );
  for (const target of TARGETS.filter(({ name }) => only?.includes(name) ?? true)) {
    const started = performance.now();
    const tally: Tally = { read: 0, refused: 0, findings: new Map() };
    for (let next = first; next < first + runs;)
      next = await read(target, seed, [next, first + runs], tally);
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    process.stdout.write(
      `${[target.name, runs, tally.read, tally.refused, tally.findings.size, seconds].join('\t')}\n`,
    );
    await keep(target, seed, tally, values.keep);
    found += tally.findings.size;
  }
  return found === 0 ? 0 : 1;
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? '') : String(error)}\n`);
    process.exitCode = 1;
  },
);
