/** @file What a pretraining run says of its network: summary.json. */

import path from 'node:path';
import type { EventWriter } from 'tensorboard-logger-ts';
import type { PretrainConfig } from '../../config/schema';
import type { Dataset } from '../../data/prepare/dataset';
import { replaceFile } from '../run-dir';
import type { Lesson } from './lesson';
import type { PretrainOutcome } from './pretrain';

/** Writes the figures. */
export async function writeReport(
  directory: string,
  config: PretrainConfig,
  _dataset: Dataset,
  lesson: Lesson,
  { step, bestStep, best, classes, heldOut }: PretrainOutcome,
  _writer: EventWriter,
): Promise<void> {
  const summary = { task: config.task, step, best_step: bestStep, classes: lesson.classes ? classes.length : null, held_out: heldOut, ...best.figures, confusion: best.confusion };
  await replaceFile(path.join(directory, 'summary.json'), `${JSON.stringify(summary)}\n`);
}
