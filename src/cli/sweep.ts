/** @file `ipcgan sweep`. */

import { availableParallelism } from 'node:os';
import path from 'node:path';
import type { Resolved } from '../config/load';
import type { VerbConfig } from '../config/schema';
import { readSweepFile } from '../config/sweep-file';
import { ensureEngine } from '../engine/install/ensure';
import { SIGNAL_EXIT_CODE } from '../train/interrupt';
import { cancelLocally } from '../train/sweep/cancel';
import type { Trainer } from '../train/sweep/execute-run';
import { launchLocally } from '../train/sweep/launch-local';
import { openSweep, planSweep, saveSweep } from '../train/sweep/plan';
import type { Sweep } from '../train/sweep/plan';
import { writeReport } from '../train/sweep/report';
import { planSlots, threadsEach, visibleGpus } from '../train/sweep/slots';
import { summarizeSweep, writeSummary } from '../train/sweep/summary';
import { plannedTable, summaryTable } from '../train/sweep/text-table';

type SweepConfig = VerbConfig<'sweep'>;

/** This very command, for the processes of the runs. */
const TRAINER: Trainer = { program: process.execPath, args: [path.join(__dirname, 'index.js')] };

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** A new sweep as the file and the flags describe it. */
function planNew({ path: file, out, parallel }: SweepConfig): Sweep {
  const directory = out ?? path.join('sweeps', path.parse(file).name);
  const { limits } = readSweepFile(file);
  return planSweep(file, directory, threadsEach(availableParallelism(), parallel ?? limits.parallel));
}

/** What is known now, as a table or as JSON. */
async function tell(sweep: Sweep, isJson: boolean): Promise<void> {
  const summary = await summarizeSweep(sweep);
  print(isJson ? JSON.stringify(summary) : summaryTable(summary, sweep.definition));
}

async function report(sweep: Sweep): Promise<number> {
  const summary = await summarizeSweep(sweep);
  await writeSummary(sweep, summary);
  await writeReport(sweep, summary);
  return summary.runs.filter(({ status }) => status === 'failed').length;
}

/** Runs what is left, then reports. */
async function launch(sweep: Sweep, { parallel, json }: SweepConfig): Promise<number> {
  const { base, limits } = sweep.definition;
  await ensureEngine(base.device === 'cuda' ? 'cuda' : base.device === 'cpu' ? 'cpu' : 'auto');
  const gpus = base.device === 'cpu' ? [] : visibleGpus();
  const slots = planSlots(parallel ?? limits.parallel, sweep.threads, gpus);
  const { signal, isOutOfTime } = await launchLocally(sweep, TRAINER, slots, say);
  const failed = await report(sweep);
  await tell(sweep, json);
  say(`report: ${path.join(sweep.directory, 'report.html')}`);
  if (signal !== null) return SIGNAL_EXIT_CODE[signal];
  return failed > 0 && !isOutOfTime ? 1 : 0;
}

async function runNew(config: SweepConfig): Promise<number> {
  const sweep = planNew(config);
  say(plannedTable(sweep.definition, sweep.runs));
  say(`${sweep.runs.length} runs in ${sweep.directory}`);
  if (config.dry_run) return 0;
  await saveSweep(sweep);
  return launch(sweep, config);
}

async function cancel(sweep: Sweep): Promise<number> {
  const told = await cancelLocally(sweep);
  print(told.length > 0 ? `told to save and stop: process ${told.join(', ')}` : 'nothing of it runs');
  return 0;
}

/** Runs, follows, resumes, stops or reports a sweep. */
export async function runSweep({ config }: Resolved<'sweep'>, word: string | null): Promise<number> {
  if (word === null || word === 'run') return runNew(config);
  const sweep = await openSweep(config.path);
  if (word === 'resume') return launch(sweep, config);
  if (word === 'cancel') return cancel(sweep);
  if (word === 'report') await report(sweep);
  await tell(sweep, config.json);
  return 0;
}
