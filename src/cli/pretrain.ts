/** @file `ipcgan pretrain`. */

import { readFile } from 'node:fs/promises';
import type { Resolved } from '../config/load';
import { readDataset } from '../data/dataset';
import { openEngine } from '../engine/open-engine';
import { directoryOfRun } from '../runs/resumed-config';
import { runFiles } from '../runs/run-dir';
import { exitCodeAfter } from './exit-code';
import { printResult } from './print-result';
import { startingNetwork } from '../pretrain/starting-network';

/** Trains the identity network or the age classifier. */
export async function runPretrain({ config }: Resolved<'pretrain'>): Promise<number> {
  // wrong paths are said before the engine loads and a teacher looks at every picture
  await readDataset(config.data);
  const directory = directoryOfRun(config.run);
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
  return exitCodeAfter(signal);
}
