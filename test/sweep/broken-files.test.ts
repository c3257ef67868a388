import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readSweepFile } from '../../src/config/sweep-file';
import { knownMetrics, readMetric, readMetricLines } from '../../src/sweep/metric';
import { expandSweep } from '../../src/sweep/expand';
import { openSweep } from '../../src/sweep/plan';
import { definitionOf } from '../support/sweep';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();
const METRIC = { name: 'identity', goal: 'maximize', at: 'last' } as const;

test('a plan that is no JSON is an error that names it', async () => {
  const folder = newFolder();
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  const run = `{"index":0,"name":"a","parameters":{"seed":${deep}}}`;
  const plan = `{"format":1,"file":"a","cwd":"/","threads":1,"launcher":"local","definition":{},"runs":[${run}]}`;
  const based = plan.replace('{}', '{"base":"/etc/passwd"}').replace(run, '');
  const queued = plan.replace('{}', '{"slurm":".."}').replace(run, '');
  for (const text of ['{"format":', '[]', 'null', '', plan, based, queued]) {
    writeFileSync(path.join(folder, 'plan.json'), text);
    await expect(openSweep(folder)).rejects.toThrow(
      `${path.join(folder, 'plan.json')}: expected the plan of a sweep, got `,
    );
  }
});

test('a plan of a sweep file that cannot be there any more goes on by what it has', async () => {
  const folder = newFolder();
  const below = path.join(folder, 'plan.json', 'sweep.yaml');
  const definition = definitionOf({ parameters: { seed: [1] } });
  const plan = { format: 1, file: below, cwd: '/', threads: 1, launcher: 'local', definition };
  const runs = expandSweep(below, definition);
  writeFileSync(path.join(folder, 'plan.json'), JSON.stringify({ ...plan, runs }));
  expect((await openSweep(folder)).definition).toEqual(definition);
});

test('what is wrong with a file that a sweep file names is said with both names', () => {
  const folder = newFolder();
  const file = path.join(folder, 'sweep.yaml');
  for (const key of ['base', 'slurm']) {
    const parts = 'parameters: {seed: [1]}\nmetric: {name: g_loss, goal: minimize}\n';
    writeFileSync(file, `${key}: none.yaml\n${parts}`);
    expect(() => readSweepFile(file)).toThrow(
      `${file}: ${key}: ${path.join(folder, 'none.yaml')}: expected a YAML or JSON file, got ENOENT`,
    );
  }
});

test('a setting that every object of JavaScript has is an unknown one', () => {
  const file = path.join(newFolder(), 'sweep.yaml');
  writeFileSync(
    file,
    'parameters: { constructor: [1, 2] }\nmetric: { name: g_loss, goal: minimize }\n',
  );
  expect(() => readSweepFile(file)).toThrow(
    "parameters.constructor: expected a known setting of train, got 'constructor'",
  );
});

test('lines of metrics that are no records are no lines', async () => {
  const folder = newFolder();
  writeFileSync(path.join(folder, 'metrics.jsonl'), 'null\n3\n[]\n{"step":1,"g_loss":2}\n{"st');
  expect(await readMetricLines(folder)).toEqual([{ step: 1, g_loss: 2 }]);
});

test('what is no number in a line of metrics is passed over, however deep it is', async () => {
  const folder = newFolder();
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  const lines = [`{"step":${deep},"g_loss":1}`, '{"step":2,"g_loss":"x","d_loss":null}'];
  writeFileSync(path.join(folder, 'metrics.jsonl'), `${lines.join('\n')}\n`);
  expect(await readMetricLines(folder)).toEqual([{ g_loss: 1 }, { step: 2, d_loss: null }]);
  const metric = { name: 'g_loss', goal: 'minimize', at: 'best' } as const;
  expect(await readMetric(folder, metric, 3)).toEqual({ value: 1, step: 0, interval: null });
});

test('a damaged evaluation is named, and figures that are none are left out', async () => {
  const folder = newFolder();
  mkdirSync(path.join(folder, 'evaluation'));
  const file = path.join(folder, 'evaluation', 'evaluation.json');
  for (const text of ['{"step":', 'null', '3']) {
    writeFileSync(file, text);
    await expect(readMetric(folder, METRIC, 3)).rejects.toThrow(
      `${file}: expected an evaluation, got ${text}`,
    );
  }
  const figures = { identity: null, overall: { value: 1 }, other: 'x', more: { value: 'x' } };
  writeFileSync(file, JSON.stringify({ step: 3, figures }));
  expect([await readMetric(folder, METRIC, 3), await knownMetrics(folder, 3)]).toEqual([
    null,
    ['overall'],
  ]);
});

test('a few letters that ask for more runs than memory holds are refused before any is made', () => {
  const seed = { min: 1, max: 1e15, distribution: 'integer' };
  const grid = definitionOf({ parameters: { seed: { ...seed, points: 1e9 } } });
  expect(() => expandSweep('x.yaml', grid)).toThrow(
    'x.yaml: parameters: expected at most 10000 runs, got 1000000000.',
  );
  const drawn = definitionOf({ parameters: { seed }, method: 'random', limits: { runs: 1e9 } });
  expect(() => expandSweep('x.yaml', drawn)).toThrow(
    'x.yaml: limits.runs: expected at most 10000 runs, got 1000000000.',
  );
});
