/** @file An age classifier from its files, as a judge. */

import { sha256Of } from '../../files/digest';
import { UserError } from '../../errors';
import { ageClassifierJudge } from './age-classifier';
import type { Judge } from './judge';
import { openWeights, checkAgeBounds } from '../../weights/weight-source';
import { widthsOf } from '../../models/alexnet-widths';
import { buildAgeClassifier } from '../../models/perceptual-networks';
import { loadWeights, namedWeights } from '../../models/named-weights';
const HASH_DIGITS = 16;
const LAST_LAYER = 'alexnet/age_fc8/weights';

/**
 * Loads trunk and age head.
 * @param location a pretrain run of `--task=age`, or a TensorFlow 1 checkpoint that holds the trunk too
 * @param ageBounds last year of every group but the oldest of what it is to judge
 * @throws UserError when a variable is missing, or it knows other groups
 */
export async function loadAgeJudge(location: string, ageBounds: readonly number[]): Promise<Judge> {
  const ageGroups = ageBounds.length + 1;
  const source = await openWeights(location, '--age_judge');
  if (!source.names.has(LAST_LAYER))
    throw new UserError(
      `--age_judge: expected an age classifier, got ${location}, which has no ${LAST_LAYER}. Give a run of \`ipcgan pretrain --task=age\`.`,
    );
  const { shape, values } = await source.read(LAST_LAYER);
  if (shape[1] !== ageGroups)
    throw new UserError(
      `--age_judge: expected a classifier of ${ageGroups} age groups, got ${shape[1] ?? 'none'} in ${location}. Use one of the same groups.`,
    );
  checkAgeBounds(source, ageBounds, '--age_judge');
  const classifier = buildAgeClassifier(ageGroups, await widthsOf(source));
  await loadWeights(namedWeights(classifier), source);
  const hash = sha256Of(Buffer.from(values.buffer, values.byteOffset, values.byteLength));
  return ageClassifierJudge(classifier, `age classifier ${hash.slice(0, HASH_DIGITS)}`);
}
