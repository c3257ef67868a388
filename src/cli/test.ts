/** @file `ipcgan test`. */

import type { Resolved } from '../config/load';
import type { TestConfig } from '../config/schema';
import { openEngine } from '../engine/open-engine';
import { UserError } from '../errors';
import { noteOnLabels } from '../ageing/label-note';
import { startCounter } from './counter';
import { printResult, say } from './print-result';

/** The groups asked for, or all but the youngest. */
function groupsOf({ groups }: TestConfig, count: number): readonly number[] {
  const wrong = groups.filter((group) => group < 0 || group >= count);
  if (wrong.length > 0)
    throw new UserError(
      `--groups: expected age groups from 0 to ${count - 1}, got ${wrong.join(', ')}. 0 is the youngest.`,
    );
  return groups.length > 0
    ? [...new Set(groups)]
    : Array.from({ length: count - 1 }, (_, i) => i + 1);
}

/** Ages the faces of a folder. */
export async function runTest({ config }: Resolved<'test'>): Promise<number> {
  await openEngine({ device: config.device });
  const { openGenerator } = await import('../ageing/open-generator');
  const { foldBatchNorm } = await import('../models/fold-batch-norm');
  const {
    generator: trained,
    imageSize,
    ageBounds,
    label,
  } = await openGenerator(config.checkpoint_dir, { step: config.step });
  const generator = config.batch_norm === 'moving' ? foldBatchNorm(trained) : trained;
  say(`ageing ${config.test_data_dir} with ${label}`);
  const note = await noteOnLabels(config.checkpoint_dir, config.batch_norm);
  if (note !== null) say(note);
  const settings = {
    testDir: config.test_data_dir,
    saveDir: config.save_dir,
    imageSize,
    ageBounds,
    companionDir: config.batch_norm === 'batch' ? config.train_data_dir : null,
    groups: groupsOf(config, ageBounds.length + 1),
  };
  const { onProgress: onPicture, stop } = startCounter('ageing', 'pictures');
  const age = async () => {
    if (!config.align)
      return (await import('../ageing/age-folder')).ageFolder(generator, settings, onPicture);
    const { loadFaceFinder } = await import('../faces/detect');
    const { agePhotographs } = await import('../ageing/age-photographs');
    const align = { face: config.face, minFace: config.min_face, isTight: false };
    return agePhotographs(generator, await loadFaceFinder(), settings, align, onPicture);
  };
  const { pictures, contactSheet, skipped } = await age().finally(stop);
  for (const problem of skipped) say(`left out: ${problem}`);
  const leftOut = skipped.length > 0 ? `, ${skipped.length} left out` : '';
  printResult(
    config.json,
    {
      save_dir: config.save_dir,
      checkpoint: label,
      pictures,
      left_out: skipped,
      contact_sheet: contactSheet,
    },
    `${pictures} pictures aged in ${config.save_dir}${leftOut}; look at ${contactSheet}`,
  );
  return 0;
}
