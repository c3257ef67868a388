/** @file `ipcgan import`. */

import type { Resolved } from '../config/load';
import { ageGroupNames } from '../data/age-groups';
import { openEngine } from '../engine/open-engine';
import { checkImportPlaces } from '../weights/import-places';
import { printResult, say } from './print-result';

/** Turns a TensorFlow 1 checkpoint, or Caffe's arrays of AlexNet, into layers models. */
export async function runImport({ config }: Resolved<'import'>): Promise<number> {
  await checkImportPlaces(config.from, config.to);
  await openEngine({ device: config.device });
  const { boundsOfTf1 } = await import('../ageing/open-generator');
  const { importCheckpoint } = await import('../weights/import-checkpoint');
  const { written, unused } = await importCheckpoint(config.from, config.to, {
    channelOrder: config.channel_order,
    meanRgb: config.mean,
    ageGroupsOf: (count) => {
      const ageBounds = boundsOfTf1(count, config.age_bounds, config.from);
      return { ageBounds, groupNames: ageGroupNames(ageBounds) };
    },
  });
  for (const name of unused) say(`not imported: ${name}`);
  const rest = unused.length > 0 ? `; ${unused.length} variables not imported` : '';
  printResult(
    config.json,
    { to: config.to, written, not_imported: unused },
    `${config.to}: ${written.join(', ')}${rest}`,
  );
  return 0;
}
