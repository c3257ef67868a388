/** @file Starts the workers of a run on this machine, and starts them again from the last checkpoint where one has died. */

import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { availableParallelism } from 'node:os';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { UserError } from '../errors';
import { LAUNCHED } from './cluster';

/** What is started. */
export interface Launch {
  readonly workers: number;
  /** How often all are started again after one has died. */
  readonly restarts: number;
  readonly program: string;
  readonly args: readonly string[];
  /** The same for a run that goes on from its last checkpoint. */
  readonly argsToResume: readonly string[];
  /** Whether each worker gets a GPU of its own. */
  readonly withGpus: boolean;
  /** How long workers may take to notice by themselves that one is gone, beyond which they are ended. */
  readonly graceSeconds: number;
  /** Takes lines about the launch itself. */
  readonly say: (line: string) => void;
}

/** How a worker ended. */
interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const LOCALHOST = '127.0.0.1';
const MACHINE_ERROR = 3;
/** Signals that are passed on to the workers, which save and stop. */
const PASSED_ON = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Ports that nobody listens on; all are held at once, so that none is given twice. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, () => {
      const server = createServer();
      return new Promise<typeof server>((resolve, reject) => {
        server.on('error', reject).listen(0, LOCALHOST, () => resolve(server));
      });
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/**
 * The GPU of each worker, of those that are visible, else of all that `list` prints as `nvidia-smi -L` does.
 * @throws UserError where there are fewer than workers: two processes that share one are slower than one
 */
export function gpusOf(
  workers: number,
  visible: string | undefined,
  list: () => string,
): readonly string[] {
  const given = visible?.split(',').filter((name) => name !== '');
  const all =
    given ??
    list()
      .split('\n')
      .filter((line) => line.startsWith('GPU '))
      .map((_, i) => String(i));
  if (all.length < workers)
    throw new UserError(
      `--workers: expected at most ${all.length}, the GPUs that are visible here, got ${workers}. Use as many workers as GPUs, or --device=cpu.`,
    );
  return all.slice(0, workers);
}

const listGpus = (): string => {
  const { status, stdout } = spawnSync('nvidia-smi', ['-L'], { encoding: 'utf8' });
  return status === 0 ? stdout : '';
};

/** What every worker's environment has beside the launcher's own: a GPU each, or a share of the cores. */
function shares({ workers, withGpus }: Launch): (rank: number) => NodeJS.ProcessEnv {
  const gpus = withGpus ? gpusOf(workers, process.env.CUDA_VISIBLE_DEVICES, listGpus) : null;
  const threads = String(Math.max(1, Math.floor(availableParallelism() / workers)));
  return (rank) => ({
    ...(gpus ? { CUDA_VISIBLE_DEVICES: gpus[rank] } : {}),
    TF_NUM_INTRAOP_THREADS: process.env.TF_NUM_INTRAOP_THREADS ?? threads,
    OMP_NUM_THREADS: process.env.OMP_NUM_THREADS ?? threads,
  });
}

/** Passes whole lines on with the worker's rank in front. */
function passOn(from: Readable | null, to: NodeJS.WriteStream, rank: number): void {
  let rest = '';
  const write = (line: string): void => void to.write(`[${rank}] ${line}\n`);
  from?.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(write);
  });
  from?.on('end', () => {
    if (rest !== '') write(rest);
  });
}

const isBad = ({ code }: End): boolean => code !== 0;

/** Starts all workers once. @returns how each ended, in the order of their ends */
async function attempt(
  { workers, program, graceSeconds, say }: Launch,
  args: readonly string[],
  environmentOf: (rank: number) => NodeJS.ProcessEnv,
): Promise<(End & { readonly rank: number })[]> {
  const hosts = (await freePorts(workers)).map((port) => `${LOCALHOST}:${port}`);
  const ends: (End & { readonly rank: number })[] = [];
  const children: ChildProcess[] = hosts.map((_, index) => {
    const team = JSON.stringify({ cluster: { worker: hosts }, task: { type: 'worker', index } });
    const env = { ...process.env, ...environmentOf(index), [LAUNCHED]: team };
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    // the first worker's result is the command's
    if (index === 0) child.stdout.pipe(process.stdout, { end: false });
    else passOn(child.stdout, process.stdout, index);
    passOn(child.stderr, process.stderr, index);
    return child;
  });
  const listeners = PASSED_ON.map((signal) => {
    const listener = (): void => children.forEach((child) => child.kill(signal));
    process.on(signal, listener);
    return () => process.off(signal, listener);
  });
  const ended = children.map(
    (child, rank) =>
      new Promise<void>((resolve) => {
        child.on('close', (code, signal) => {
          ends.push({ code, signal, rank });
          resolve();
        });
      }),
  );
  const isLiving = (child: ChildProcess): boolean =>
    child.exitCode === null && child.signalCode === null;
  const all = Promise.all(ended).then(() => true);
  const firstBad = Promise.race(
    ended.map(async (end) => {
      await end;
      return ends.some(isBad) ? undefined : new Promise<void>(() => undefined);
    }),
  );
  try {
    await Promise.race([all, firstBad]);
    const stopWaiting = new AbortController();
    const grace = delay(graceSeconds * 1000, false, { signal: stopWaiting.signal }).catch(
      () => false,
    );
    if (!(await Promise.race([all, grace]))) {
      say(`workers that go on ${graceSeconds} s after another has ended are ended`);
      // a frozen process takes no other signal
      children.filter(isLiving).forEach((child) => child.kill('SIGKILL'));
    }
    stopWaiting.abort();
    await all;
  } finally {
    listeners.forEach((stop) => stop());
  }
  return ends;
}

/** Whether starting again may help: a worker was killed or lost, and none ended by an error of the user's or of the training. */
const isWorthRestarting = (ends: readonly End[]): boolean =>
  ends.every(({ code, signal }) =>
    code === null ? !PASSED_ON.some((one) => one === signal) : code === 0 || code === MACHINE_ERROR,
  );

/** What all of it ends with: the first error of somebody's own; a worker that lost another has the machine's. */
function exitCodeOf(ends: readonly End[]): number {
  const codes = ends.map(({ code }) => code);
  const own = codes.find((code) => code !== null && code !== 0 && code !== MACHINE_ERROR);
  return own ?? (ends.some(isBad) ? MACHINE_ERROR : 0);
}

/**
 * Runs the workers to their end.
 * @returns what the command exits with
 * @throws UserError where there are fewer GPUs than workers
 */
export async function launchWorkers(launch: Launch): Promise<number> {
  const { restarts, args, argsToResume, say } = launch;
  const environmentOf = shares(launch);
  let ends = await attempt(launch, args, environmentOf);
  for (let i = 1; i <= restarts && ends.some(isBad) && isWorthRestarting(ends); i++) {
    const [first] = ends.filter(isBad);
    const how = first?.signal ?? `exit code ${first?.code ?? '?'}`;
    say(
      `worker ${first?.rank ?? '?'} ended by ${how}; start ${i} of ${restarts} from the last checkpoint`,
    );
    ends = await attempt(launch, argsToResume, environmentOf);
  }
  return exitCodeOf(ends);
}
