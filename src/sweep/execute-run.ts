/** @file One run up to one rung: a process of its own, started or continued, watched to its end, and judged. */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { mkdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { maxStepsOf } from '../config/sweep-file';
import { readLock } from '../files/directory-lock';
import { livenessOf, ownerOf } from '../files/process-owner';
import type { ProcessOwner } from '../files/process-owner';
import { SAME_SIGNAL_MILLISECONDS, SIGNAL_EXIT_CODE } from '../runs/interrupt';
import { RUN_LOCK, runFiles } from '../runs/run-dir';
import { CHECKPOINT_PREFIX, latestCheckpoint } from '../weights/checkpoint';
import { evaluateCommand, isEvaluated, logEvaluation } from './evaluation';
import type { PlannedRun } from './expand';
import { readMetric } from './metric';
import { logFile, runDirectory, settingsOfRun, toWords } from './plan';
import type { Sweep } from './plan';
import { readRunState, writeRunState } from './run-state';
import type { RunState } from './run-state';
import { resultAt, stepsAt } from './rungs';

/** What is started for `train …` and `evaluate …`: a program and what stands before the verb. */
export interface TrainerProgram {
  readonly program: string;
  readonly args: readonly string[];
}

/** How a process is started. */
export interface Execution {
  readonly trainer: TrainerProgram;
  /** Variables that this process gets beside the launcher's own: its GPU, or its threads. */
  readonly environment: Readonly<Record<string, string>>;
  /** Ends the process gracefully when it fires. */
  readonly stop: AbortSignal;
}

const TAIL_LINES = 8;
const TAIL_BYTES = 4000;
const DIVERGED = 4;
/** How often a process that another launcher started is looked at. */
const POLL_MILLISECONDS = 500;

/** Steps that a run trains to at a rung. */
const targetSteps = ({ definition }: Sweep, { parameters }: PlannedRun, rung: number): number =>
  stepsAt(definition, rung) ?? Number(parameters.max_steps ?? maxStepsOf(definition));

function trainCommand(sweep: Sweep, run: PlannedRun, target: number): string[] {
  const directory = runDirectory(sweep, run);
  if (existsSync(runFiles(directory).config))
    return ['train', `--checkpoint_dir=${directory}`, '--resume', `--max_steps=${target}`];
  return toWords('train', { ...settingsOfRun(sweep, run), max_steps: target });
}

/** Finished steps of the checkpoint that training would go on from, by the directory's name alone; -1 where there is none. */
async function savedSteps(directory: string): Promise<number> {
  const checkpoint = await latestCheckpoint(directory);
  return checkpoint === null
    ? -1
    : Number(path.basename(checkpoint).slice(CHECKPOINT_PREFIX.length));
}

/** What a run still needs to be done with a rung: a command to train or to evaluate, or nothing. */
async function nextCommand(sweep: Sweep, run: PlannedRun, rung: number): Promise<string[] | null> {
  const target = targetSteps(sweep, run, rung);
  if ((await savedSteps(runDirectory(sweep, run))) < target)
    return trainCommand(sweep, run, target);
  return isEvaluated(sweep, run, target) ? null : evaluateCommand(sweep, run, target);
}

async function startProcess(
  sweep: Sweep,
  run: PlannedRun,
  words: readonly string[],
  execution: Execution,
): Promise<ChildProcess> {
  const { trainer, environment } = execution;
  const log = logFile(sweep, run);
  await mkdir(path.dirname(log), { recursive: true });
  const descriptor = openSync(log, 'a');
  // a process group of its own, and a file instead of a pipe: it outlives its launcher
  const child = spawn(trainer.program, [...trainer.args, ...words], {
    cwd: sweep.cwd,
    detached: true,
    env: { ...process.env, ...environment },
    stdio: ['ignore', descriptor, descriptor],
  });
  closeSync(descriptor);
  return child;
}

/** The last lines of a log from where this process began to write. */
async function tailOf(log: string, from: number): Promise<string[]> {
  const content = await readFile(log).catch(() => Buffer.alloc(0));
  const text = content.subarray(Math.max(from, content.length - TAIL_BYTES)).toString('utf8');
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-TAIL_LINES);
}

/** The signal that a process ended by because it was asked to, whether it saved first or not; null where it ended otherwise. */
const askedBy = (code: number | null, signal: NodeJS.Signals | null): string | null =>
  Object.entries(SIGNAL_EXIT_CODE).find(
    ([name, ownCode]) => name === signal || ownCode === code,
  )?.[0] ?? null;

function reasonOf(
  verb: string,
  code: number | null,
  signal: NodeJS.Signals | null,
  tail: readonly string[],
): string {
  const where = verb === 'train' ? '' : `${verb}: `;
  const asked = askedBy(code, signal);
  if (asked !== null)
    return `${where}told to end by ${asked}, not by this sweep; \`ipcgan sweep resume\` goes on with it`;
  if (signal !== null) return `${where}killed by ${signal}`;
  const said = (
    tail.findLast((line) => line.startsWith('ipcgan')) ??
    tail.at(-1) ??
    'nothing said'
  ).replace(`ipcgan ${verb}: `, '');
  return code === DIVERGED ? `diverged: ${said}` : `${where}exit code ${code}: ${said}`;
}

/** The state of a run that has trained to a rung. */
async function finishRung(
  sweep: Sweep,
  run: PlannedRun,
  rung: number,
  state: RunState,
): Promise<RunState> {
  const target = targetSteps(sweep, run, rung);
  const directory = runDirectory(sweep, run);
  const reading = await readMetric(directory, sweep.definition.metric, target);
  if (sweep.definition.evaluation !== null) await logEvaluation(directory, target);
  const result = {
    rung,
    metric: reading?.value ?? null,
    step: target,
    ended_at: new Date().toISOString(),
  };
  return {
    ...state,
    status: 'pending',
    owner: null,
    reason: null,
    tail: [],
    results: [...state.results, result],
  };
}

/** Resolves when it has ended, or was told to. */
async function waitForOrphan(owner: ProcessOwner, stop: AbortSignal): Promise<void> {
  const onStop = (): void => void process.kill(owner.pid, 'SIGTERM');
  stop.addEventListener('abort', onStop);
  while (livenessOf(owner) === 'alive')
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
  stop.removeEventListener('abort', onStop);
}

/** Whether the sweep is told to stop, now or in a moment: Slurm, or whoever else tells all processes, may have told the run first. */
async function isToldToStop(stop: AbortSignal): Promise<boolean> {
  await delay(SAME_SIGNAL_MILLISECONDS, undefined, { signal: stop }).catch(() => undefined);
  return stop.aborted;
}

/** How a process of a run ended: well, told to stop, or the state of a run that failed. */
async function runProcess(
  sweep: Sweep,
  run: PlannedRun,
  words: readonly string[],
  state: RunState,
  execution: Execution,
): Promise<{ isDone: boolean; state: RunState }> {
  const started = Date.now();
  const log = logFile(sweep, run);
  const from = (await stat(log).catch(() => null))?.size ?? 0;
  const child = await startProcess(sweep, run, words, execution);
  const ended = new Promise<[number | null, NodeJS.Signals | null, Error | null]>((resolve) => {
    child.on('error', (error) => resolve([null, null, error]));
    child.on('close', (code, signal) => resolve([code, signal, null]));
  });
  if (child.pid !== undefined)
    await writeRunState(sweep.directory, run.name, {
      ...state,
      status: 'running',
      owner: ownerOf(child.pid),
    });
  const onStop = (): void => void child.kill('SIGTERM');
  execution.stop.addEventListener('abort', onStop);
  if (execution.stop.aborted) onStop();
  const [code, signal, error] = await ended;
  execution.stop.removeEventListener('abort', onStop);
  const after: RunState = {
    ...state,
    seconds: state.seconds + (Date.now() - started) / 1000,
    owner: null,
  };
  if (code === 0) return { isDone: true, state: after };
  const asked = askedBy(code, signal);
  // told to stop: it has saved, or does again what it was at, when it is resumed
  if (
    asked === null ? signal !== null && execution.stop.aborted : await isToldToStop(execution.stop)
  )
    return { isDone: false, state: { ...after, status: 'pending' } };
  const tail = await tailOf(log, from);
  const reason = error?.message ?? reasonOf(words[0] ?? '', code, signal, tail);
  // somebody else's wish is no failure of the run: it costs no retry
  const failures = asked === null ? state.failures + 1 : state.failures;
  return { isDone: false, state: { ...after, status: 'failed', failures, reason, tail } };
}

/** Trains and evaluates, one process after the other, as far as the rung wants it. */
async function reachRung(
  sweep: Sweep,
  run: PlannedRun,
  rung: number,
  idle: RunState,
  execution: Execution,
): Promise<RunState> {
  let state = idle;
  let before: string | null = null;
  for (;;) {
    const words = await nextCommand(sweep, run, rung);
    if (words === null) return finishRung(sweep, run, rung, state);
    if (execution.stop.aborted) return state;
    if (words[0] === before) {
      const reason = `${before}: exit code 0, but what it makes is not there`;
      return {
        ...state,
        status: 'failed',
        failures: state.failures + 1,
        reason,
        tail: await tailOf(logFile(sweep, run), 0),
      };
    }
    before = words[0] ?? '';
    const outcome = await runProcess(sweep, run, words, state, execution);
    if (!outcome.isDone) return outcome.state;
    state = outcome.state;
  }
}

/**
 * Trains a run to a rung, evaluates it where the sweep wants that, and writes down how that went; a process that a dead launcher left is waited for, not doubled.
 * A crash is the run's own: it is in the state that comes back, and nothing is thrown.
 */
export async function executeRun(
  sweep: Sweep,
  run: PlannedRun,
  rung: number,
  execution: Execution,
): Promise<RunState> {
  const before = await readRunState(sweep.directory, run.name);
  if (resultAt({ index: run.index, results: before.results }, rung)) return before;
  const owner = before.owner ?? (await readLock(runDirectory(sweep, run), RUN_LOCK));
  if (owner !== null) await waitForOrphan(owner, execution.stop);
  const idle: RunState = { ...before, status: 'pending', owner: null };
  const state = await reachRung(sweep, run, rung, idle, execution);
  await writeRunState(sweep.directory, run.name, state);
  return state;
}

/** Whether a run that failed is started again: what diverged would diverge again, bit for bit. */
export const mayRetry = ({ failures, reason }: RunState, retries: number): boolean =>
  failures <= retries && reason?.startsWith('diverged') !== true;
