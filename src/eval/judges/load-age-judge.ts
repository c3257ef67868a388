/** @file An age classifier from its files, as a judge. */

import { sha256Of } from '../../files/digest';
import { UserError } from '../../errors';
import { tf } from '../../engine/tf';
import { ageClassifierJudge } from './age-classifier';
import type { Judge } from './judge';
import { openWeights, checkAgeBounds } from '../../weights/weight-source';
import { ageLogits } from '../../models/age-classifier';
import { buildTrunk } from '../../models/alexnet';
import { widthsOf } from '../../models/alexnet-widths';
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
  const widths = await widthsOf(source);
  const trunk = buildTrunk(widths);
  const classifier = tf.model({
    inputs: trunk.image,
    outputs: ageLogits(trunk, ageGroups, widths),
    name: 'age_judge',
  });
  await loadWeights(namedWeights(classifier), source);
  const hash = sha256Of(Buffer.from(values.buffer, values.byteOffset, values.byteLength));
  return ageClassifierJudge(classifier, `age classifier ${hash.slice(0, HASH_DIGITS)}`);
}
