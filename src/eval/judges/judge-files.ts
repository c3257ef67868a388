/** @file Looks for the files of an evaluation's judges, before anything heavy loads. */

import type { VerbConfig } from '../../config/schema';
import { UserError } from '../../errors';
import { findNetwork } from '../../weights/find-network';
import { checkSignature } from '../../weights/keras-h5';

/** Settings that say who judges. */
export type JudgeSettings = Pick<VerbConfig<'evaluate'>, 'judge' | 'weights' | 'age_judge'>;

/** The file of DeepFace's weights; null where DeepFace does not judge. @throws UserError where none is named */
export function deepFaceFile({
  judge,
  weights,
}: Pick<JudgeSettings, 'judge' | 'weights'>): string | null {
  if (judge === 'face-api') return null;
  if (weights !== null) return weights;
  throw new UserError(
    '--weights: expected the weights of DeepFace with --judge=deepface, got nothing. Give the .h5 that Keras wrote.',
  );
}

/** @throws UserError where a file is not named, not there, or plainly of another kind */
export async function checkJudgeFiles(settings: JudgeSettings): Promise<void> {
  const weights = deepFaceFile(settings);
  if (weights !== null) await checkSignature(weights, '--weights');
  if (settings.age_judge !== null) findNetwork(settings.age_judge, '--age_judge');
}
