/** @file The judges of an evaluation as its settings name them, with what they have said of photographs already. */

import path from 'node:path';
import type { VerbConfig } from '../../config/schema';
import type { Dataset } from '../../data/dataset';
import { deepFaceFile } from './judge-files';
import { openPanel } from './open-panel';
import type { LoadJudge } from './open-panel';
import { openObservationCache } from './panel';
import type { ObservationCache, Panel } from './panel';
import { loadAgeJudge } from './load-age-judge';
import { loadDeepFaceJudge } from './load-deepface';

type JudgeSettings = Pick<VerbConfig<'evaluate'>, 'judge' | 'weights' | 'age_judge' | 'cache_dir'>;

/** A judge of identity before the usual ones, where another was asked for. */
function firstJudges(settings: JudgeSettings): LoadJudge[] {
  const weights = deepFaceFile(settings);
  return weights === null ? [] : [() => loadDeepFaceJudge(weights, '--weights')];
}

/** The caller disposes the panel. @throws UserError where weights are not there or do not fit */
export async function openJudges(
  settings: JudgeSettings,
  dataset: Dataset,
  ageBounds: readonly number[],
): Promise<{ readonly panel: Panel; readonly cache: ObservationCache }> {
  const { age_judge: ageJudge, cache_dir: cacheDir } = settings;
  const others = ageJudge === null ? [] : [() => loadAgeJudge(ageJudge, ageBounds)];
  const panel = await openPanel(firstJudges(settings), others);
  const folder = cacheDir ?? path.join(dataset.directory, 'judged');
  return { panel, cache: await openObservationCache(folder, panel) };
}
