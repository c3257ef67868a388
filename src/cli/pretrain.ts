/** @file `ipcgan pretrain`. */

import { readFile } from 'node:fs/promises';
import type { Resolved } from '../config/load';
import { readDataset } from '../data/dataset';
import { directoryOfRun } from '../runs/resumed-config';
import { runFiles } from '../runs/run-dir';
import { exitCodeAfter } from './exit-code';
import { printResult } from './print-result';
import { isLauncher, launchThisCommand, openEngineOfWorker } from './workers';
import type { PretrainOutcome } from '../pretrain/loop';
import { startingNetwork } from '../pretrain/starting-network';

const percent = (part: number): string => `${(100 * part).toFixed(1)} %`;

/** What came of it, in words: on the test part, or, where it has no picture of the classes, on what chose the network. */
function resultOf({ classes, best, test, bestStep, heldOut, tested }: PretrainOutcome): string {
  if (best.loss === null && test.loss === null) return 'no picture held out to measure it on';
  const isTested = test.loss !== null;
  const loss = (isTested ? test.loss : best.loss) ?? NaN;
  const share = isTested ? test.figures.test_accuracy : best.figures.held_out_accuracy;
  const pictures = isTested ? `${tested} test pictures` : `${heldOut} held-out pictures`;
  return share === undefined
    ? `best at ${bestStep}, loss ${loss.toPrecision(4)} on ${pictures}`
    : `best at ${bestStep}, ${classes.length} classes, ${percent(share)} of ${pictures} right (chance ${percent(1 / classes.length)})`;
}

/** Trains the identity network or the age classifier. */
export async function runPretrain({ config }: Resolved<'pretrain'>): Promise<number> {
  // wrong paths are said before the engine loads and a teacher looks at every picture
  await readDataset(config.data, config.root_folder);
  const directory = directoryOfRun(config.run);
  startingNetwork(config);
  if (isLauncher(config)) return launchThisCommand(config);
  const team = await openEngineOfWorker(config);
  if (team !== null && team.rank > 0) {
    const { pretrainAlong } = await import('../pretrain/train-along');
    return exitCodeAfter(await pretrainAlong(config, team));
  }
  const { pretrain } = await import('../pretrain/loop');
  const outcome = await pretrain(config, directory, team);
  const summary = JSON.parse(await readFile(runFiles(directory).summary, 'utf8')) as object;
  printResult(
    config.json,
    { run: directory, ...summary, signal: outcome.signal },
    `${directory}: ${config.task} network after ${outcome.step} steps, ${resultOf(outcome)}`,
  );
  return exitCodeAfter(outcome.signal);
}
