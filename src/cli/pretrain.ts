/** @file `ipcgan pretrain`. */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Resolved } from '../config/load';
import { PRETRAIN_RESUMABLE_KEYS } from '../config/schema';
import { readDataset } from '../data/dataset';
import { UserError } from '../errors';
import { openEngine } from '../engine/open-engine';
import { SIGNAL_EXIT_CODE } from '../runs/interrupt';
import { expectNoNetwork, givenAnew } from '../runs/resumed-config';
import { runFiles } from '../runs/run-dir';
import { printResult } from './print-result';
import { startingNetwork } from '../pretrain/starting-network';

/** Trains the identity network or the age classifier. */
export async function runPretrain(resolved: Resolved<'pretrain'>): Promise<number> {
  const { config } = resolved;
  // wrong paths are said before the engine loads and a teacher looks at every picture
  await readDataset(config.data);
  const directory = path.join('checkpoints', config.run);
  const holdsRun = existsSync(runFiles(directory).config);
  if (holdsRun && !config.resume)
    throw new UserError(
      `${directory}: expected no run there, got one. Add --resume to continue it, or choose another --run.`,
    );
  if (!holdsRun && config.resume)
    throw new UserError(
      `--resume: expected a run in ${directory}, got none. Check --run, or leave --resume out.`,
    );
  if (!holdsRun) expectNoNetwork(directory);
  if (config.resume) await givenAnew(resolved, directory, PRETRAIN_RESUMABLE_KEYS);
  startingNetwork(config);
  await openEngine({ device: config.device });
  const { pretrain } = await import('../pretrain/loop');
  const { step, classes, best, bestStep, heldOut, signal } = await pretrain(config, directory);
  const share = best.figures.held_out_accuracy;
  const percent = (part: number): string => `${(100 * part).toFixed(1)} %`;
  const right =
    best.loss === null
      ? 'no picture held out to measure it on'
      : share === undefined
        ? `best at ${bestStep}, held-out loss ${best.loss.toPrecision(4)} on ${heldOut} pictures`
        : `best at ${bestStep}, ${classes.length} classes, ${percent(share)} of ${heldOut} held-out pictures right (chance ${percent(1 / classes.length)})`;
  const summary = JSON.parse(await readFile(runFiles(directory).summary, 'utf8')) as object;
  printResult(
    config.json,
    { run: directory, ...summary, signal },
    `${directory}: ${config.task} network after ${step} steps, ${right}`,
  );
  return signal === null ? 0 : SIGNAL_EXIT_CODE[signal];
}
