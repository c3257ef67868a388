import { spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import { runCli, startCli } from '../support/cli';
import { differingFiles, writePhotographs } from '../support/photographs';
import { describeWithSlurm } from '../support/slurm';
import { temporaryFolders } from '../support/temporary';
import { linesOf, until } from '../support/until';

const newFolder = temporaryFolders();
const PREPARE = ['prepare', 'folder', '--images=photographs', '--min_face=40'];
const ON_SLURM = [
  ...PREPARE,
  '--out=on slurm',
  '--launcher=slurm',
  '--shards=2',
  '--slurm=cluster.yaml',
];

/** A started command, what it has said so far, and its exit code. */
function watch(child: ChildProcess): { said: () => string; ended: Promise<unknown> } {
  let text = '';
  child.stderr!.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return { said: () => text, ended: new Promise((resolve) => child.on('close', resolve)) };
}

describe('flags of the cluster', () => {
  test('are wrong where nothing goes to a cluster, and some are missing where something does', () => {
    const cases: [string[], string][] = [
      [['--shards=2'], '--shards: expected it with --launcher=slurm only, got it without'],
      [['--launcher=slurm'], '--shards: expected how many parts to make, got nothing'],
      [
        ['--launcher=slurm', '--shards=2', '--shard=1/2'],
        '--launcher: expected slurm without --shard and --merge',
      ],
    ];
    for (const [flags, message] of cases) {
      const { status, stderr } = runCli([...PREPARE, '--out=x', ...flags]);
      expect([status, stderr]).toEqual([1, expect.stringContaining(message)]);
    }
  });
});

test('a directory that sbatch cannot write its logs to, and settings that are no words, are said before anything is submitted', async () => {
  const home = newFolder();
  const programs = path.join(home, 'programs');
  mkdirSync(programs);
  mkdirSync(path.join(home, 'photographs'));
  writeFileSync(path.join(home, 'photographs', '30_A_B_0001.jpg'), '');
  writeFileSync(path.join(home, 'cluster.yaml'), stringify({ account: 'a\n#SBATCH --exclusive' }));
  // of no job anything is known, and a submitted one is seen
  writeFileSync(path.join(programs, 'squeue'), '#!/bin/sh\n', { mode: 0o755 });
  writeFileSync(path.join(programs, 'sbatch'), '#!/bin/sh\ntouch "$0.called"\n', { mode: 0o755 });
  const env = { ...process.env, PATH: `${programs}:${process.env.PATH ?? ''}` };
  const cases: [string[], string][] = [
    [['--out=say "x"'], 'sbatch --output: expected a folder without quotes'],
    [['--out=x', '--slurm=cluster.yaml'], 'slurm settings, account: expected one word'],
  ];
  for (const [flags, message] of cases) {
    const command = [...PREPARE, '--launcher=slurm', '--shards=1', ...flags];
    const { ended, said } = watch(startCli(command, home, env));
    expect([await ended, said()]).toEqual([1, expect.stringContaining(message)]);
  }
  expect(readdirSync(programs).sort()).toEqual(['sbatch', 'squeue']);
});

describeWithSlurm('a data set prepared on a real Slurm', (env) => {
  let home = '';
  const journal = (shard: number): string =>
    path.join(home, 'on slurm', `journal-${shard}-of-2.jsonl`);
  beforeAll(async () => {
    home = newFolder();
    await writePhotographs(path.join(home, 'photographs'));
  });

  test('one shard requeued, another failed and submitted again, its launcher gone in between: the same files to the last byte', async () => {
    const whole = runCli([...PREPARE, '--out=whole', '--workers=2'], home);
    expect([whole.status, whole.stderr]).toEqual([0, expect.anything()]);

    const failing = [
      'if [ "$SLURM_ARRAY_TASK_ID" = 2 ]; then echo "module: no cuda/12.4 here" >&2; exit 1; fi',
    ];
    writeFileSync(path.join(home, 'cluster.yaml'), stringify({ setup: failing }));
    const first = watch(startCli(ON_SLURM, home, env));
    await until(() => linesOf(journal(1)) >= 2, 'a picture of shard 1');
    const [, job] = /submitted 2 of 2 shards as job (\d+)/.exec(first.said()) ?? [];
    expect(spawnSync('scontrol', ['requeue', `${job ?? ''}_1`], { env }).status).toBe(0);
    expect([await first.ended, first.said()]).toEqual([
      3,
      expect.stringMatching(/shard 2 of 2 has not ended well[^]*module: no cuda\/12.4 here/),
    ]);
    expect(first.said()).toMatch(
      /expected all 2 shards to end well, got 1 that did not \(2\)\. The same command submits what is missing\./,
    );
    expect(readFileSync(path.join(home, 'on slurm', 'slurm', 'shard-1.log'), 'utf8')).toMatch(
      /SIGTERM: stopped[^]*part 1 of 2 examined, 7 pictures \([1-6] of/,
    );
    expect(spawnSync('squeue', ['--noheader'], { env, encoding: 'utf8' }).stdout).toBe('');

    // the shard waits until it has been followed, however slow the machine is
    const go = path.join(home, 'go');
    writeFileSync(
      path.join(home, 'cluster.yaml'),
      stringify({ cpus: 2, setup: [`until [ -e '${go}' ]; do sleep 0.2; done`] }),
    );
    const child = startCli(ON_SLURM, home, env);
    const second = watch(child);
    await until(() => second.said().includes('submitted 1 of 2 shards'), 'shard 2 to be submitted');
    child.kill('SIGINT');
    expect([await second.ended, second.said()]).toEqual([
      130,
      expect.stringContaining('the cluster goes on'),
    ]);
    const other = watch(startCli([...ON_SLURM, '--face=largest'], home, env));
    expect([await other.ended, other.said()]).toEqual([
      1,
      expect.stringMatching(/submitted with, got others \(--face=largest\)/),
    ]);
    // as if it had died before it submitted the merge
    const [, shards, merge] =
      /submitted 1 of 2 shards as job (\d+), the merge as job (\d+)/.exec(second.said()) ?? [];
    expect(spawnSync('scancel', [merge ?? ''], { env }).status).toBe(0);
    const third = watch(startCli(ON_SLURM, home, env));
    await until(() => third.said().includes('following them'), 'the living shard to be followed');
    writeFileSync(go, '');
    expect([await third.ended, third.said()]).toEqual([
      0,
      expect.stringMatching(
        /were submitted before and live; following[^]*submitted 0 of 2 shards, the merge as job \d+/,
      ),
    ]);
    expect(third.said()).toMatch(new RegExp(`^jobs ${shards ?? ''}(, ${merge ?? ''})? were`));
    expect(differingFiles(path.join(home, 'whole'), path.join(home, 'on slurm'))).toEqual([]);
  }, 600_000);
});
