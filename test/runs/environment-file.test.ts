import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { changedEnvironment, readEnvironment } from '../../src/runs/environment-file';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();

const ENVIRONMENT = {
  command: ['train'],
  node: 'v20.0.0',
  processor: 'A avx2',
  threads: 4,
  device: 'cpu',
  onednn: '1',
  winograd: true,
  no_functions: null,
  git_commit: 'a',
};

test.each<[object, string | null]>([
  [{}, null],
  // bits do not depend on it
  [{ command: [], node: 'v22.0.0', git_commit: 'b' }, null],
  [{ processor: 'A avx2 avx512f' }, 'the processor was A avx2 and is A avx2 avx512f'],
  [{ threads: 2 }, 'the number of threads was 4 and is 2'],
  [{ device: 'gpu' }, 'the device was cpu and is gpu'],
  [{ no_functions: 'no g++' }, 'the obstacle to compiled steps was none and is no g++'],
  [
    { onednn: '0', winograd: false },
    'oneDNN was 1 and is 0; Winograd convolutions was true and is false',
  ],
])('%j: %s', (change, expected) => {
  const line = changedEnvironment(ENVIRONMENT, { ...ENVIRONMENT, ...change });
  expect(line).toBe(
    expected &&
      `note: ${expected}: from here on, weights and metrics are not bit for bit those of a run that went through on one machine`,
  );
});

test('what an earlier version did not write down is not compared', () => {
  const before = { device: 'cpu' };
  expect(changedEnvironment(before, ENVIRONMENT)).toBe(null);
});

test.each([['not json'], ['[1]'], [null]])('a file of %j says nothing', async (text) => {
  const run = path.join(newFolder(), 'run');
  mkdirSync(run);
  if (text !== null) writeFileSync(path.join(run, 'environment.json'), text);
  expect(await readEnvironment(run)).toBe(null);
});
