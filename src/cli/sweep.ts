/** @file `ipcgan sweep`. */

import { availableParallelism } from 'node:os';
import path from 'node:path';
import type { Resolved } from '../config/load';
import type { VerbConfig } from '../config/schema';
import { readSweepFile } from '../config/sweep-file';
import { ensureEngine } from '../engine/install/ensure';
import { cancelLocally } from '../sweep/cancel';
import { effectSentence, effectsOf } from '../sweep/effects';
import type { TrainerProgram } from '../sweep/execute-run';
import { launchLocally } from '../sweep/launch-local';
import type { LaunchOutcome } from '../sweep/launch-local';
import { cancelOnSlurm, launchOnSlurm } from '../sweep/launch-slurm';
import { openSweep, planSweep, saveSweep, workersOf } from '../sweep/plan';
import type { Sweep } from '../sweep/plan';
import { writeSweepPage } from '../sweep/sweep-page';
import { runSlurmTask } from '../sweep/slurm-task';
import { planSlots, threadsEach, visibleGpus } from '../sweep/slots';
import { summarizeSweep, writeSummary } from '../sweep/summary';
import { plannedTable, summaryTable } from '../sweep/text-table';
import { exitCodeAfter, EXIT_FOUND_WRONG } from './exit-code';
import { printResult, say } from './print-result';

type SweepConfig = VerbConfig<'sweep'>;

/** This very command, for the processes of the runs. */
const TRAINER: TrainerProgram = {
  program: process.execPath,
  args: [path.join(__dirname, 'index.js')],
};

/** A new sweep as the file and the flags describe it. */
function planNew({ path: file, out, parallel, launcher }: SweepConfig): Sweep {
  const directory = out ?? path.join('sweeps', path.parse(file).name);
  const { limits, slurm } = readSweepFile(file);
  const threads =
    launcher === 'slurm'
      ? slurm.cpus
      : threadsEach(availableParallelism(), parallel ?? limits.parallel);
  return planSweep(file, directory, { threads, launcher });
}

/** What is known now, as a table or as JSON. */
async function tell(sweep: Sweep, isJson: boolean): Promise<void> {
  const summary = await summarizeSweep(sweep);
  printResult(isJson, summary, summaryTable(summary, sweep.definition));
  for (const effect of await effectsOf(sweep, summary.runs)) say(effectSentence(effect));
}

async function report(sweep: Sweep): Promise<number> {
  const summary = await summarizeSweep(sweep);
  await writeSummary(sweep, summary);
  await writeSweepPage(sweep, summary);
  return summary.runs.filter(({ status }) => status === 'failed').length;
}

/** Processes of this machine, each with its GPU or its threads. */
async function launchHere(sweep: Sweep, parallel: number): Promise<LaunchOutcome> {
  const { base } = sweep.definition;
  await ensureEngine(base.device === 'cuda' ? 'cuda' : base.device === 'cpu' ? 'cpu' : 'auto');
  const gpus = base.device === 'cpu' ? [] : visibleGpus();
  const workers = Math.max(...sweep.runs.map((run) => workersOf(sweep, run)));
  return launchLocally(sweep, TRAINER, planSlots(parallel, sweep.threads, gpus, workers), say);
}

/** Runs what is left, then reports. */
async function launch(sweep: Sweep, config: SweepConfig): Promise<number> {
  const parallel = config.parallel ?? sweep.definition.limits.parallel;
  const { signal, isOutOfTime } = await (sweep.launcher === 'slurm'
    ? launchOnSlurm(sweep, TRAINER, parallel, say)
    : launchHere(sweep, parallel));
  const failed = await report(sweep);
  await tell(sweep, config.json);
  say(`report: ${path.join(sweep.directory, 'report.html')}`);
  if (signal === null && failed > 0 && !isOutOfTime) return EXIT_FOUND_WRONG;
  return exitCodeAfter(signal);
}

async function runNew(config: SweepConfig): Promise<number> {
  const sweep = planNew(config);
  if (config.dry_run) {
    // the plan is the result here
    printResult(config.json, sweep.runs, plannedTable(sweep.definition, sweep.runs));
    return 0;
  }
  say(plannedTable(sweep.definition, sweep.runs));
  say(`${sweep.runs.length} runs in ${sweep.directory}`);
  await saveSweep(sweep);
  return launch(sweep, config);
}

async function cancel(sweep: Sweep, isJson: boolean): Promise<number> {
  const told = sweep.launcher === 'slurm' ? cancelOnSlurm(sweep) : await cancelLocally(sweep);
  const what =
    sweep.launcher === 'slurm' ? 'taken off the cluster: job' : 'told to save and stop: process';
  printResult(
    isJson,
    { cancelled: told },
    told.length > 0 ? `${what} ${told.join(', ')}` : 'nothing of it runs',
  );
  return 0;
}

/** Runs, follows, resumes, stops or reports a sweep. */
export async function runSweep(
  { config }: Resolved<'sweep'>,
  word: string | null,
): Promise<number> {
  if (word === 'run') return runNew(config);
  const sweep = await openSweep(config.path, word === 'resume' || word === 'task');
  if (word === 'task') return runSlurmTask(sweep, config.rung, config.index, TRAINER);
  if (word === 'resume' && !config.dry_run) return launch(sweep, config);
  if (word === 'cancel') return cancel(sweep, config.json);
  if (word === 'report') await report(sweep);
  await tell(sweep, config.json);
  return 0;
}
