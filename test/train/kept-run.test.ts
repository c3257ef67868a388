import { cpSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { readDataset } from '../../src/data/dataset';
import { runTrain } from '../../src/cli/train';
import { resolveRun } from '../../src/runs/resumed-config';
import { kept } from '../support/kept';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();
const linesOf = (file: string): Record<string, number | null>[] =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, number | null>);

beforeEach(() => {
  for (const name of ['stdout', 'stderr'] as const)
    jest.spyOn(process[name], 'write').mockReturnValue(true);
});
afterEach(() => jest.restoreAllMocks());

test('a data set of 0.1 opens', async () => {
  const { description } = await readDataset(kept('data'));
  expect(description.counts.faces).toBeGreaterThan(0);
});

test('a run of 0.1 goes on as 0.1 went on with it', async () => {
  const run = path.join(newFolder(), 'run');
  cpSync(kept('run'), run, { recursive: true });
  const before = linesOf(kept('after-4-steps.jsonl'));
  const flags = { checkpoint_dir: run, data: kept('data'), max_steps: '4', resume: true };
  expect(await runTrain(resolveRun('train', flags, { word: null, paths: [] }))).toBe(0);
  const now = linesOf(path.join(run, 'metrics.jsonl'));
  expect(now.map(({ step }) => step)).toEqual([1, 2, 3, 4]);
  for (const [i, line] of before.entries()) {
    for (const [name, value] of Object.entries(line)) {
      // float32 sums in another order on another processor
      if (value !== null && name !== 'images_per_second')
        expect([name, Math.abs(now[i]![name]! - value) <= 1e-3 * Math.abs(value)]).toEqual([
          name,
          true,
        ]);
    }
  }
});
