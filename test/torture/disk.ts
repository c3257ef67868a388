/** @file Disks that are full from one write on, and power that is cut: what was not put on the disk is gone. */

import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { run } from './command';
import { differences } from './compare';
import {
  copyData,
  copyFaces,
  killAgainAndAgain,
  PREPARE,
  PREPARATION,
  TINY,
  TRAINING,
} from './kills';
import type { Killed } from './kills';
import type { Outcome, Part, Torture } from './part';

const SOURCE = path.join(__dirname, 'disk.c');

/** Compiles the disk that fails. @throws Error where there is no compiler */
function buildDisk(home: string): string {
  const library = path.join(home, 'disk.so');
  if (/[\s:]/.test(library))
    throw new Error(
      `--home: expected a path without spaces and colons, at which LD_PRELOAD is split, got ${home}`,
    );
  const args = ['-O1', '-Wall', '-Werror', '-shared', '-fPIC', '-o', library, SOURCE, '-ldl'];
  const { status, stderr } = spawnSync('gcc', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`gcc: expected to compile ${SOURCE}, got ${stderr}`);
  return library;
}

/** Something that is written while the disk is full. */
interface Filled {
  /** Where; everything below it is full. */
  readonly place: (name: string) => string;
  /** Puts there what was before. */
  readonly prepare: (name: string) => void;
  readonly words: (name: string) => readonly string[];
  /** Files that must stay as they were, in the place. */
  readonly kept: string | null;
}

async function fillAtEachWrite(filled: Filled, torture: Torture): Promise<Outcome> {
  const { home, random, times, say } = torture;
  const LD_PRELOAD = buildDisk(home);
  const placeOf = (name: string): string => path.join(home, filled.place(name));
  const counted = path.join(home, 'writes');
  filled.prepare('whole');
  const env = { LD_PRELOAD, UV_USE_IO_URING: '0' };
  const under = (name: string): NodeJS.ProcessEnv => ({ ...env, TORTURE_UNDER: placeOf(name) });
  await run(filled.words('whole'), home, [0], { ...under('whole'), TORTURE_COUNT: counted });
  const writes = statSync(counted).size;
  // each of them, or as many as are wanted, the first and the last among them
  const all = Array.from({ length: writes }, (_, i) => i + 1);
  const chosen =
    times >= writes ? all : [1, writes, ...random.shuffled(all.slice(1, -1))].slice(0, times);
  const faults: string[] = [];
  for (const [i, at] of chosen.entries()) {
    const name = `full-${at}`;
    filled.prepare(name);
    const { code, stderr } = await run(filled.words(name), home, [0, 1, 3], {
      ...under(name),
      TORTURE_FAIL: String(at),
    });
    if (code === 1) faults.push(`write ${at}: exit code 1: ${stderr.slice(-300)}`);
    if (code === 3 && !stderr.includes('ENOSPC'))
      faults.push(`write ${at}: another error: ${stderr.slice(-300)}`);
    if (filled.kept !== null) {
      const [before, now] = ['whole', name].map((one) =>
        path.join(placeOf(one), filled.kept ?? ''),
      );
      // the older checkpoint gives its moments away once a newer one is whole
      const lost = differences(before ?? '', now ?? '');
      if (lost.length > 0)
        faults.push(`write ${at}: ${filled.kept} is not as it was: ${lost.join(', ')}`);
    }
    await run(filled.words(name), home);
    const different = differences(placeOf('whole'), placeOf(name));
    if (different.length > 0)
      faults.push(`write ${at}: differs in ${different.slice(0, 5).join(', ')}`);
    rmSync(placeOf(name), { recursive: true, force: true });
    say(`${i + 1} of ${writes} writes, ${faults.length} faults`);
  }
  return { tries: chosen.length, faults, note: `of ${writes} writes` };
}

export const fillCheckpoints: Part = async (torture) => {
  const { home } = torture;
  copyData(torture);
  const short = ['--max_steps=3', '--save_every=3', '--sample_every=6'];
  await run(['train', ...TINY, ...short, '--run=begun'], home);
  const place = (name: string): string => path.join('checkpoints', name);
  return fillAtEachWrite(
    {
      place,
      prepare: (name) =>
        cpSync(path.join(home, place('begun')), path.join(home, place(name)), { recursive: true }),
      words: (name) => ['train', `--run=${name}`, '--resume', '--max_steps=6'],
      kept: 'acgan.model-3',
    },
    torture,
  );
};

export const fillDataSets: Part = (torture) => {
  const { home } = torture;
  copyFaces(torture);
  return fillAtEachWrite(
    {
      place: (name) => name,
      prepare: (name) => void mkdirSync(path.join(home, name), { recursive: true }),
      words: (name) => [...PREPARE, `--out=${name}`],
      kept: null,
    },
    torture,
  );
};

/** What a disk has: files by inode, and names of folders by inode, as disk.c writes them. */
interface Synced {
  readonly files: string;
  readonly names: string;
}

const syncedIn = (folder: string): Synced => ({
  files: path.join(folder, 'files'),
  names: path.join(folder, 'names'),
});

/** Takes everything that is there for synced: the machine has been started again. */
function remember(place: string, { files, names }: Synced): void {
  const entries = readdirSync(place, { withFileTypes: true }).map((entry) => {
    const inner = path.join(place, entry.name);
    if (entry.isDirectory()) remember(inner, { files, names });
    else copyFileSync(inner, path.join(files, String(statSync(inner).ino)));
    return `${statSync(inner).ino} ${entry.isDirectory() ? 'd' : 'f'} ${entry.name}\n`;
  });
  writeFileSync(path.join(names, String(statSync(place).ino)), entries.join(''));
}

/** Writes what is on the disk of a folder: a name without content is an empty file, which is the worst that a file system does. */
function rebuild(inode: string, to: string, { files, names }: Synced): void {
  mkdirSync(to, { recursive: true });
  const file = path.join(names, inode);
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
  for (const line of lines) {
    const [, inner = '', kind, name = ''] = /^(\d+) (.) (.*)$/.exec(line) ?? [];
    const target = path.join(to, name);
    if (kind === 'd') rebuild(inner, target, { files, names });
    else if (existsSync(path.join(files, inner))) copyFileSync(path.join(files, inner), target);
    else writeFileSync(target, '');
  }
}

/** A command whose machine loses its power. */
function withoutPower(killed: Killed, { home }: Torture): Killed {
  const LD_PRELOAD = buildDisk(home);
  const disk = path.join(home, 'synced');
  return {
    ...killed,
    before: (place) => {
      rmSync(disk, { recursive: true, force: true });
      for (const kind of ['files', 'names', 'kept'])
        mkdirSync(path.join(disk, kind), { recursive: true });
      mkdirSync(place, { recursive: true });
      remember(place, syncedIn(disk));
      return { LD_PRELOAD, UV_USE_IO_URING: '0', TORTURE_UNDER: place, TORTURE_SYNCED: disk };
    },
    after: (place) => {
      const left = `${place}.left`;
      rebuild(String(statSync(place).ino), left, syncedIn(disk));
      rmSync(place, { recursive: true, force: true });
      renameSync(left, place);
    },
  };
}

export const cutTraining: Part = (torture) => {
  copyData(torture);
  return killAgainAndAgain(withoutPower(TRAINING, torture), torture);
};

export const cutPreparing: Part = (torture) => {
  copyFaces(torture);
  return killAgainAndAgain(withoutPower(PREPARATION, torture), torture);
};
