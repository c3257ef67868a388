import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { runCli, startCli } from '../support/cli';
import { preparedDataset } from '../support/drawn-dataset';
import {
  expectRestart,
  expectSameContent,
  expectStop,
  ONE_THREAD,
  savedContent,
} from '../support/run-of-workers';
import { temporaryFolders } from '../support/temporary';
import { watch } from '../support/team';

const newFolder = temporaryFolders();
const STEPS = 6;

let home = '';
beforeAll(async () => {
  home = newFolder();
  await preparedDataset(path.join(home, 'data'));
});

/** With pictures that are changed at random, half of the hidden units dropped, and batch norm. */
const IDENTITY = [
  ...['pretrain', '--task=identity', '--data=data', '--batch_size=4', '--head_width=16'],
  ...['--optimizer=adam', '--learning_rate=0.0005', '--batch_norm', '--log_every=1', '--seed=3'],
];
const argsOf = (run: string, ...more: string[]): string[] => [
  ...[...IDENTITY, `--run=${run}`, `--steps=${STEPS}`, '--eval_every=3'],
  ...more,
];
const inRun = (run: string, ...parts: string[]): string =>
  path.join(home, 'checkpoints', run, ...parts);

const done = (args: readonly string[]): string => {
  const { status, stdout, stderr } = runCli([...args], home, ONE_THREAD);
  expect([status, status === 0 ? '' : stderr]).toEqual([0, '']);
  return stdout + stderr;
};

const FILES = [
  ...['state.bin', 'state.json', 'model/weights.bin'].map((file) => `last/${file}`),
  ...['model/weights.bin', 'summary.json'],
];
/** All that is saved of two runs, and what they logged, is the same. */
const expectSame = (...runs: [string, string]): void => {
  const [a, b] = runs.map((run) => savedContent(inRun(run), FILES, inRun(run, 'metrics.jsonl')));
  expectSameContent(a!, b!);
};

test('two workers of two pictures pretrain what one process pretrains in micro-batches of two, to the last bit', () => {
  done(argsOf('one', '--micro_batch=2'));
  const said = done(argsOf('two', '--workers=2', '--json'));
  // no update runs op by op unasked
  expect(said).not.toContain('op by op');
  expect(said).toMatch(new RegExp(`^\\[0\\] pretrain identity ${STEPS}/${STEPS}`, 'm'));
  expectSame('one', 'two');
  const environment = JSON.parse(readFileSync(inRun('two', 'environment.json'), 'utf8')) as object;
  expect(environment).toMatchObject({ workers: 2 });
  expect(readFileSync(inRun('two', 'MODEL.md'), 'utf8')).toContain('| workers | 2 |');
  expect(readdirSync(inRun('two'))).not.toContain('lock');
});

test('a worker that is killed costs the steps since the last evaluation, and nothing else', async () => {
  const run = watch(startCli(argsOf('killed', '--workers=2', '--restarts=1'), home, ONE_THREAD));
  await expectRestart(run, `identity 4/${STEPS}`);
  expectSame('two', 'killed');
});

test('a signal to one worker stops all of them at one step, and the run goes on from there', async () => {
  const run = watch(startCli(argsOf('stopped', '--workers=2'), home, ONE_THREAD));
  await expectStop(run, `identity 1/${STEPS}`);
  // its own settings say how many workers it has
  done(['pretrain', '--run=stopped', '--resume']);
  expectSame('two', 'stopped');
});

test('the end of patience, which the first worker has, is the end of all; a teacher is asked by the first alone', () => {
  const taught = ['pretrain', '--task=identity', '--teacher=face-descriptor', '--data=data'];
  const small = ['--run=patient', '--workers=2', '--batch_size=4', '--head_width=16'];
  const still = ['--learning_rate=1e-12', '--eval_every=1', '--patience=1', '--steps=9'];
  const said = done([...taught, ...small, ...still]);
  const step = JSON.parse(readFileSync(inRun('patient', 'last', 'state.json'), 'utf8')) as object;
  expect(step).toMatchObject({ step: 2 });
  expect(existsSync(path.join(home, 'data', 'face-descriptors.bin'))).toBe(true);
  expect(said).not.toContain('cannot be kept');
});

test.each([
  [['--workers=3'], '--workers: expected a divisor of --batch_size (4), got 3'],
  [['--workers=2', '--micro_batch=4'], "a divisor of a worker's share of the batch (2), got 4"],
  [['--micro_batch=3'], '--micro_batch: expected a divisor of --batch_size (4), got 3'],
  [['--restarts=2'], '--restarts: expected'],
  [['--distributed=slurm'], 'expected a step of Slurm, got none'],
])('%s is wrong here', (flags, message) => {
  const { status, stderr } = runCli(argsOf('none', ...flags), home);
  expect([status, stderr]).toEqual([1, expect.stringContaining(message)]);
  expect(existsSync(inRun('none'))).toBe(false);
});
