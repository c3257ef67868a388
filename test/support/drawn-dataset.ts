/** @file A data set of drawn people for the tests. */

import path from 'node:path';
import { readDataset } from '../../src/data/dataset';
import type { Dataset } from '../../src/data/dataset';
import { prepareDataset } from '../../src/data/prepare/prepare-dataset';
import { syntheticSource } from '../../src/data/sources/synthetic/synthetic';
import { PREPARE } from './prepare';

/** `people` drawn people at ten ages each, a fifth of the people for testing, or of the pictures. */
export async function drawnDataset(
  folder: string,
  people: number,
  split: 'identity' | 'image' = 'identity',
): Promise<Dataset> {
  const source = await syntheticSource(path.join(folder, 'images'), { people, seed: 3 });
  const out = path.join(folder, 'data');
  await prepareDataset(source, { ...PREPARE, out, split }, () => undefined);
  return readDataset(out);
}
