import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { stringify } from 'yaml';
import { resolveConfig } from '../../src/config/load';
import { openEngine } from '../../src/engine/open-engine';
import { ASTRONAUT } from '../support/astronaut';
import { runCli, startCli } from '../support/cli';
import { describeWithSlurm } from '../support/slurm';
import { temporaryFolders } from '../support/temporary';
import { writeTinyModel } from '../support/tiny-model';
import { linesOf, until } from '../support/until';

const newFolder = temporaryFolders();
const AGE = ['test', '--checkpoint_dir=model', '--test_data_dir=crops', '--groups=1,4'];
/** Crops, of which the last is none. */
const CROPS = 41;
let home = '';

/** All lines of all manifests, sorted. */
const linesIn = (out: string): string[] =>
  readdirSync(path.join(home, out))
    .filter((name) => name.startsWith('manifest'))
    .flatMap((name) =>
      readFileSync(path.join(home, out, name), 'utf8')
        .split('\n')
        .slice(0, -1),
    )
    .sort();

/** Everything in a directory of results but what tells of the parts, by path. */
function resultsIn(out: string): Record<string, string> {
  const names = readdirSync(path.join(home, out), { recursive: true }).map(String);
  return Object.fromEntries(
    names
      .filter((name) => !/^(manifest|slurm|lock)/.test(name))
      .filter((name) => statSync(path.join(home, out, name)).isFile())
      .map((name) => [name, readFileSync(path.join(home, out, name)).toString('base64')]),
  );
}

async function writeCrops(folder: string): Promise<void> {
  for (let i = 0; i < CROPS - 1; i++) {
    const person = path.join(folder, `person ${i % 3}`);
    mkdirSync(person, { recursive: true });
    const background = { r: 5 * i, g: 255 - 5 * i, b: 100 };
    await sharp({ create: { width: 32, height: 32, channels: 3, background } })
      .png()
      .toFile(path.join(person, `${i}.png`));
  }
  writeFileSync(path.join(folder, 'text.jpg'), 'no picture');
}

beforeAll(async () => {
  home = newFolder();
  await writeCrops(path.join(home, 'crops'));
  await openEngine();
  await writeTinyModel(path.join(home, 'model'), 'residual');
  const whole = runCli([...AGE, '--shard=1/1', '--save_dir=whole', '--json'], home);
  expect([whole.status, whole.stderr]).toEqual([0, expect.anything()]);
  expect(JSON.parse(whole.stdout)).toEqual({
    out: 'whole',
    shard: { index: 1, count: 1 },
    pictures: CROPS,
    aged: CROPS - 1,
    left_out: 1,
    resumed: 0,
    manifest: 'whole/manifest-1-of-1.jsonl',
    signal: null,
  });
}, 600_000);

test('killed in the middle and started again, there are the manifest and the pictures of one go, to the last byte', async () => {
  const args = [...AGE, '--shard=1/1', '--save_dir=killed'];
  const manifest = path.join(home, 'killed', 'manifest-1-of-1.jsonl');
  const child = startCli(args, home);
  const ended = new Promise((resolve) => child.on('close', (_, signal) => resolve(signal)));
  await until(() => linesOf(manifest) >= 8, 'pictures');
  child.kill('SIGKILL');
  expect(await ended).toBe('SIGKILL');
  const done = linesOf(manifest);
  expect(done).toBeLessThan(CROPS);
  const { status, stdout } = runCli(args, home);
  expect([status, stdout]).toEqual([
    0,
    `killed: ${CROPS} pictures of part 1 of 1 done (${done} of them before), ${CROPS - 1} aged, 1 left out (the lines with "error" say why); killed/manifest-1-of-1.jsonl\n`,
  ]);
  expect(linesIn('killed')).toEqual(linesIn('whole'));
  expect(linesIn('killed')).toHaveLength(CROPS);
  expect(resultsIn('killed')).toEqual(resultsIn('whole'));
}, 600_000);

test('a photograph of a list, by the verb for photographs', () => {
  writeFileSync(path.join(home, 'list.txt'), `${ASTRONAUT}\nnone.png\n`);
  const args = ['age', '--list=list.txt', '--model=model', '--to=50+', '--out=aged', '--json'];
  const { status, stdout } = runCli(args, home);
  expect([status, JSON.parse(stdout)]).toEqual([
    0,
    expect.objectContaining({ pictures: 2, aged: 1, left_out: 1, shard: null }),
  ]);
  expect(linesIn('aged')).toHaveLength(2);
  const names = readdirSync(path.join(home, 'aged')).sort();
  // the folder is named after the picture's path, which is another one each time
  const folders = names.filter((name) => /^[0-9a-f]{3}$/.test(name));
  expect(folders).toHaveLength(1);
  expect(names.filter((name) => !folders.includes(name))).toEqual([
    'ageing.json',
    'faces',
    'manifest.jsonl',
  ]);
}, 600_000);

test('flags that do not go together are said before anything is loaded', () => {
  const photographs = ['age', 'crops', '--model=model'];
  const cases: [string[], string][] = [
    [[...photographs, 'model', '--shard=1/2'], 'age: expected one folder with --shard'],
    [[...photographs, '--list=l.txt'], 'age: expected no photographs beside --list'],
    [[...photographs, '--shards=2'], '--shards: expected it with --launcher=slurm only'],
    [[...photographs, '--launcher=slurm'], '--shards: expected how many parts to make'],
    [
      [...photographs, '--launcher=slurm', '--shards=2', '--shard=1/2'],
      '--launcher: expected slurm without --shard',
    ],
    [['test', '--list=l.txt', '--test_data_dir=x'], '--test_data_dir: expected it without --list'],
  ];
  for (const [args, message] of cases) {
    const flags = args.filter((word) => word.startsWith('--'));
    const paths = args.slice(1).filter((word) => !word.startsWith('--'));
    const raw: Readonly<Record<string, string>> = Object.fromEntries(
      flags.map((flag) => flag.slice(2).split('=') as [string, string]),
    );
    const verb = args[0] as 'age' | 'test';
    expect(() => resolveConfig(verb, raw, { word: null, paths })).toThrow(message);
  }
});

test('the script of an array names the parts, and every flag but the launcher’s', () => {
  const programs = path.join(home, 'programs');
  mkdirSync(programs);
  // of no job anything is known, and one that is submitted is over at once
  writeFileSync(path.join(programs, 'squeue'), '#!/bin/sh\n', { mode: 0o755 });
  writeFileSync(path.join(programs, 'scontrol'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  writeFileSync(path.join(programs, 'sbatch'), '#!/bin/sh\necho 7\n', { mode: 0o755 });
  writeFileSync(path.join(home, 'gpu.yaml'), stringify({ gres: 'gpu:1', cpus: 4 }));
  const env = { ...process.env, PATH: `${programs}:${process.env.PATH ?? ''}` };
  const launch = ['--launcher=slurm', '--shards=3', '--slurm=gpu.yaml', '--save_dir=on paper'];
  const { status, stderr } = runCli([...AGE, ...launch], home, env);
  expect([status, stderr]).toEqual([
    3,
    expect.stringMatching(
      /submitted 3 of 3 shards as job 7\n[^]*expected all 3 shards to end well/,
    ),
  ]);
  const script = readFileSync(path.join(home, 'on paper', 'slurm', 'shards.sbatch'), 'utf8');
  expect(script.split('\n').filter((line) => !/job-name|--output/.test(line))).toEqual([
    '#!/bin/bash',
    '#SBATCH --array=1-3',
    '#SBATCH --ntasks=1',
    '#SBATCH --cpus-per-task=4',
    '#SBATCH --requeue',
    '#SBATCH --open-mode=append',
    '#SBATCH --signal=B:USR2@120',
    '#SBATCH --gres=gpu:1',
    'set -e',
    `cd '${home}'`,
    expect.stringMatching(
      /^exec '.*node' '.*index\.js' 'test' '--checkpoint_dir=model' '--test_data_dir=crops' '--groups=1,4' '--save_dir=on paper' --shard="\$SLURM_ARRAY_TASK_ID\/3"$/,
    ),
    '',
  ]);
}, 300_000);

describeWithSlurm('crops aged on a real Slurm', (env) => {
  test('a shard that fails is said and submitted again; the results are those of one go', () => {
    const args = [...AGE, '--save_dir=on slurm', '--launcher=slurm', '--shards=2'];
    const failing = [
      'if [ "$SLURM_ARRAY_TASK_ID" = 2 ]; then echo "module: no cuda/12.4 here" >&2; exit 1; fi',
    ];
    writeFileSync(path.join(home, 'cluster.yaml'), stringify({ setup: failing }));
    const first = runCli([...args, '--slurm=cluster.yaml'], home, env);
    expect([first.status, first.stderr]).toEqual([
      3,
      expect.stringMatching(
        /submitted 2 of 2 shards as job \d+\n[^]*shard 2 of 2 has not ended well[^]*module: no cuda\/12.4 here[^]*got 1 that did not \(2\)/,
      ),
    ]);
    const second = runCli([...args, '--json'], home, env);
    const result = { out: 'on slurm', shards: 2, aged: CROPS - 1, left_out: 1 };
    expect([second.status, second.stderr]).toEqual([
      0,
      expect.stringMatching(/submitted 1 of 2 shards as job \d+\n/),
    ]);
    expect(JSON.parse(second.stdout)).toEqual(result);
    expect(linesIn('on slurm')).toEqual(linesIn('whole'));
    expect(resultsIn('on slurm')).toEqual(resultsIn('whole'));
    // nothing is left: nothing is submitted
    const third = runCli([...args, '--json'], home, env);
    expect([third.status, third.stderr, JSON.parse(third.stdout)]).toEqual([0, '', result]);
  }, 600_000);
});
