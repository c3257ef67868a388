/** @file `ipcgan age`. */

import type { Resolved } from '../config/load';
import { areMany } from '../config/verbs/many';
import { watchInterrupts } from '../runs/interrupt';
import { chosenModel } from './chosen-model';
import { startCounter } from './counter';
import { exitCodeAfter } from './exit-code';
import { printResult, say } from './print-result';
import { taskCommand } from './task';
import type { AgedPhotograph } from '../ageing/age-files';

const line = ({ photograph, pictures, faces }: AgedPhotograph): string =>
  `${photograph}, ${faces.length} ${faces.length === 1 ? 'face' : 'faces'}: ${pictures.map(({ file }) => file).join('  ')}`;

/** Ages the photographs of a folder or a list, as many. */
async function runAgeMany(resolved: Resolved<'age'>, paths: readonly string[]): Promise<number> {
  const { config } = resolved;
  const { list, out, min_face: minFace, show_mask: showMask } = config;
  const [folder = ''] = paths;
  const { folderOfPictures, listOfPictures } = await import('../ageing/many/pictures');
  const { modelDigest } = await import('../ageing/many/model-digest');
  const { ageManyPictures } = await import('./age-many');
  const source =
    list === null
      ? folderOfPictures(folder, out, { folder: 'age', out: '--out' })
      : listOfPictures(list);
  const model = chosenModel(config.model);
  const opening = { device: config.device, flag: '--model' };
  return ageManyPictures({
    source,
    out,
    config,
    check: () => modelDigest(model, opening),
    open: async () => {
      const { openAger } = await import('../ageing/ager');
      const { photographAger } = await import('../ageing/many/picture-agers');
      const { targetGroups } = await import('../ageing/target-groups');
      const weights = await modelDigest(model, opening);
      const ager = await openAger(model, opening);
      const { label } = ager;
      const dispose = (): void => ager.dispose();
      try {
        const groups = targetGroups(config.to, ager.groupNames, ager.ageBounds);
        const settings = {
          images: source.root,
          form: 'photographs',
          weights,
          groups: groups.map((group) => ager.groupNames[group]).join(),
          min_face: minFace,
          show_mask: showMask,
        };
        const how = { groups, out, minFace, showMask };
        return { ager: photographAger(ager, how), label, settings, dispose };
      } catch (error) {
        dispose();
        throw error;
      }
    },
    command: taskCommand('age', paths, resolved),
  });
}

/** Ages the faces of photographs, and says where the results are. */
export async function runAge(
  resolved: Resolved<'age'>,
  _word: string | null,
  paths: readonly string[],
): Promise<number> {
  const { config } = resolved;
  if (areMany(config)) return runAgeMany(resolved, paths);
  const { findPhotographs } = await import('../ageing/photograph-files');
  const files = await findPhotographs(paths, config.out);
  const model = chosenModel(config.model);
  const { openAger } = await import('../ageing/ager');
  const { ageFiles } = await import('../ageing/age-files');
  const { targetGroups } = await import('../ageing/target-groups');
  const ager = await openAger(model, { device: config.device, flag: '--model' });
  const counter = startCounter('ageing', 'photographs');
  const interrupts = watchInterrupts((signal) => say(`${signal}: finishing this photograph`));
  try {
    if (ager.note !== null) say(`${ager.note}, a flag of \`ipcgan test\``);
    const settings = {
      groups: targetGroups(config.to, ager.groupNames, ager.ageBounds),
      out: config.out,
      minFace: config.min_face,
      showMask: config.show_mask,
      isStopped: () => interrupts.signal() !== null,
    };
    const aged = await ageFiles(ager, files, settings, counter.onProgress);
    counter.stop();
    const { photographs, sheet, leftOut } = aged;
    for (const problem of leftOut) say(`left out: ${problem}`);
    const signal = interrupts.signal();
    printResult(
      config.json,
      { out: config.out, model: ager.label, sheet, photographs, left_out: leftOut, signal },
      [...photographs.map(line), ...(sheet === null ? [] : [`all faces: ${sheet}`])].join('\n'),
    );
    return exitCodeAfter(signal);
  } finally {
    interrupts.stop();
    counter.stop();
    ager.dispose();
  }
}
