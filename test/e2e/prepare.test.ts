import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { readDataset } from '../../src/data/dataset';
import { readManifest } from '../../src/data/manifest';
import { CLI, runCli, startCli } from '../support/cli';
import { differingFiles, writePhotographs } from '../support/photographs';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();
let home = '';
const PREPARE = ['prepare', 'folder', '--images=photographs', '--min_face=40', '--workers=2'];

/** Names of files that are not the same in `out` and in the data set made at one go. */
const differing = (out: string): string[] =>
  differingFiles(path.join(home, 'whole'), path.join(home, out));

beforeAll(async () => {
  home = newFolder();
  await writePhotographs(path.join(home, 'photographs'));
  const { status, stderr } = runCli([...PREPARE, '--out=whole'], home);
  expect([status, stderr]).toEqual([0, expect.stringContaining('examining 14/14')]);
});

test('photographs become 400 × 400 crops with landmarks and quality, under names that any list can hold', async () => {
  const out = path.join(home, 'whole');
  const { counts, alignment } = (await readDataset(out)).description;
  expect([counts.scanned, counts.kept + counts.rejected, alignment.aligned]).toEqual([
    14,
    14,
    false,
  ]);
  const entries = await readManifest(out);
  expect(entries.find(({ age }) => age === 33)).toMatchObject({
    path: '33_Zoë_K_0001.jpg',
    identity: 'Zoë_K',
  });
  for (const { path: name, landmarks, quality } of entries) {
    const { width, height } = await sharp(path.join(out, 'images', name)).metadata();
    expect([width, height, landmarks?.length]).toEqual([400, 400, 68]);
    expect([
      quality.score! > 0 && quality.score! <= 1,
      quality.size! >= 40,
      Math.abs(quality.yaw!) <= 90,
    ]).toEqual([true, true, true]);
  }
  expect(readFileSync(path.join(out, 'rejected.csv'), 'utf8')).toMatch(
    /^name,reason,detail\n20_Broken_0001.jpg,unreadable,/,
  );
});

test('the report holds everything it shows', () => {
  const html = readFileSync(path.join(home, 'whole', 'report.html'), 'utf8');
  // booleans, so that a failure does not print the page
  expect(/14 scanned = \d+ kept \+ \d+ rejected/.test(html)).toBe(true);
  expect(html.match(/class="point"/g)!.length).toBeGreaterThan(68);
  expect(/(src|href)="(?!data:)/.test(html)).toBe(false);
});

test('prepared again, it does nothing and says so; with another face it is refused', () => {
  const again = runCli([...PREPARE, '--out=whole'], home);
  expect([again.status, again.stdout]).toEqual([
    0,
    expect.stringContaining('already prepared with these settings; nothing to do'),
  ]);
  const other = runCli([...PREPARE, '--face=largest', '--out=whole'], home);
  expect([other.status, other.stderr]).toEqual([
    1,
    expect.stringContaining('face "centre" there, "largest" asked for'),
  ]);
});

test('kill -9 and the same again: no picture twice, none lost, the same data set', async () => {
  const journal = path.join(home, 'killed', 'journal.jsonl');
  const child = startCli([...PREPARE, '--out=killed'], home);
  const ended = new Promise((resolve) => child.on('close', resolve));
  const lines = (): number =>
    existsSync(journal) ? readFileSync(journal, 'utf8').split('\n').length - 2 : 0;
  while (lines() < 3) await new Promise((resolve) => setTimeout(resolve, 20));
  child.kill('SIGKILL');
  await ended;
  expect(existsSync(path.join(home, 'killed', 'dataset.json'))).toBe(false);
  // as if it had died in the middle of a line
  writeFileSync(journal, `${readFileSync(journal, 'utf8')}{"name":"15_Per`);
  const done = lines();
  const { status } = runCli([...PREPARE, '--out=killed'], home);
  expect([status, done >= 3]).toEqual([0, true]);
  expect(differing('killed')).toEqual([]);
});

describe('a machine that kills the processes that examine', () => {
  /** Loaded into every process of the command: one that is told to examine a picture named here ends as it says, `once` or always. */
  const KILLER = `
    const { existsSync, writeFileSync } = require('node:fs');
    const ways = JSON.parse(process.env.TEST_DEATHS);
    if (process.send)
      process.on('message', ({ item }) => {
        const { signal, code, once } = ways[item?.name] ?? {};
        const mark = once ? __dirname + '/' + item.name + '.died' : '';
        if (once && existsSync(mark)) return;
        if (once) writeFileSync(mark, '');
        if (signal) process.kill(process.pid, signal);
        if (code) process.exit(code);
      });
  `;
  const prepareUnder = async (
    deaths: Record<string, { signal?: NodeJS.Signals; code?: number; once?: boolean }>,
    args: readonly string[],
  ): Promise<readonly [unknown, string]> => {
    const command = ['prepare', 'folder', '--images=photographs', '--min_face=40', ...args];
    const killer = path.join(home, 'killer.js');
    writeFileSync(killer, KILLER);
    const child = startCli(command, home, {
      ...process.env,
      NODE_OPTIONS: `--require=${JSON.stringify(killer)}`,
      TEST_DEATHS: JSON.stringify(deaths),
    });
    let stderr = '';
    child.stderr!.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    return [await new Promise((resolve) => child.on('close', resolve)), stderr];
  };
  const examined = (out: string): string[] =>
    readFileSync(path.join(home, out, 'journal.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => (JSON.parse(line) as { name: string }).name);

  test('rejects no picture for it: the others are done, and the same command examines it again', async () => {
    const [status, stderr] = await prepareUnder(
      {
        '25_Person_1_0001.jpg': { signal: 'SIGKILL' },
        '45_Person_3_0002.jpg': { code: 7 },
        '35_Person_2_0002.jpg': { signal: 'SIGSEGV', once: true },
      },
      ['--out=dying', '--workers=2'],
    );
    expect([status, stderr]).toEqual([
      3,
      expect.stringMatching(
        /ipcgan prepare: dying: expected every picture examined, got 2 that the machine failed on: [^]*No data set is written without them\. Look at the machine's memory and disks; fewer --workers than 2 need less memory\. The same command examines these pictures again, and what is done stays done\. A picture that fails every time: remove it from photographs, or leave it out of the list\.\n$/,
      ),
    ]);
    for (const fault of [
      '25_Person_1_0001.jpg (the process that examined it died twice, last by SIGKILL)',
      '45_Person_3_0002.jpg (the process that examined it died twice, last with exit code 7)',
    ])
      expect(stderr).toContain(fault);
    expect(readdirSync(path.join(home, 'dying')).sort()).toEqual(['images', 'journal.jsonl']);
    const done = examined('dying');
    expect([done.length, done.includes('35_Person_2_0002.jpg')]).toEqual([12, true]);
    expect(runCli([...PREPARE, '--out=dying'], home).status).toBe(0);
    expect(differing('dying')).toEqual([]);
  });

  test('is not asked for more after three pictures in a row', async () => {
    const [status, stderr] = await prepareUnder(
      {
        '20_Broken_0001.jpg': { signal: 'SIGKILL' },
        '25_Person_1_0001.jpg': { signal: 'SIGABRT' },
        '25_Person_1_0002.jpg': { signal: 'SIGSEGV' },
      },
      ['--out=dead', '--workers=1'],
    );
    expect([status, stderr]).toEqual([
      3,
      expect.stringMatching(
        /dead: expected to examine pictures, got 3 in a row that the machine failed on: 20_Broken_0001\.jpg \(.* by SIGKILL\); 25_Person_1_0001\.jpg \(.* by SIGABRT\); 25_Person_1_0002\.jpg \(.* by SIGSEGV\)\. Look at the machine's memory and disks\. The same command/,
      ),
    ]);
    // one after the other, by name
    expect(examined('dead')).toEqual(['15_Person_0_0001.jpg', '15_Person_0_0002.jpg']);
  });
});

test('an interrupted one does not go on with the pictures of another folder', async () => {
  const journal = path.join(home, 'moved', 'journal.jsonl');
  const child = startCli([...PREPARE, '--out=moved'], home);
  const ended = new Promise((resolve) => child.on('close', resolve));
  while (!existsSync(journal) || readFileSync(journal, 'utf8').split('\n').length < 4)
    await new Promise((resolve) => setTimeout(resolve, 20));
  child.kill('SIGKILL');
  await ended;
  // names that are no UTF-8 are copied by no Node
  expect(spawnSync('cp', ['-r', 'photographs', 'elsewhere'], { cwd: home }).status).toBe(0);
  const other = runCli(
    ['prepare', 'folder', '--images=elsewhere', '--min_face=40', '--workers=2', '--out=moved'],
    home,
  );
  expect([other.status, other.stderr]).toEqual([
    1,
    expect.stringMatching(
      /expected pictures examined with the same settings, got images ".*photographs" there/,
    ),
  ]);
});

test('Ctrl-C stops at once, says how to go on, and leaves no worker', async () => {
  const child = startCli([...PREPARE, '--out=stopped'], home);
  let stderr = '';
  child.stderr!.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise((resolve) => child.on('close', resolve));
  while (!existsSync(path.join(home, 'stopped', 'journal.jsonl')))
    await new Promise((resolve) => setTimeout(resolve, 20));
  child.kill('SIGINT');
  // `close` comes when the workers, which share stderr, have ended as well
  expect([await ended, stderr]).toEqual([
    130,
    expect.stringContaining('SIGINT: stopped; the same command goes on from here'),
  ]);
  expect(readdirSync(path.join(home, 'stopped'))).not.toContain('lock');
});

test('shards, merged, are the same data set; merging too early names what is missing', () => {
  expect(runCli([...PREPARE, '--out=shards', '--shard=1/2'], home).stdout).toMatch(
    /part 1 of 2 examined, 7 pictures/,
  );
  const early = runCli([...PREPARE, '--out=shards', '--merge'], home);
  expect([early.status, early.stderr]).toEqual([
    1,
    expect.stringMatching(/--merge: expected every picture examined, got 7 of 14 that are not/),
  ]);
  expect(runCli([...PREPARE, '--out=shards', '--shard=2/2'], home).status).toBe(0);
  expect(runCli([...PREPARE, '--out=shards', '--merge'], home).status).toBe(0);
  expect(differing('shards')).toEqual([]);
  const wrong = runCli([...PREPARE, '--out=shards2', '--shard=3/2'], home);
  expect([wrong.status, wrong.stderr]).toEqual([
    1,
    expect.stringContaining('--shard: expected a part and how many there are, as 2/8, got 3/2'),
  ]);
});

test('every face of every photograph, on request', async () => {
  mkdirSync(path.join(home, 'groups'));
  for (const name of ['15_Person_0_0001.jpg', '65_Person_5_0001.jpg'])
    cpSync(path.join(home, 'photographs', name), path.join(home, 'groups', name));
  const { status } = runCli(
    ['prepare', 'folder', '--images=groups', '--min_face=40', '--face=all', '--out=all'],
    home,
  );
  const { counts } = (await readDataset(path.join(home, 'all'))).description;
  expect([status, counts.faces > counts.kept]).toEqual([0, true]);
});

test('a disk that fills is one error of the machine; with space again, the same command goes on', () => {
  // no file may grow beyond 40 KiB, which a crop does
  const limited = [
    '-c',
    `ulimit -f 40; exec "${process.execPath}" "${CLI}" ${PREPARE.join(' ')} --out=full`,
  ];
  const { status, stderr } = spawnSync('bash', limited, { cwd: home, encoding: 'utf8' });
  expect([status, stderr]).toEqual([
    3,
    expect.stringMatching(
      /full\/images\/.*jpg: expected to write a crop, got EFBIG.* Free some space and run the same command again/,
    ),
  ]);
  expect(readdirSync(path.join(home, 'full')).sort()).toEqual(['images', 'journal.jsonl']);
  // the crop that did not fit leaves nothing of itself
  expect(
    readdirSync(path.join(home, 'full', 'images')).filter((name) => name.startsWith('.')),
  ).toEqual([]);
  expect(runCli([...PREPARE, '--out=full'], home).status).toBe(0);
  expect(differing('full')).toEqual([]);
});

test('wrong flags are one line each', () => {
  const cases: [string[], RegExp][] = [
    [['prepare', 'folder', '--out=x'], /--images: expected a folder of pictures, got nothing/],
    [
      ['prepare', 'folder', '--images=photographs', '--out=x', '--age_range=60-20'],
      /--age_range: expected YOUNGEST-OLDEST, got 60-20/,
    ],
    [
      ['prepare', 'fgnet', '--images=photographs', '--out=x', '--meta=m.mat'],
      /--meta: expected it with `prepare cacd`/,
    ],
    [
      ['prepare', 'fgnet', '--images=photographs', '--out=x', '--people=3'],
      /--people: expected it with `prepare synthetic` only/,
    ],
    [
      ['prepare', '--images=photographs', '--out=x', '--min_face=9'],
      /--min_face: expected it with photographs, neither crops/,
    ],
    [
      ['prepare', 'fgnets', '--images=photographs', '--out=x'],
      /expected one of folder, cacd, utkface, fgnet, synthetic after the verb, got 'fgnets'/,
    ],
  ];
  for (const [args, message] of cases) {
    const { status, stderr } = runCli(args, home);
    expect([status, stderr]).toEqual([1, expect.stringMatching(message)]);
  }
});
