/** @file Real photographs scored as if a checkpoint had made them: writes real-as-outputs.json. */

import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Dataset } from '../data/dataset';
import { scoreRealAsOutputs } from './real-as-outputs';
import type { ScoredReal } from './real-as-outputs';
import type { GroupAges } from './age-accuracy';
import { chooseRealFaces, observeReal } from './test-set';
import { checkBounds } from './benchmark';
import type { Panel } from './judges/panel';
import { measureReferences } from './references';
import type { MeasuredReferences } from './references';
import type { EvaluateSettings, OnFace } from './evaluate-checkpoints';
import { openGenerator } from '../ageing/open-generator';
import { openJudges } from './judges/open-judges';
import { replaceFile } from '../files/durable-write';

/** One judge, one group: what it says of the photographs themselves, and of the same that came the way of outputs. */
export interface RealCheck {
  readonly judge: string;
  readonly group: string;
  readonly photographs: number;
  readonly as_photographs: Pick<GroupAges, 'mean' | 'error' | 'inGroup'>;
  readonly as_outputs: Pick<ScoredReal, 'mean' | 'error' | 'inGroup' | 'ageError'>;
}

/** Its name in the report's directory. */
export const REAL_FILE = 'real-as-outputs.json';

/** A line for each judge of ages and group. */
function checksOf(
  scored: readonly ScoredReal[],
  { judges }: Panel,
  { realAges }: MeasuredReferences,
  names: readonly string[],
): RealCheck[] {
  return scored.flatMap(
    ({ judge, group, photographs, mean, error, inGroup, ageError }): RealCheck[] => {
      const own = realAges[judges.findIndex(({ name }) => name === judge)]?.[group];
      if (!own) return [];
      return [
        {
          judge,
          group: names[group] ?? '',
          photographs,
          as_photographs: { mean: own.mean, error: own.error, inGroup: own.inGroup },
          as_outputs: { mean, error, inGroup, ageError },
        },
      ];
    },
  );
}

/**
 * Scores the real photographs of `reference`, or of the data, at the size that the checkpoint's pictures have.
 * @throws UserError where checkpoint, data or weights are not there or do not fit
 */
export async function evaluateReal(
  settings: EvaluateSettings,
  dataset: Dataset,
  reference: Dataset | null,
  onFace: OnFace,
): Promise<RealCheck[]> {
  const { seed, threshold, faces, real_faces: realFaces, out } = settings;
  const { step, age_bounds: given } = settings;
  const opened = await openGenerator(settings.checkpoint_dir, { step, ageBounds: given });
  // only what it says of itself is asked
  opened.dispose();
  const { imageSize, ageBounds } = opened;
  const from = reference ?? dataset;
  checkBounds(ageBounds, from, reference ? '--reference' : '--data');
  // a place that cannot be written to is said before anything is computed
  await mkdir(out, { recursive: true });
  const { panel, cache } = await openJudges(settings, dataset, ageBounds);
  try {
    const made = { part: 'test', faces, realFaces, seed, imageSize } as const;
    const chosen = await chooseRealFaces(from, made);
    const real = await observeReal(from, chosen, imageSize, cache, (done, total) =>
      onFace('real photographs', done, total),
    );
    const measured = measureReferences(panel, real, { ageBounds, threshold, seed });
    const scored = await scoreRealAsOutputs(panel, real, measured, made, (done, total) =>
      onFace('the same as outputs', done, total),
    );
    const checks = checksOf(scored, panel, measured, from.groupNames);
    const told = { data: from.directory, image_size: imageSize, seed, checks };
    await replaceFile(path.join(out, REAL_FILE), `${JSON.stringify(told)}\n`);
    return checks;
  } finally {
    panel.dispose();
  }
}
