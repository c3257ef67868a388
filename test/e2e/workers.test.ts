import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { runCli, startCli, CLI } from '../support/cli';
import { preparedDataset } from '../support/drawn-dataset';
import { describeWithSlurm } from '../support/slurm';
import {
  expectRestart,
  expectSameContent,
  expectStop,
  ONE_THREAD,
  savedContent,
} from '../support/run-of-workers';
import { temporaryFolders } from '../support/temporary';
import { freeHosts, watch } from '../support/team';

const newFolder = temporaryFolders();
/** Every picture is changed at random, in three ways; no two of a step have one label. */
const SETTINGS = [
  ...['--image_size=16', '--width=0.1', '--batch_size=4', '--seed=3', '--ema=0.9'],
  ...['--labels=picture', '--augment', '--d_augment', '--fresh_sources', '--d_iter=2'],
  ...['--fea_loss_weight=0', '--age_loss_weight=0', '--held_out_faces=2', '--log_every=1'],
];
const STEPS = 6;

let home = '';
beforeAll(async () => {
  home = newFolder();
  await preparedDataset(path.join(home, 'data'));
});

const trainArgs = (run: string, ...more: string[]): string[] => [
  ...['train', '--data=data', `--checkpoint_dir=${run}`, `--max_steps=${STEPS}`, '--save_every=3'],
  ...SETTINGS,
  ...more,
];

/** All that is saved of a run's networks and optimisers, and what it logged but for its speed. */
function contentOf(run: string, step = STEPS): Record<string, string> {
  const checkpoint = path.join(home, run, `acgan.model-${step}`);
  const files = [
    'optimizers.bin',
    ...['generator', 'discriminator', 'generator_average'].map((n) => `${n}/weights.bin`),
  ];
  const state = JSON.parse(readFileSync(path.join(checkpoint, 'state.json'), 'utf8')) as object;
  return {
    ...savedContent(checkpoint, files, path.join(home, run, 'metrics.jsonl')),
    sampler: JSON.stringify((state as { sampler: unknown }).sampler),
  };
}

const expectSame = (run: string, other: string): void =>
  expectSameContent(contentOf(run), contentOf(other));

test('two workers of two pictures train what one process trains in micro-batches of two, to the last bit', () => {
  const one = runCli(trainArgs('one', '--micro_batch=2'), home, ONE_THREAD);
  expect([one.status, one.status === 0 ? '' : one.stderr]).toEqual([0, '']);
  const two = runCli(trainArgs('two', '--workers=2', '--json'), home, ONE_THREAD);
  expect([two.status, two.status === 0 ? '' : two.stderr]).toEqual([0, '']);
  // no step runs op by op unasked
  expect(two.stderr).not.toContain('op by op');
  expect(two.stderr).toMatch(new RegExp(`^\\[0\\] step ${STEPS}/${STEPS}`, 'm'));
  expect(JSON.parse(two.stdout)).toMatchObject({ run: 'two', step: STEPS, signal: null });
  expectSame('one', 'two');
  const environment = JSON.parse(
    readFileSync(path.join(home, 'two', 'environment.json'), 'utf8'),
  ) as object;
  expect(environment).toMatchObject({ workers: 2 });
});

test('a worker that is killed costs the steps since the last checkpoint, and nothing else', async () => {
  const run = watch(startCli(trainArgs('killed', '--workers=2', '--restarts=1'), home, ONE_THREAD));
  await expectRestart(run, `step 5/${STEPS}`);
  expectSame('two', 'killed');
});

test('a signal to one worker stops all of them at one step, and the run goes on from there', async () => {
  const run = watch(startCli(trainArgs('stopped', '--workers=2'), home, ONE_THREAD));
  await expectStop(run, `step 1/${STEPS}`);
  const resumed = runCli(
    ['train', '--data=data', '--checkpoint_dir=stopped', '--resume'],
    home,
    ONE_THREAD,
  );
  expect([resumed.status, resumed.status === 0 ? '' : resumed.stderr]).toEqual([0, '']);
  expectSame('two', 'stopped');
});

test("a user's error starts nothing again, and saves nothing", () => {
  const wrong = runCli(trainArgs('wrong', '--workers=2', '--source_checkpoint_dir=none'), home);
  expect(wrong.status).toBe(1);
  expect(wrong.stderr).not.toContain('start 1 of 3');
  expect(existsSync(path.join(home, 'wrong'))).toBe(false);
});

test.each([
  [['--workers=3'], '--workers: expected a divisor of --batch_size (4), got 3'],
  [['--workers=2', '--micro_batch=4'], "a divisor of a worker's share of the batch (2), got 4"],
  [['--workers=2', '--distributed=slurm'], 'expected it without --distributed=slurm'],
  [['--restarts=2'], '--restarts: expected'],
  [['--distributed=slurm'], 'expected a step of Slurm, got none'],
  [['--distributed=tf_config'], 'TF_CONFIG: expected'],
])('%s is wrong here', (flags, message) => {
  const { status, stderr } = runCli(trainArgs('none', ...flags), home);
  expect([status, stderr]).toEqual([1, expect.stringContaining(message)]);
});

test('workers that were started with other settings are told which', async () => {
  const hosts = await freeHosts(2);
  const workers = [0, 1].map((index) => {
    const cluster = { cluster: { worker: hosts }, task: { type: 'worker', index } };
    const env = { ...ONE_THREAD, TF_CONFIG: JSON.stringify(cluster) };
    const flags = ['--distributed=tf_config', `--learning_rate=0.00${index + 1}`];
    return watch(startCli(trainArgs('other', ...flags), home, env));
  });
  expect(await Promise.all(workers.map(({ ended }) => ended))).toEqual([1, 1]);
  for (const worker of workers)
    expect(worker.said()).toContain('got other values of --learning_rate in some');
  expect(existsSync(path.join(home, 'other'))).toBe(false);
});

describeWithSlurm('two tasks of a Slurm step', (env) => {
  test('are two workers', () => {
    const args = ['-n2', '--kill-on-bad-exit=1', process.execPath, CLI];
    const { status, stderr } = spawnSync(
      'srun',
      [...args, ...trainArgs('slurm', '--distributed=slurm')],
      { cwd: home, encoding: 'utf8', env: { ...env, TF_NUM_INTRAOP_THREADS: '1' } },
    );
    expect([status, status === 0 ? '' : stderr]).toEqual([0, '']);
    expectSame('two', 'slurm');
    expect(readdirSync(path.join(home, 'slurm'))).not.toContain('lock');
  });
});

test('a benchmark tells the exchange and the wait beside the step', () => {
  const { status, stdout, stderr } = runCli(
    [
      'bench',
      'step',
      '--workers=2',
      '--batch=2',
      '--image_size=16',
      '--width=0.1',
      '--steps=2',
      '--json',
    ],
    home,
    ONE_THREAD,
  );
  expect([status, status === 0 ? '' : stderr]).toEqual([0, '']);
  const found = JSON.parse(stdout) as Record<string, number>;
  expect(found).toMatchObject({ workers: 2, batch: 2 });
  for (const name of ['step_seconds', 'alone_seconds', 'reduce_seconds', 'exchanged_mb'])
    expect(found[name]).toBeGreaterThan(0);
  expect(found.wait_seconds).toBeGreaterThanOrEqual(0);
});
