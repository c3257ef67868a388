/** @file A data set of drawn people for the tests. */

import path from 'node:path';
import { readDataset } from '../../src/data/dataset';
import type { Dataset } from '../../src/data/dataset';
import { prepareDataset } from '../../src/data/prepare/prepare-dataset';
import { syntheticSource } from '../../src/data/sources/synthetic/synthetic';
import { PREPARE } from './prepare';

/** `people` drawn people at ten ages each, a fifth of the people, or of the pictures, for testing, and as many for validation. */
export async function drawnDataset(
  folder: string,
  people: number,
  split: 'identity' | 'image' = 'identity',
  validationShare = 0.2,
): Promise<Dataset> {
  const source = await syntheticSource(path.join(folder, 'images'), { people, seed: 3 });
  const out = path.join(folder, 'data');
  await prepareDataset(source, { ...PREPARE, out, split, validationShare }, () => undefined);
  return readDataset(out);
}
