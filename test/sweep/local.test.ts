import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { spawn } from 'node:child_process';
import { stringify } from 'yaml';
import { evaluateCommand } from '../../src/sweep/evaluation';
import { executeRun } from '../../src/sweep/execute-run';
import { launchLocally } from '../../src/sweep/launch-local';
import { ownerOf } from '../../src/files/process-owner';
import { openSweep, planSweep, saveSweep, settingsOfRun, toWords } from '../../src/sweep/plan';
import type { Sweep } from '../../src/sweep/plan';
import { readRunState, UNSTARTED, writeRunState } from '../../src/sweep/run-state';
import { environmentInSlot, planSlots, threadsEach } from '../../src/sweep/slots';
import { summarizeSweep, writeSummary } from '../../src/sweep/summary';
import { writeSweepPage } from '../../src/sweep/sweep-page';
import { stubTrainer } from '../support/sweep';
import { temporaryFolders } from '../support/temporary';
import { until } from '../support/until';

const newFolder = temporaryFolders();

async function newSweep(parts: object): Promise<{ sweep: Sweep; folder: string }> {
  const folder = newFolder();
  const file = path.join(folder, 'x.yaml');
  writeFileSync(
    file,
    stringify({ metric: { name: 'g_loss', goal: 'minimize' }, base: { max_steps: 8 }, ...parts }),
  );
  const sweep = planSweep(file, path.join(folder, 'sweep'), { threads: 1, launcher: 'local' });
  await saveSweep(sweep);
  return { sweep, folder };
}

async function launch(sweep: Sweep, folder: string): Promise<string[]> {
  const lines: string[] = [];
  await launchLocally(sweep, stubTrainer(folder), planSlots(2, 1, []), (line) => lines.push(line));
  return lines;
}

const statuses = async (sweep: Sweep) =>
  Object.fromEntries(
    (await summarizeSweep(sweep)).runs.map(({ name, status, metric, step }) => [
      name,
      [status, metric, step],
    ]),
  );
const starts = (sweep: Sweep, name: string): number =>
  readFileSync(path.join(sweep.directory, 'runs', name, 'starts'), 'utf8')
    .trim()
    .split('\n').length;

test('runs that crash, diverge or are killed stay their own; resume tries crashes again, as often as retries says', async () => {
  const { sweep, folder } = await newSweep({
    parameters: { learning_rate: [0.1, 0.5, 0.6, 0.7, 0.2] },
  });
  const lines = await launch(sweep, folder);
  expect(await statuses(sweep)).toEqual({
    'lr0.1': ['done', 0.1, 8],
    'lr0.2': ['done', 0.2, 8],
    'lr0.5': ['failed', null, null],
    'lr0.6': ['failed', null, null],
    'lr0.7': ['failed', null, null],
  });
  const text = lines.join('\n');
  expect(text).toContain(
    'lr0.5: failed: exit code 3: no space left\n    before the end\n    ipcgan train: no space left',
  );
  expect(text).toContain('lr0.6: failed: diverged: step 2: expected finite losses, got NaN');
  expect(text).toContain('lr0.7: failed: killed by SIGKILL');
  for (let n = 0; n < 3; n++) await launch(await openSweep(sweep.directory), folder);
  expect(['lr0.1', 'lr0.5', 'lr0.6', 'lr0.7'].map((name) => starts(sweep, name))).toEqual([
    1, 2, 1, 2,
  ]);
});

test('a run that somebody else asks to end is said to have failed, and resume takes it up as often as it takes', async () => {
  const { sweep, folder } = await newSweep({
    base: { max_steps: 8, data: newFolder() },
    parameters: { learning_rate: [0.1, 0.3, 0.4] },
    evaluation: { faces: 3 },
    limits: { retries: 0 },
  });
  writeFileSync(path.join(folder, 'told'), '');
  for (let n = 0; n < 2; n++) {
    const lines = await launch(await openSweep(sweep.directory), folder);
    expect(lines).toContain(
      'lr0.3: failed: told to end by SIGTERM, not by this sweep; `ipcgan sweep resume` goes on with it',
    );
    expect(lines).toContain(
      'lr0.4: failed: evaluate: told to end by SIGTERM, not by this sweep; `ipcgan sweep resume` goes on with it',
    );
  }
  const { runs } = await summarizeSweep(sweep);
  expect(
    runs.map(({ name, status, reason }) => [name, status, reason?.split(',')[0] ?? null]),
  ).toEqual([
    ['lr0.1', 'done', null],
    ['lr0.3', 'failed', 'told to end by SIGTERM'],
    ['lr0.4', 'failed', 'evaluate: told to end by SIGTERM'],
  ]);
  rmSync(path.join(folder, 'told'));
  await launch(await openSweep(sweep.directory), folder);
  expect(await statuses(sweep)).toEqual({
    'lr0.1': ['done', 0.1, 8],
    'lr0.3': ['done', 0.3, 8],
    'lr0.4': ['done', 0.4, 8],
  });
});

test('runs are judged on validation pictures unless the file says otherwise, and the page says on which they were chosen', async () => {
  const parts = { base: { max_steps: 8, data: 'd' }, parameters: { learning_rate: [0.1, 0.2] } };
  const { sweep, folder } = await newSweep({ ...parts, evaluation: { faces: 3 } });
  const [run] = sweep.runs;
  expect(evaluateCommand(sweep, run!, 8)).toContain('--part=valid');
  const other = await newSweep({ ...parts, evaluation: { part: 'test' } });
  expect(evaluateCommand(other.sweep, run!, 8)).toContain('--part=test');

  await launch(sweep, folder);
  const page = async (part: string): Promise<string> => {
    for (const { name } of sweep.runs)
      writeFileSync(
        path.join(sweep.directory, 'runs', name, 'evaluation', '8', 'evaluation.json'),
        JSON.stringify({ step: 8, part, figures: {} }),
      );
    await writeSweepPage(sweep, await summarizeSweep(sweep));
    return readFileSync(path.join(sweep.directory, 'report.html'), 'utf8');
  };
  expect(await page('valid')).toContain(
    'Held-out terms and evaluations are of validation pictures, which choose: their figures look better than they are.',
  );
  expect(await page('test')).toContain(
    'Evaluations are of test pictures: whatever you choose here is chosen on them',
  );
});

test('a run that is asked to end just before the sweep is, by whoever tells all processes, waits for resume', async () => {
  const { sweep, folder } = await newSweep({
    base: { max_steps: 8, data: newFolder() },
    parameters: { learning_rate: [0.4] },
    evaluation: { faces: 3 },
  });
  writeFileSync(path.join(folder, 'told'), '');
  const stopping = new AbortController();
  const execution = { trainer: stubTrainer(folder), environment: {}, stop: stopping.signal };
  const ended = executeRun(sweep, sweep.runs[0]!, 0, execution);
  await until(
    () => existsSync(path.join(sweep.directory, 'runs', 'run', 'told')),
    'the evaluation to be told',
  );
  stopping.abort();
  expect(await ended).toMatchObject({ status: 'pending', failures: 0, reason: null });
  expect(await statuses(sweep)).toEqual({ run: ['pending', null, null] });
});

test('successive halving stops the worse half and says so; a second launch does nothing more', async () => {
  const { sweep, folder } = await newSweep({
    parameters: { learning_rate: [0.3, 0.1, 0.4, 0.2] },
    stop_early: { rungs: [2, 4] },
  });
  await launch(sweep, folder);
  const expected = {
    'lr0.1': ['done', 0.1, 8],
    'lr0.2': ['stopped_early', 0.2, 4],
    'lr0.3': ['stopped_early', 0.3, 2],
    'lr0.4': ['stopped_early', 0.4, 2],
  };
  expect(await statuses(sweep)).toEqual(expected);
  await launch(sweep, folder);
  expect(['lr0.1', 'lr0.2', 'lr0.3', 'lr0.4'].map((name) => starts(sweep, name))).toEqual([
    3, 2, 1, 1,
  ]);
  await writeSummary(sweep, await summarizeSweep(sweep));
  expect(
    readFileSync(path.join(sweep.directory, 'sweep.csv'), 'utf8').split('\n').slice(0, 3),
  ).toEqual([
    'name,learning_rate,g_loss,low,high,status,step,reason',
    'lr0.1,0.1,0.1,,,done,8,',
    'lr0.2,0.2,0.2,,,stopped_early,4,',
  ]);
});

test('a process that a dead launcher left is waited for, not started twice', async () => {
  const { sweep, folder } = await newSweep({ parameters: { learning_rate: [0.1] } });
  const run = path.join(sweep.directory, 'runs', 'run');
  const script = stubTrainer(folder).args[0]!;
  const orphan = spawn('/bin/sh', [
    '-c',
    `sleep 1; /bin/sh '${script}' --checkpoint_dir='${run}' --max_steps=8 --learning_rate=0.1`,
  ]);
  await writeRunState(sweep.directory, 'run', {
    ...UNSTARTED,
    status: 'running',
    owner: ownerOf(orphan.pid!),
  });
  expect(await statuses(sweep)).toEqual({ run: ['running', null, null] });
  await launch(sweep, folder);
  expect([await statuses(sweep), starts(sweep, 'run')]).toEqual([{ run: ['done', 0.1, 8] }, 1]);
});

test('a run killed between its last checkpoint and the pointer to it has ended', async () => {
  const { sweep, folder } = await newSweep({ parameters: { learning_rate: [0.1] } });
  const run = path.join(sweep.directory, 'runs', 'run');
  for (const step of [4, 8]) {
    mkdirSync(path.join(run, `acgan.model-${step}`), { recursive: true });
    for (const name of ['state.json', 'optimizers.bin'])
      writeFileSync(path.join(run, `acgan.model-${step}`, name), '');
  }
  writeFileSync(
    path.join(run, 'checkpoint.json'),
    JSON.stringify({ latest: 'acgan.model-4', step: 4 }),
  );
  writeFileSync(path.join(run, 'metrics.jsonl'), '{"step":8,"g_loss":0.1}\n');
  await launch(sweep, folder);
  expect([await statuses(sweep), existsSync(path.join(run, 'starts'))]).toEqual([
    { run: ['done', 0.1, 8] },
    false,
  ]);
});

test('a run that training cannot go on from has not ended, whatever its pointer says', async () => {
  const { sweep, folder } = await newSweep({ parameters: { learning_rate: [0.1] } });
  const run = path.join(sweep.directory, 'runs', 'run');
  mkdirSync(path.join(run, 'acgan.model-8'), { recursive: true });
  writeFileSync(path.join(run, 'acgan.model-8', 'state.json'), '');
  writeFileSync(
    path.join(run, 'checkpoint.json'),
    JSON.stringify({ latest: 'acgan.model-8', step: 8 }),
  );
  await launch(sweep, folder);
  expect([await statuses(sweep), starts(sweep, 'run')]).toEqual([{ run: ['done', 0.1, 8] }, 1]);
});

test('a number that another process has by now is no orphan', async () => {
  const { sweep, folder } = await newSweep({ parameters: { learning_rate: [0.1] } });
  const owner = { ...ownerOf(process.pid), started: '1' };
  await writeRunState(sweep.directory, 'run', { ...UNSTARTED, status: 'running', owner });
  expect(await statuses(sweep)).toEqual({ run: ['pending', null, null] });
  await launch(sweep, folder);
  expect((await readRunState(sweep.directory, 'run')).results).toHaveLength(1);
});

test('the space of a sweep cannot change; its limits can', async () => {
  const { sweep, folder } = await newSweep({ parameters: { learning_rate: [0.1] } });
  const file = path.join(folder, 'x.yaml');
  const write = (parts: object): void =>
    writeFileSync(
      file,
      stringify({ metric: { name: 'g_loss', goal: 'minimize' }, base: { max_steps: 8 }, ...parts }),
    );
  write({ parameters: { learning_rate: [0.1] }, limits: { retries: 5 } });
  expect((await openSweep(sweep.directory)).definition.limits.retries).toBe(5);
  write({ parameters: { learning_rate: [0.1, 0.2] } });
  await expect(openSweep(sweep.directory)).rejects.toThrow(
    'x.yaml: expected what the sweep was started with, got another parameters.',
  );
  // to look at it, or to stop it, the plan is enough
  expect((await openSweep(sweep.directory, false)).runs).toHaveLength(1);
  await expect(saveSweep(sweep)).rejects.toThrow('--out: expected a directory without a sweep');
  await expect(openSweep(folder)).rejects.toThrow('which has no plan.json');
});

test('when limits.hours are over, runs save and stop, the others do not start, and resume with more hours ends them', async () => {
  const { sweep, folder } = await newSweep({
    parameters: { learning_rate: [0.8, 0.1] },
    limits: { hours: 0.0003 },
  });
  writeFileSync(path.join(folder, 'endless'), '');
  const lines: string[] = [];
  const one = planSlots(1, 1, []);
  expect(await launchLocally(sweep, stubTrainer(folder), one, (line) => lines.push(line))).toEqual({
    signal: null,
    isOutOfTime: true,
  });
  expect(lines).toContain('limits.hours: 0.0003 hours are over: runs save and stop');
  expect(await statuses(sweep)).toEqual({
    'lr0.8': ['pending', null, null],
    'lr0.1': ['pending', null, null],
  });
  rmSync(path.join(folder, 'endless'));
  const file = path.join(folder, 'x.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace('0.0003', '50'));
  const resumed = await openSweep(sweep.directory);
  expect(await launchLocally(resumed, stubTrainer(folder), one, () => undefined)).toEqual({
    signal: null,
    isOutOfTime: false,
  });
  expect(await statuses(resumed)).toEqual({ 'lr0.8': ['done', 0.8, 8], 'lr0.1': ['done', 0.1, 8] });
});

test('halving by a metric that no run has is an error that names those that there are; the runs beside it save and stop first', async () => {
  const { sweep, folder } = await newSweep({
    parameters: { learning_rate: [0.1, 0.8] },
    stop_early: { rungs: [2] },
    metric: { name: 'verified/face-api', goal: 'minimize' },
  });
  writeFileSync(path.join(folder, 'endless'), '');
  const launched = launchLocally(sweep, stubTrainer(folder), planSlots(2, 2, []), () => undefined);
  await expect(launched).rejects.toThrow(
    'metric.name: expected a metric that runs have (g_loss), got verified/face-api.',
  );
  expect(await statuses(sweep)).toMatchObject({ 'lr0.8': ['pending', null, null] });
});

test('a run whose metric is off comes last and stops nobody', async () => {
  const { sweep, folder } = await newSweep({
    parameters: { learning_rate: [0.1, 0.2] },
    stop_early: { rungs: [2] },
    metric: { name: 'tv_loss', goal: 'minimize' },
  });
  await launch(sweep, folder);
  expect(await statuses(sweep)).toMatchObject({ 'lr0.1': ['done', null, 8] });
});

test('what a run has no use for, because another setting turns it off there, is not given to its command', async () => {
  const { sweep } = await newSweep({
    base: { fea_layer_name: 'conv3' },
    parameters: { fea_loss_weight: [0, 0.001] },
  });
  const words = sweep.runs.map((run) => toWords('train', settingsOfRun(sweep, run)));
  expect(words.map((some) => some.includes('--fea_layer_name=conv3'))).toEqual([false, true]);
  expect(words.map((some) => some.includes('--fea_loss_weight=0'))).toEqual([true, false]);
});

test('each run has a GPU of its own, or its share of the threads', () => {
  expect(planSlots(2, 3, ['0', '2', '3'])).toEqual([
    { CUDA_VISIBLE_DEVICES: '0' },
    { CUDA_VISIBLE_DEVICES: '2' },
  ]);
  expect(planSlots(2, 3, [])).toEqual(
    [3, 3].map((n) => ({ TF_NUM_INTRAOP_THREADS: String(n), OMP_NUM_THREADS: String(n) })),
  );
  expect(() => planSlots(2, 1, ['0'])).toThrow(
    '--parallel: expected at most 1, one run a GPU, got 2.',
  );
  expect([threadsEach(8, 3), threadsEach(2, 4)]).toEqual([2, 1]);
});

test('the workers of a run share its threads, or have a GPU each', async () => {
  expect(planSlots(2, 3, ['0', '2', '3', '5', '6'], 2)).toEqual([
    { CUDA_VISIBLE_DEVICES: '0,2' },
    { CUDA_VISIBLE_DEVICES: '3,5' },
  ]);
  expect(() => planSlots(2, 1, ['0', '1', '2'], 2)).toThrow(
    '--parallel: expected a GPU for each of the 2 workers of 2 runs at a time, 4 in all, got 3.',
  );
  const slot = { CUDA_VISIBLE_DEVICES: '0,2' };
  expect(environmentInSlot(slot, 8, 2)).toEqual(slot);
  // of a sweep over the number of workers, each run by its own
  const { sweep, folder } = await newSweep({
    base: { max_steps: 8, batch_size: 8 },
    parameters: { workers: [1, 2, 4] },
  });
  const trainer = path.join(folder, 'trainer.sh');
  writeFileSync(
    trainer,
    `echo "$TF_NUM_INTRAOP_THREADS $OMP_NUM_THREADS $*" >> '${folder}/called'; exit 3\n`,
  );
  const eight = { ...sweep, threads: 8 };
  const program = { program: '/bin/sh', args: [trainer] };
  await launchLocally(eight, program, planSlots(1, 8, []), () => undefined);
  const called = readFileSync(path.join(folder, 'called'), 'utf8').trim().split('\n');
  expect(
    called.map((line) => /^(\d+ \d+) train .*?(?:--workers=(\d))/.exec(line)?.slice(1)),
  ).toEqual([
    ['8 8', '1'],
    ['4 4', '2'],
    ['2 2', '4'],
  ]);
});
