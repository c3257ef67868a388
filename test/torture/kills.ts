/** @file kill -9 at random moments, also while a checkpoint is written; what is started again ends with the bytes of what was left alone. */

import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, watch } from 'node:fs';
import path from 'node:path';
import type { Random } from '../../src/statistics/random';
import { run, sleep, start } from './command';
import type { Running } from './command';
import { differences } from './compare';
import type { Outcome, Part, Torture } from './part';

/** A tiny training of twelve steps with checkpoints and samples. */
export const TINY = [
  '--data=data',
  '--image_size=32',
  '--width=0.1',
  '--batch_size=2',
  '--fea_layer_name=conv3',
  '--age_loss_weight=0',
  '--allow_untrained',
  '--labels=picture',
  '--label_scale=100',
  '--log_every=1',
  // of ten: after every step they would take most of its time
  '--held_out_faces=2',
];
export const TRAIN = ['train', ...TINY, '--max_steps=12', '--save_every=3', '--sample_every=6'];
const PRETRAIN = [
  'pretrain',
  '--task=identity',
  '--data=data',
  '--batch_size=4',
  '--head_width=16',
  '--log_every=1',
  '--optimizer=adam',
  '--learning_rate=0.0005',
  '--batch_norm',
  '--steps=9',
  '--eval_every=3',
];
export const PREPARE = ['prepare', 'folder', '--images=faces', '--aligned', '--pairs=40'];

/** A command that goes on where it was killed. */
export interface Killed {
  /** What it writes, by the number of the attempt; compared with that of `whole`. */
  readonly placeOf: (name: string) => string;
  readonly first: (name: string) => readonly string[];
  readonly again: (name: string) => readonly string[];
  /** Whether there is enough of it to go on with `again`. */
  readonly isBegun: (place: string) => boolean;
  /** A line that it writes again and again. */
  readonly line: RegExp;
  /** How many of them it writes at most. */
  readonly lines: number;
  /** Exit codes of one that has ended well. */
  readonly codes: readonly number[];
  /** What ends it, and the exit codes by which it says so; SIGKILL when absent. */
  readonly by?: { readonly signal: NodeJS.Signals; readonly code: number };
  /** Variables of the process, made for each start. */
  readonly before?: (place: string) => NodeJS.ProcessEnv;
  /** What happens to its files once it is dead. */
  readonly after?: (place: string) => void;
  /** Kills what it started, too. */
  readonly killAll?: (running: Running, place: string, random: Random) => Promise<void>;
}

/** Resolves at the first hidden name in a folder: something is being written beside its place. */
function beganToWrite(folder: string, running: Running): Promise<void> {
  return new Promise((resolve) => {
    mkdirSync(folder, { recursive: true });
    const watcher = watch(folder, (_event, name) => {
      if (name?.startsWith('.') !== true) return;
      watcher.close();
      resolve();
    });
    void running.ended.then(() => {
      watcher.close();
      resolve();
    });
  });
}

/** Waits for a moment by chance: after a line, while something is written, or at a time. */
async function someMoment(running: Running, place: string, killed: Killed, random: Random) {
  const kind = random.nextInt(3);
  if (kind === 0) await running.saw(killed.line, 1 + random.nextInt(killed.lines));
  else if (kind === 1 && existsSync(place)) {
    await running.saw(killed.line, 1 + random.nextInt(3));
    await beganToWrite(place, running);
  } else await running.saw(killed.line, 1 + random.nextInt(2));
  await sleep(random.nextInt(kind === 1 ? 30 : 150));
}

export async function killAgainAndAgain(killed: Killed, torture: Torture): Promise<Outcome> {
  const { home, random, times, say } = torture;
  const whole = killed.placeOf('whole');
  await run(killed.first('whole'), home, killed.codes);
  const by = killed.by ?? { signal: 'SIGKILL', code: null };
  const faults: string[] = [];
  let tries = 0;
  let rounds = 0;
  while (tries < times) {
    const name = `killed-${rounds++}`;
    const place = killed.placeOf(name);
    const inHome = path.join(home, place);
    for (;;) {
      const args = killed.isBegun(inHome) ? killed.again(name) : killed.first(name);
      const running = start(args, home, killed.before?.(inHome));
      if (tries < times && random.nextInt(5) > 0) {
        await someMoment(running, inHome, killed, random);
        running.child.kill(by.signal);
        await killed.killAll?.(running, inHome, random);
      }
      const { code, signal, stderr } = await running.ended;
      const isKilled = signal === by.signal || code === by.code;
      if (isKilled) tries += 1;
      if (isKilled) killed.after?.(inHome);
      else if (killed.codes.includes(code ?? -1)) break;
      else {
        faults.push(
          `${name}: ended with ${code ?? ''} after ${tries} kills: ${stderr.slice(-500)}`,
        );
        break;
      }
    }
    const different = differences(path.join(home, whole), inHome);
    if (different.length > 0)
      faults.push(`${name}: differs in ${different.slice(0, 5).join(', ')}`);
    else rmSync(inHome, { recursive: true, force: true });
    say(`${tries} kills, ${rounds} rounds, ${faults.length} faults`);
  }
  return { tries, faults, note: `${rounds} runs to their end` };
}

export const copyData = ({ home, data }: Torture): void =>
  cpSync(data, path.join(home, 'data'), { recursive: true });
const isRun = (place: string): boolean => existsSync(path.join(place, 'config.json'));

/** The tiny training. */
export const TRAINING: Killed = {
  placeOf: (name) => path.join('checkpoints', name),
  first: (name) => [...TRAIN, `--run=${name}`],
  again: (name) => ['train', `--run=${name}`, '--resume'],
  isBegun: isRun,
  line: /step \d+\//,
  lines: 8,
  codes: [0],
};

export const killTraining: Part = (torture) => {
  copyData(torture);
  return killAgainAndAgain(TRAINING, torture);
};

export const killPretraining: Part = (torture) => {
  copyData(torture);
  return killAgainAndAgain(
    {
      placeOf: (name) => path.join('checkpoints', name),
      first: (name) => [...PRETRAIN, `--run=${name}`],
      again: (name) => ['pretrain', `--run=${name}`, '--resume'],
      isBegun: isRun,
      line: /identity \d+\//,
      lines: 6,
      codes: [0],
    },
    torture,
  );
};

const prepareWords = (name: string): string[] => [...PREPARE, `--out=${name}`];

/** A preparation of aligned faces. */
export const PREPARATION: Killed = {
  placeOf: (name) => name,
  first: prepareWords,
  again: prepareWords,
  isBegun: () => true,
  line: /examining \d+\//,
  lines: 3,
  codes: [0],
};

export const copyFaces = ({ home, data }: Torture): void =>
  cpSync(path.join(data, 'images'), path.join(home, 'faces'), { recursive: true });

export const killPreparing: Part = (torture) => {
  copyFaces(torture);
  return killAgainAndAgain(PREPARATION, torture);
};

/** Processes that train runs of a sweep, by what its states say. */
function trainers(place: string, names: readonly string[]): number[] {
  return names.flatMap((name) => {
    try {
      const text = readFileSync(path.join(place, 'state', `${name}.json`), 'utf8');
      const { status, owner } = JSON.parse(text) as {
        status: string;
        owner: { pid: number } | null;
      };
      return status === 'running' && owner ? [owner.pid] : [];
    } catch {
      return [];
    }
  });
}

const SWEEP_RUNS = ['g50', 'g75'];

export const killSweep: Part = (torture) => {
  const { home, data } = torture;
  copyData(torture);
  cpSync(path.join(data, '..', 'sweep.yaml'), path.join(home, 'sweep.yaml'));
  return killAgainAndAgain(
    {
      placeOf: (name) => name,
      first: (name) => ['sweep', 'run', 'sweep.yaml', `--out=${name}`],
      again: (name) => ['sweep', 'resume', name],
      isBegun: (place) => existsSync(path.join(place, 'plan.json')),
      line: /\bg(?:50|75)\b/,
      lines: 4,
      codes: [0],
      // a launcher that is killed leaves its runs at work: whoever goes on waits for them, or finds them dead, too
      killAll: async (_running, place, random) => {
        if (random.nextInt(3) === 0) return;
        await sleep(random.nextInt(100));
        for (const pid of trainers(place, SWEEP_RUNS)) {
          try {
            process.kill(pid, 'SIGKILL');
          } catch {
            // it has ended by itself
          }
        }
      },
    },
    torture,
  );
};
