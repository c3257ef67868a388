/** @file A sweep is a directory: its plan, made once, and where everything of a run lies. */

import { existsSync, statSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { resolveConfig } from '../config/load';
import { defaultOf } from '../config/key';
import type { Keys } from '../config/key';
import type { RawFlags } from '../config/read-settings';
import { VERB_KEYS } from '../config/schema';
import { checkSweep, isRange, problemsOfNew, readSweepFile } from '../config/sweep-file';
import type { Settings, SweepDefinition } from '../config/sweep-file';
import { misuse } from '../config/uses';
import { UserError } from '../errors';
import { replaceFile } from '../files/durable-write';
import { NewerFileError, refuseNewer } from '../files/format-version';
import { expandSweep } from './expand';
import type { PlannedRun } from './expand';
import { gpuProblem } from './gpus';
import { writeExperiment } from './tensorboard';

/** A sweep that is planned. */
export interface Sweep {
  /** Absolute. */
  readonly directory: string;
  readonly definition: SweepDefinition;
  readonly runs: readonly PlannedRun[];
  /** The sweep file as it was named. */
  readonly file: string;
  /** Where the sweep was started: paths in its settings are relative to it. */
  readonly cwd: string;
  /** Threads of a run's CPU kernels; the same for its whole life, since sums in another order have other last bits. */
  readonly threads: number;
  readonly launcher: 'local' | 'slurm';
}

const PLAN = 'plan.json';
/** Of the plan, and of the states of runs beside it. */
const FORMAT = 1;
const planSchema = z.object({
  format: z.literal(FORMAT),
  file: z.string(),
  cwd: z.string(),
  threads: z.number().int(),
  launcher: z.enum(['local', 'slurm']),
  definition: z.unknown(),
  runs: z.array(
    z.object({
      index: z.number(),
      name: z.string(),
      parameters: z.record(z.string(), z.unknown()),
    }),
  ),
});

/** What may not change once a sweep has started. */
const SPACE = [
  'base',
  'parameters',
  'method',
  'seed',
  'metric',
  'stop_early',
  'drawn_data',
  'evaluation',
] as const;

/** A run's own directory, as `ipcgan train` writes it. */
export const runDirectory = (
  { directory }: Pick<Sweep, 'directory'>,
  { name }: PlannedRun,
): string => path.join(directory, 'runs', name);
/** What a run writes on stdout and stderr. */
export const logFile = ({ directory }: Pick<Sweep, 'directory'>, { name }: PlannedRun): string =>
  path.join(directory, 'logs', `${name}.log`);
/** The data set that a sweep draws for itself. */
export const drawnDataDirectory = ({ directory }: Pick<Sweep, 'directory'>): string =>
  path.join(directory, 'data');

/** Settings of train that a run starts with. */
export function settingsOfRun(
  sweep: Pick<Sweep, 'directory' | 'definition'>,
  run: PlannedRun,
): Settings {
  const { base, drawn_data } = sweep.definition;
  const data = drawn_data === null ? {} : { data: drawnDataDirectory(sweep) };
  const settings: Settings = {
    ...base,
    ...data,
    ...run.parameters,
    checkpoint_dir: runDirectory(sweep, run),
  };
  // nothing is the default
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null));
}

/** Processes that train a run together. */
export const workersOf = (
  sweep: Pick<Sweep, 'directory' | 'definition'>,
  run: PlannedRun,
): number => Number(settingsOfRun(sweep, run).workers ?? 1);

/**
 * Settings of evaluate that a run is judged with: on the data and the device that it trains with, and on validation pictures, for a sweep
 * chooses, unless the sweep says otherwise.
 */
export function evaluationSettings(
  sweep: Pick<Sweep, 'directory' | 'definition'>,
  run: PlannedRun,
): Settings {
  const { data, device } = settingsOfRun(sweep, run);
  return {
    ...(data === undefined ? {} : { data }),
    ...(device === undefined ? {} : { device }),
    part: 'valid',
    ...sweep.definition.evaluation,
  };
}

/**
 * Settings as flags of the verb that runs: lists of numbers are one text. What others of them leave without a use is left out, for a
 * sweep may turn off in some runs what it sets for all.
 */
function toFlags(verb: 'train' | 'evaluate', settings: Settings): RawFlags {
  const keys: Keys = VERB_KEYS[verb];
  const valueOf = (name: string): unknown =>
    settings[name] ?? (keys[name] && defaultOf(keys[name]));
  return Object.fromEntries(
    Object.entries(settings)
      .filter(([name]) => misuse(verb, name, { valueOf, word: null }) === null)
      .map(([name, value]) => [name, typeof value === 'boolean' ? value : String(value)]),
  );
}

/** Settings as the words of a command line. */
export const toWords = (verb: 'train' | 'evaluate', settings: Settings): string[] => [
  verb,
  ...Object.entries(toFlags(verb, settings)).map(([name, value]) => `--${name}=${String(value)}`),
];

/** What to do where a range gave a setting of whole numbers a fraction. */
function adviceOf({ definition }: Sweep, { parameters }: PlannedRun, line: string): string {
  const isFraction = Object.entries(parameters).some(([name, value]) => {
    const parameter = definition.parameters[name];
    const isOfRange = parameter !== undefined && isRange(parameter);
    return (
      isOfRange && line.startsWith(`--${name}: expected a whole number`) && !Number.isInteger(value)
    );
  });
  return isFraction ? ' Take a range with `distribution: integer`, or list the values.' : '';
}

/** @throws UserError with every problem of a sweep that is to be started */
function checkRuns(sweep: Sweep): void {
  const problems = new Set<string>(problemsOfNew(sweep.file, sweep.definition));
  for (const run of sweep.runs) {
    const tooFew =
      sweep.launcher === 'slurm'
        ? gpuProblem(sweep.definition.slurm.gres, workersOf(sweep, run))
        : null;
    if (tooFew !== null) problems.add(`${sweep.file}: ${tooFew}`);
    try {
      resolveConfig('train', toFlags('train', settingsOfRun(sweep, run)));
      if (sweep.definition.evaluation !== null)
        resolveConfig('evaluate', toFlags('evaluate', evaluationSettings(sweep, run)));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      for (const line of error.message.split('\n'))
        problems.add(`${sweep.file}: run ${run.name}: ${line}${adviceOf(sweep, run, line)}`);
    }
  }
  if (problems.size > 0) throw new UserError([...problems].join('\n'));
}

/** Plans a sweep; writes nothing. @throws UserError with all problems of the file and of its runs */
export function planSweep(
  file: string,
  directory: string,
  { threads, launcher }: Pick<Sweep, 'threads' | 'launcher'>,
): Sweep {
  const definition = readSweepFile(file);
  const sweep = {
    directory: path.resolve(directory),
    definition,
    runs: expandSweep(file, definition),
    file,
    cwd: process.cwd(),
    threads,
    launcher,
  };
  checkRuns(sweep);
  return sweep;
}

/** Whether a directory holds a sweep. */
const holdsSweep = (directory: string): boolean => existsSync(path.join(directory, PLAN));

/** Writes the plan of a new sweep. @throws UserError when there is one */
export async function saveSweep({
  directory,
  definition,
  runs,
  file,
  cwd,
  threads,
  launcher,
}: Sweep): Promise<void> {
  if (holdsSweep(directory))
    throw new UserError(
      `--out: expected a directory without a sweep, got ${directory}. Go on with \`ipcgan sweep resume ${directory}\`, or choose another --out.`,
    );
  await mkdir(path.join(directory, 'logs'), { recursive: true });
  writeExperiment({ directory, definition, runs });
  await replaceFile(
    path.join(directory, PLAN),
    `${JSON.stringify({ format: FORMAT, file, cwd, threads, launcher, definition, runs }, null, 1)}\n`,
  );
}

/** Whether there is a file; what cannot be looked at is none. */
function isFile(file: string): boolean {
  try {
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** The definition as the sweep file has it now: limits may change, the space may not. @throws UserError naming what did */
function currentDefinition(file: string, planned: SweepDefinition): SweepDefinition {
  // it may be gone since
  if (!isFile(file)) return planned;
  const now = readSweepFile(file);
  const changed = SPACE.filter((key) => JSON.stringify(now[key]) !== JSON.stringify(planned[key]));
  if (changed.length > 0)
    throw new UserError(
      `${file}: expected what the sweep was started with, got another ${changed.join(', ')}. Restore the file, or start a new sweep with --out.`,
    );
  return now;
}

/** Keys of a sweep file that may name another file. */
const NAMES_A_FILE: ReadonlySet<string> = new Set(['base', 'slurm']);

/** A plan, and its runs as they are compared. @throws UserError for a text that is no plan */
function parsePlan(
  file: string,
  text: string,
): z.infer<typeof planSchema> & { readonly runsText: string } {
  try {
    const content: unknown = JSON.parse(text);
    refuseNewer(file, content, { key: 'format', newest: FORMAT });
    const plan = planSchema.parse(content);
    // a sweep file may name others; its plan has what they said
    for (const [key, value] of Object.entries(plan.definition ?? {}))
      if (typeof value === 'string' && NAMES_A_FILE.has(key))
        throw new Error(`a file for its ${key}, which no plan has`);
    // lists that are deep enough are too much for it
    return { ...plan, runsText: JSON.stringify(plan.runs) };
  } catch (cause) {
    if (cause instanceof NewerFileError) throw cause;
    const got = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    throw new UserError(
      `${file}: expected the plan of a sweep, got ${got}. Restore the file, or start a new sweep with --out.`,
      { cause },
    );
  }
}

/**
 * Opens a sweep that was planned, by its directory.
 * @param goesOn whether runs are to start: then limits come from the sweep file as it is now, and its space must be what it was
 * @throws UserError when there is none, or its space is not what it was
 */
export async function openSweep(directory: string, goesOn = true): Promise<Sweep> {
  const planFile = path.join(directory, PLAN);
  const text = await readFile(planFile, 'utf8').catch(() => null);
  if (text === null)
    throw new UserError(
      `sweep: expected the directory of a sweep, got ${directory}, which has no ${PLAN}. Start one with \`ipcgan sweep run FILE\`.`,
    );
  const plan = parsePlan(planFile, text);
  const planned = checkSweep(planFile, plan.definition);
  const runs = expandSweep(planFile, planned);
  if (JSON.stringify(runs) !== plan.runsText)
    throw new UserError(
      `${planFile}: expected the runs that its definition gives, got others. Restore the file, or start a new sweep with --out.`,
    );
  const definition = goesOn
    ? currentDefinition(path.resolve(plan.cwd, plan.file), planned)
    : planned;
  return {
    directory: path.resolve(directory),
    definition,
    runs,
    file: plan.file,
    cwd: plan.cwd,
    threads: plan.threads,
    launcher: plan.launcher,
  };
}
