/** @file The judges of an evaluation as its settings name them, with what they have said of photographs already. */

import path from 'node:path';
import type { VerbConfig } from '../../config/schema';
import type { Dataset } from '../../data/dataset';
import type { Judge } from './judge';
import { deepFaceFile } from './judge-files';
import { openPanel } from './open-panel';
import { openObservationCache } from './panel';
import type { ObservationCache, Panel } from './panel';
import { loadAgeJudge } from './load-age-judge';
import { loadDeepFaceJudge } from './load-deepface';

type JudgeSettings = Pick<VerbConfig<'evaluate'>, 'judge' | 'weights' | 'age_judge' | 'cache_dir'>;

/** A judge of identity before the usual ones, where another was asked for. */
async function firstJudges(settings: JudgeSettings): Promise<Judge[]> {
  const weights = deepFaceFile(settings);
  return weights === null ? [] : [await loadDeepFaceJudge(weights, '--weights')];
}

/** @throws UserError where weights are not there or do not fit */
export async function openJudges(
  settings: JudgeSettings,
  dataset: Dataset,
  ageBounds: readonly number[],
): Promise<{ readonly panel: Panel; readonly cache: ObservationCache }> {
  const { age_judge: ageJudge, cache_dir: cacheDir } = settings;
  const others = ageJudge === null ? [] : [await loadAgeJudge(ageJudge, ageBounds)];
  const panel = await openPanel(await firstJudges(settings), others);
  return {
    panel,
    cache: await openObservationCache(cacheDir ?? path.join(dataset.directory, 'judged'), panel),
  };
}
