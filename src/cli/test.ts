/** @file `ipcgan test`. */

import type { Resolved } from '../config/load';
import { startCounter } from './counter';
import { printResult, say } from './print-result';

/** Ages the faces of a folder. */
export async function runTest({ config }: Resolved<'test'>): Promise<number> {
  const { openAger, chosenGroups } = await import('../ageing/ager');
  const ager = await openAger(config.checkpoint_dir, {
    step: config.step,
    generatorWeights: config.generator_weights,
    ageBounds: config.age_bounds,
    batchNorm: config.batch_norm,
    companions: config.train_data_dir,
    device: config.device,
  });
  const { label, note, groupNames, isAverage } = ager;
  say(
    `ageing ${config.test_data_dir} with ${label}${isAverage ? ', the moving average of its weights' : ''}`,
  );
  if (note !== null) say(note);
  const settings = {
    testDir: config.test_data_dir,
    saveDir: config.save_dir,
    groups: chosenGroups(config.groups, groupNames.length, '--groups'),
    showMask: config.show_mask,
  };
  const { onProgress, stop } = startCounter('ageing', 'pictures');
  const age = async () => {
    if (!config.align)
      return (await import('../ageing/age-folder')).ageFolder(ager, settings, onProgress);
    const { agePhotographs } = await import('../ageing/age-photographs');
    const { face, min_face: minFace } = config;
    return agePhotographs(ager, { ...settings, face, minFace }, onProgress);
  };
  const { pictures, contactSheet, skipped } = await age().finally(() => {
    stop();
    ager.dispose();
  });
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
