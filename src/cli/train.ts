/** @file `ipcgan train`. */

import type { Resolved } from '../config/load';
import { formatSeconds } from '../runs/progress';
import { checkPretrainedFiles } from '../train/check-pretrained';
import { withFoundInputs } from '../train/found-inputs';
import { lossTermsOf } from '../train/open-step';
import { withShippedNetworks } from '../train/shipped-networks';
import { openTrainingData, withDataset } from '../train/training-data';
import { exitCodeAfter } from './exit-code';
import { printResult, say as print } from './print-result';
import { isLauncher, isSilent, launchThisCommand, openEngineOfWorker } from './workers';

/** Checks everything that can be checked without the engine, then trains. */
export async function runTrain(resolved: Resolved<'train'>): Promise<number> {
  const started = Date.now();
  const say = isSilent(resolved.config) ? () => undefined : print;
  const { config: found, notes } = withFoundInputs(resolved);
  const filled = await withDataset(found);
  const data = await openTrainingData(filled);
  // one's own networks come before those of the package
  const { config, note } = withShippedNetworks(filled, resolved.given, lossTermsOf(filled));
  checkPretrainedFiles(config);
  if (!isLauncher(config))
    [...notes, ...(note === null ? [] : [note])].forEach((line) => say(line));
  if (config.dry_run) {
    printResult(config.json, config, JSON.stringify(config, null, 2));
    return 0;
  }
  if (isLauncher(config)) return launchThisCommand(config);
  say(
    `training ${config.checkpoint_dir}: ${data.lists.sources.length} sources, ${data.heldOut.length} held-out faces`,
  );
  if (data.note !== null) say(`note: ${data.note}`);
  if (config.noise_dim !== 256 || config.feature_size !== 128)
    say('note: noise_dim and feature_size are accepted, but the graph does not use them');
  const team = await openEngineOfWorker(config);
  if (team !== null && team.rank > 0) {
    const { trainAlong } = await import('../train/train-along');
    return exitCodeAfter(await trainAlong(config, data, team));
  }
  const { trainLoop } = await import('../train/loop');
  const { step, checkpoint, signal } = await trainLoop(config, data, {}, team);
  const seconds = (Date.now() - started) / 1000;
  const result = { run: config.checkpoint_dir, step, checkpoint, signal, seconds };
  printResult(
    config.json,
    result,
    `${step} steps in ${formatSeconds(seconds)}; checkpoint ${checkpoint}`,
  );
  return exitCodeAfter(signal);
}
