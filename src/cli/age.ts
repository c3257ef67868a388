/** @file `ipcgan age`. */

import type { Resolved } from '../config/load';
import { watchInterrupts } from '../runs/interrupt';
import { chosenModel } from './chosen-model';
import { startCounter } from './counter';
import { exitCodeAfter } from './exit-code';
import { printResult, say } from './print-result';
import type { AgedPhotograph } from '../ageing/age-files';

const line = ({ photograph, pictures, faces }: AgedPhotograph): string =>
  `${photograph}, ${faces.length} ${faces.length === 1 ? 'face' : 'faces'}: ${pictures.map(({ file }) => file).join('  ')}`;

/** Ages the faces of photographs, and says where the results are. */
export async function runAge(
  { config }: Resolved<'age'>,
  _word: string | null,
  paths: readonly string[],
): Promise<number> {
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
