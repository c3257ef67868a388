/** @file Data sets of drawn people for the tests. */

import path from 'node:path';
import { readDataset } from '../../src/data/dataset';
import type { Dataset } from '../../src/data/dataset';
import { prepareDataset } from '../../src/data/prepare/prepare-dataset';
import { syntheticSource } from '../../src/data/sources/synthetic/synthetic';
import { runCli } from './cli';
import { PREPARE } from './prepare';
import { copyShared } from './shared-folder';

/** `people` drawn people at ten ages each, a fifth of the people, or of the pictures, for testing, and as many for validation. */
export async function drawnDataset(
  folder: string,
  people: number,
  split: 'identity' | 'image' = 'identity',
  validationShare = 0.2,
): Promise<Dataset> {
  const make = async (shared: string): Promise<void> => {
    const out = path.join(shared, 'data');
    const source = await syntheticSource(path.join(out, 'images'), { people, seed: 3 });
    await prepareDataset(source, { ...PREPARE, out, split, validationShare }, () => undefined);
  };
  await copyShared(`drawn-${people}-${split}-${validationShare}`, make, folder);
  return readDataset(path.join(folder, 'data'));
}

/** The people of {@link preparedDataset}: of eight one is held out for validation, and two for testing. */
export const PREPARED_PEOPLE = 8;

/** What `ipcgan prepare synthetic` makes of eight people, 80 pictures: 50 to learn from, 10 to choose by, 20 to test on. @param out where it goes */
export const preparedDataset = (out: string): Promise<void> =>
  copyShared(
    'prepared',
    (shared) => {
      const flags = [`--people=${PREPARED_PEOPLE}`, '--test_share=0.25', '--pairs=40'];
      const { status, stdout, stderr } = runCli(
        ['prepare', 'synthetic', '--out=.', ...flags],
        shared,
      );
      expect([status, stdout, status === 0 ? '' : stderr]).toEqual([
        0,
        expect.stringContaining('80 scanned = 80 kept + 0 rejected'),
        '',
      ]);
    },
    out,
  );
