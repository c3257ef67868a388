/** @file `ipcgan test`. */

import type { Resolved } from '../config/load';
import type { VerbConfig } from '../config/schema';
import { areMany } from '../config/verbs/many';
import { realPathOf } from '../files/real-path';
import { startCounter } from './counter';
import { printResult, say } from './print-result';
import { taskCommand } from './task';

/** How the generator is opened. */
const openingOf = (config: VerbConfig<'test'>) => ({
  step: config.step,
  generatorWeights: config.generator_weights,
  ageBounds: config.age_bounds,
  batchNorm: config.batch_norm,
  companions: config.train_data_dir,
  device: config.device,
});

/** Ages the crops, or with `--align` the photographs, of a folder or a list, as many. */
async function runTestMany(resolved: Resolved<'test'>): Promise<number> {
  const { config } = resolved;
  const { list, save_dir: out, checkpoint_dir: model, align, show_mask: showMask } = config;
  const { folderOfPictures, listOfPictures } = await import('../ageing/many/pictures');
  const { modelDigest } = await import('../ageing/many/model-digest');
  const { ageManyPictures } = await import('./age-many');
  const source =
    list === null
      ? folderOfPictures(config.test_data_dir, out, {
          folder: '--test_data_dir',
          out: '--save_dir',
        })
      : listOfPictures(list);
  const opening = openingOf(config);
  const isByBatch = config.batch_norm === 'batch';
  return ageManyPictures({
    source,
    out,
    config,
    check: () => modelDigest(model, opening),
    open: async () => {
      const { openAger, chosenGroups } = await import('../ageing/ager');
      const { cropAger, photographAger } = await import('../ageing/many/picture-agers');
      const weights = await modelDigest(model, opening);
      const ager = await openAger(model, opening);
      const { label, note } = ager;
      const dispose = (): void => ager.dispose();
      try {
        if (note !== null) say(note);
        const groups = chosenGroups(config.groups, ager.groupNames.length, '--groups');
        const { face, min_face: minFace } = config;
        const how = { groups, out, showMask };
        return {
          ager: align ? photographAger(ager, { ...how, face, minFace }) : cropAger(ager, how),
          label,
          settings: {
            images: source.root,
            form: align ? 'photographs' : 'crops',
            weights,
            groups: groups.map((group) => ager.groupNames[group]).join(),
            batch_norm: config.batch_norm,
            companions: isByBatch ? realPathOf(config.train_data_dir) : null,
            ...(align ? { face, min_face: minFace } : {}),
            show_mask: showMask,
          },
          dispose,
        };
      } catch (error) {
        dispose();
        throw error;
      }
    },
    command: taskCommand('test', [], resolved),
  });
}

/** Ages the faces of a folder. */
export async function runTest(resolved: Resolved<'test'>): Promise<number> {
  const { config } = resolved;
  if (areMany(config)) return runTestMany(resolved);
  const { openAger, chosenGroups } = await import('../ageing/ager');
  const { passedOver } = await import('../ageing/companions');
  const ager = await openAger(config.checkpoint_dir, openingOf(config));
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
