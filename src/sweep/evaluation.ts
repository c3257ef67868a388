/** @file The evaluation of a sweep's runs: each run's checkpoint at a rung judged by `ipcgan evaluate`, and what it found. */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createEventWriter } from 'tensorboard-logger-ts';
import { z } from 'zod';
import { UserError } from '../errors';
import { PAGE_FILE } from '../eval/report/page';
import { refuseNewer } from '../files/format-version';
import { RECORD_FILE, RECORD_VERSION } from '../eval/report/record';
import { EVALUATION_FOLDER } from '../runs/run-dir';
import type { PlannedRun } from './expand';
import { evaluationSettings, runDirectory, toWords } from './plan';
import type { Sweep } from './plan';

const directoryOf = (run: string, step: number): string =>
  path.join(run, EVALUATION_FOLDER, String(step));

/** Whether a run needs no evaluation after so many steps: the sweep wants none, or it is there. The page is written last. */
export function isEvaluated(sweep: Sweep, run: PlannedRun, step: number): boolean {
  if (sweep.definition.evaluation === null) return true;
  const directory = directoryOf(runDirectory(sweep, run), step);
  return [RECORD_FILE, PAGE_FILE].every((name) => existsSync(path.join(directory, name)));
}

/** The words of the command that evaluates a run's checkpoint after so many steps. */
export function evaluateCommand(sweep: Sweep, run: PlannedRun, step: number): string[] {
  const directory = runDirectory(sweep, run);
  const own = { checkpoint_dir: directory, step, out: directoryOf(directory, step) };
  return toWords('evaluate', { ...evaluationSettings(sweep, run), ...own });
}

/** @throws UserError for a text that is no evaluation */
function parseEvaluation(file: string, text: string): { readonly step?: unknown } {
  try {
    return z.looseObject({ step: z.unknown() }).parse(JSON.parse(text));
  } catch (cause) {
    throw new UserError(
      `${file}: expected an evaluation, got ${text.slice(0, 80)}. Remove its folder: \`ipcgan sweep resume\` makes it again.`,
      { cause },
    );
  }
}

/**
 * What an evaluation says of a run's checkpoint after so many steps, be it the sweep's own or one made by hand; null where there is none.
 * @throws UserError for a damaged one
 */
export async function readEvaluation(directory: string, step: number): Promise<object | null> {
  for (const folder of [directoryOf(directory, step), path.join(directory, EVALUATION_FOLDER)]) {
    const file = path.join(folder, RECORD_FILE);
    const text = await readFile(file, 'utf8').catch(() => null);
    const record = text === null ? null : parseEvaluation(file, text);
    refuseNewer(file, record, RECORD_VERSION);
    if (record?.step === step) return record;
  }
  return null;
}

/** The figures of an evaluation that are numbers, by name. */
export function figuresOf(record: object | null): Record<string, number> {
  const { figures } = (record ?? {}) as { figures?: Readonly<Record<string, unknown>> | null };
  return Object.fromEntries(
    Object.entries(figures ?? {}).flatMap(([name, figure]) => {
      const value = (figure as { value?: unknown } | null)?.value;
      return typeof value === 'number' ? [[name, value]] : [];
    }),
  );
}

/** Shows an evaluation's figures in TensorBoard beside the run's own scalars, as `evaluate --all_steps` does. */
export async function logEvaluation(directory: string, step: number): Promise<void> {
  const figures = Object.entries(figuresOf(await readEvaluation(directory, step)));
  if (figures.length === 0) return;
  const writer = createEventWriter({ directory: path.join(directory, EVALUATION_FOLDER) });
  for (const [name, value] of figures) writer.scalar(`${EVALUATION_FOLDER}/${name}`, value, step);
  writer.close();
}
