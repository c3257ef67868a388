/** @file `ipcgan test`. */

import type { Resolved } from '../config/load';
import { startCounter } from './counter';
import { printResult, say } from './print-result';

/** Ages the faces of a folder. */
export async function runTest({ config }: Resolved<'test'>): Promise<number> {
  const { openAger, chosenGroups } = await import('../ageing/ager');
  const { passedOver } = await import('../ageing/companions');
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
  const groups = settings.groups.map((group) => ({ group, years: groupNames[group] ?? '' }));
  const { pictures, contactSheet, skipped, squeezed, renamed } = await age().finally(() => {
    stop();
    ager.dispose();
  });
  const passed = [...skipped, ...(await passedOver(config.test_data_dir))];
  for (const problem of passed) say(`left out: ${problem}`);
  for (const { name, results } of renamed)
    say(
      `note: the results of ${name} are called ${results}: those of another picture have its name`,
    );
  if (squeezed.length > 0)
    say(
      `note: not square, and squeezed into a square as in the original: ${squeezed.join(', ')}; crop them, or give photographs with --align`,
    );
  const leftOut = passed.length > 0 ? `, ${passed.length} left out` : '';
  const years = groups.map(({ group, years: of }) => `_${group}: ${of}`).join(', ');
  printResult(
    config.json,
    {
      save_dir: config.save_dir,
      checkpoint: label,
      pictures,
      groups,
      left_out: passed,
      squeezed,
      renamed,
      contact_sheet: contactSheet,
    },
    `${pictures} pictures aged in ${config.save_dir}${leftOut} (${years}); look at ${contactSheet}`,
  );
  return 0;
}
