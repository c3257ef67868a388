/** @file The engine in a process of its own: started, watched, and started again where it ends. */

import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { sharedArenas } from '../engine/environment';
import { IpcganError, MachineError } from '../errors';
import type { AgeJob, Engine, JobOutcome, ModelFacts } from './engine';
import type { EngineNotice, EngineOpening, EngineRequest } from './engine-messages';
import { TOKEN_VARIABLE } from './token';

/** How it is started. */
export interface EngineProcessSettings extends EngineOpening {
  /** Without a sign of life for so long, a process at work is ended, in ms. */
  readonly patience: number;
  /** Gets a line when it ends, and when it is back. */
  readonly say: (line: string) => void;
}

/** Before it is started again, in ms: at first, and at most. */
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 30_000;
const PAGE_BYTES = 4096;
const RESIDENT = 1;

/** A process that opened. */
interface Opened {
  readonly child: ChildProcess;
  readonly facts: ModelFacts | null;
  /** How it ended, once it has: `by SIGKILL`. */
  readonly death: Promise<string>;
}

/** A batch that a process has. */
interface Batch {
  readonly number: number;
  readonly settle: readonly ((outcome: JobOutcome) => void)[];
  readonly open: Set<number>;
  timer: NodeJS.Timeout;
}

/** Its environment has no use for the token. */
const environment = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => name !== TOKEN_VARIABLE)),
  ...sharedArenas(),
});

function startChild(): { readonly child: ChildProcess; readonly death: Promise<string> } {
  const child = fork(path.join(__dirname, 'engine-child.js'), {
    env: environment(),
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    serialization: 'advanced',
  });
  const death = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) =>
      resolve(signal === null ? `with exit code ${code ?? ''}` : `by ${signal}`),
    );
    child.once('error', (error) => resolve(`of ${error.message}`));
  });
  return { child, death };
}

/** What cannot be told anything is of no use. */
function tell(child: ChildProcess, request: EngineRequest): void {
  const end = (): void => void child.kill('SIGKILL');
  if (child.connected) child.send(request, (error) => (error ? end() : undefined));
  else end();
}

/** Starts a process and opens the model in it. @throws IpcganError as the process says; MachineError where it ends */
async function openChild(opening: EngineOpening): Promise<Opened> {
  const { child, death } = startChild();
  const first = new Promise<EngineNotice>((resolve) => child.once('message', resolve));
  tell(child, { open: opening });
  const notice = await Promise.race([first, death]);
  if (typeof notice === 'string')
    throw new MachineError(
      `serve: expected a process that computes, got one that ended ${notice}. Give it more memory, and look at \`ipcgan doctor\`.`,
    );
  if ('opened' in notice) return { child, death, facts: notice.opened };
  child.kill('SIGKILL');
  await death;
  if ('failed' in notice) throw new IpcganError(notice.failed, notice.exitCode);
  throw new Error('serve: the process that computes said something else first');
}

/** Bytes of memory that a process holds; 0 where nobody knows. */
function memoryOf(pid: number | undefined): number {
  try {
    const fields = readFileSync(`/proc/${pid ?? ''}/statm`, 'utf8').split(' ');
    return Number(fields[RESIDENT]) * PAGE_BYTES;
  } catch {
    return 0;
  }
}

/** Writes the page alone, in a process that ends then. @throws IpcganError, MachineError */
export async function writePage(opening: EngineOpening): Promise<void> {
  const { child, death } = await openChild({ ...opening, ages: false });
  child.disconnect();
  await death;
}

/**
 * Starts the engine. A process that ends is started again, later each time; jobs that it had come to nothing, and others wait.
 * @throws IpcganError, MachineError where it cannot be opened at first
 */
export async function startEngine(settings: EngineProcessSettings): Promise<Engine> {
  const { patience, say } = settings;
  // a plain object: the settings hold functions, too
  const { model, device, page, mostFaces } = settings;
  const opening: EngineOpening = { model, device, page, mostFaces, ages: true };
  let current: Opened | null = null;
  let batch: Batch | null = null;
  let batches = 0;
  let restarts = 0;
  let isStopping = false;
  const isOver = (): boolean => isStopping;
  let whenReady: (() => void)[] = [];

  const watch = (opened: Opened): void => {
    current = opened;
    for (const resolve of whenReady.splice(0)) resolve();
    opened.child.on('message', onNotice);
    void opened.death.then((how) => {
      current = null;
      endBatch(`the process that computes ended ${how}`);
      if (isStopping) return;
      say(`the process that computes ended ${how}; starting another`);
      void restart(FIRST_PAUSE);
    });
  };
  const restart = async (pause: number): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, pause));
    if (isOver()) return;
    restarts += 1;
    try {
      const opened = await openChild({ ...opening, page: null });
      if (isOver()) opened.child.kill('SIGKILL');
      else watch(opened);
    } catch (error) {
      say(error instanceof Error ? error.message : String(error));
      void restart(Math.min(LONGEST_PAUSE, 2 * pause));
    }
  };
  const endBatch = (message: string): void => {
    if (batch === null) return;
    clearTimeout(batch.timer);
    const { open, settle } = batch;
    batch = null;
    for (const index of open) settle[index]?.({ kind: 'died', message });
  };
  const lose = (): void => void current?.child.kill('SIGKILL');
  const onNotice = (notice: EngineNotice): void => {
    if (batch === null) return;
    batch.timer.refresh();
    if (!('outcome' in notice) || notice.batch !== batch.number) return;
    batch.open.delete(notice.index);
    batch.settle[notice.index]?.(notice.outcome);
    if (batch.open.size > 0) return;
    clearTimeout(batch.timer);
    batch = null;
  };

  const first = await openChild(opening);
  const { facts } = first;
  if (facts === null) throw new Error('serve: the process that computes opened no model');
  watch(first);
  return {
    facts,
    isReady: () => current !== null,
    ready: () =>
      current === null ? new Promise((resolve) => whenReady.push(resolve)) : Promise.resolve(),
    age: (jobs: readonly AgeJob[]) => {
      if (batch !== null) throw new Error('serve: a batch before the last one is done');
      const opened = current;
      if (opened === null)
        return jobs.map(() =>
          Promise.resolve({ kind: 'died', message: 'the process that computes has ended' }),
        );
      const settle: ((outcome: JobOutcome) => void)[] = [];
      const outcomes = jobs.map((_, i) => new Promise<JobOutcome>((done) => (settle[i] = done)));
      const timer = setTimeout(lose, patience);
      batches += 1;
      batch = { number: batches, settle, open: new Set(jobs.keys()), timer };
      tell(opened.child, { batch: batches, jobs });
      return outcomes;
    },
    restarts: () => restarts,
    memory: () => memoryOf(current?.child.pid),
    stop: async () => {
      isStopping = true;
      whenReady = [];
      const opened = current;
      if (opened === null) return;
      // it ends by itself then, and by force where it hangs
      const force = setTimeout(lose, patience);
      if (opened.child.connected) opened.child.disconnect();
      await opened.death;
      clearTimeout(force);
    },
  };
}
