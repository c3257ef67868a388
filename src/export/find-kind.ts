/** @file What there is to export at a place: a generator, or a pretrained network. */

import path from 'node:path';
import { findGenerator } from '../ageing/open-generator';
import { GIVEN, isSavedModel } from '../weights/find-network';
import { openWeights } from '../weights/weight-source';

/** In every AlexNet, and in no generator. */
const OF_ALEXNET = 'alexnet/conv1/weights';

/**
 * Looks without opening an engine.
 * @param model as `--model` names it
 * @throws UserError where there is neither
 */
export async function findKind(model: string): Promise<'generator' | 'network'> {
  const isOneNetwork = isSavedModel(model) || isSavedModel(path.join(model, GIVEN));
  if (isOneNetwork && (await openWeights(model, '--model')).names.has(OF_ALEXNET)) return 'network';
  await findGenerator(model, { flag: '--model' });
  return 'generator';
}
