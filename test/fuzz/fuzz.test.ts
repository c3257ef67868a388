import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { temporaryFolders } from '../support/temporary';
import { inputOf } from './input';
import { filesOf } from './target';
import type { Target } from './target';
import { TARGETS } from './targets';

const newFolder = temporaryFolders();
const ROOT = path.resolve(__dirname, '../..');

/** A line a target: its name, inputs, read, refused, findings. */
function fuzz(names: readonly string[], runs: number): [string[][], string] {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      '-r',
      path.join(ROOT, 'scripts/typescript.cjs'),
      path.join(__dirname, 'fuzz.ts'),
      `--runs=${runs}`,
      `--only=${names.join(',')}`,
      `--keep=${newFolder()}`,
    ],
    { encoding: 'utf8' },
  );
  const lines = stdout.split('\n').map((line) => line.split('\t').slice(0, 5));
  return [lines.filter(([name = '']) => names.includes(name)), `${stdout}${stderr}`];
}

// a thread and a WebAssembly module for each
const SLOW = ['h5'];
const FAST = TARGETS.map(({ name }) => name).filter((name) => !SLOW.includes(name));

test.each([
  ['broken files of every kind', FAST, 20],
  ['broken HDF5 files', SLOW, 3],
])('%s are read, or refused with an error that names them', (_, names, runs) => {
  const [lines, said] = fuzz(names, runs);
  const findings = lines.filter(([, , , , found]) => found !== '0');
  expect([findings, findings.length > 0 ? said : '']).toEqual([[], '']);
  expect(lines.map(([name]) => name)).toEqual(names);
  // none is refused, or read, whatever it is
  for (const [name, , read, refused] of lines)
    expect([name, Number(read) + Number(refused)]).toEqual([name, runs]);
});

test('an input is the same for the same seed, and another for another', () => {
  const target: Target = {
    name: 'x',
    make: () => Promise.resolve([]),
    formOf: () => 'json',
    read: () => Promise.resolve(),
  };
  const corpus = [filesOf({ a: '{"a":[1,2,{"b":"c"}],"d":3}' })];
  const made = (seed: number): string =>
    Array.from({ length: 50 }, (_, i) => String(inputOf(target, corpus, seed, i).get('a'))).join();
  expect(made(1)).toBe(made(1));
  expect(made(1)).not.toBe(made(2));
});
