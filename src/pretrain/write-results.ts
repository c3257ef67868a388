/** @file What a pretraining run says of its network: summary.json, MODEL.md, curves and the confusion matrix as pictures. */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { EventWriter } from 'tensorboard-logger-ts';
import type { PretrainConfig } from '../config/schema';
import { confusionPicture, MOST_WITH_TEXT } from '../pages/confusion-picture';
import { curveChart } from '../pages/curve-chart';
import type { Dataset } from '../data/dataset';
import { replaceFile } from '../files/durable-write';
import { runFiles } from '../runs/run-dir';
import type { PretrainTask } from './task';
import { modelCard } from './model-card';
import type { PretrainOutcome } from './loop';

/** What {@link writeResults} reports on. */
export interface PretrainResults {
  readonly config: PretrainConfig;
  readonly dataset: Dataset;
  readonly task: PretrainTask;
  readonly outcome: PretrainOutcome;
}

const CURVES: readonly (readonly [title: string, keys: readonly string[]])[] = [
  ['loss', ['loss', 'held_out_loss']],
  [
    'held-out share',
    ['held_out_accuracy', 'held_out_within_one', 'fc7_auc', 'fc7_teacher_correlation'],
  ],
];

/** Told apart by readers without red or green, too. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7'] as const;
const CURVE_STYLE = {
  width: 640,
  height: 300,
  colour: (i: number): string => COLOURS[i % COLOURS.length] ?? '',
  hasLegend: true,
};

/** One chart of losses and one of shares, from metrics.jsonl. */
async function writeCurves(directory: string): Promise<void> {
  const { metrics } = runFiles(directory);
  // a run that is stopped before its first logged step has none
  const lines = existsSync(metrics) ? (await readFile(metrics, 'utf8')).trim().split('\n') : [];
  const records = lines
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, number>);
  for (const [title, keys] of CURVES) {
    const curves = keys.map((name) => ({
      name,
      points: records.flatMap((record) =>
        record[name] === undefined ? [] : [[record.step ?? 0, record[name]] as const],
      ),
    }));
    const shown = curves.filter(({ points }) => points.length > 0);
    if (shown.length > 0)
      await replaceFile(
        path.join(directory, `${title.replaceAll(' ', '-')}.svg`),
        curveChart(title, shown, CURVE_STYLE),
      );
  }
}

/** Writes everything into the run's directory, and the confusion matrix to TensorBoard. */
export async function writeResults(
  directory: string,
  reported: PretrainResults,
  writer: EventWriter,
): Promise<void> {
  const { config, task, outcome } = reported;
  const { step, bestStep, best, test, classes, heldOut } = outcome;
  const figures = { ...best.figures, ...test.figures };
  // where no picture of the classes is in the test part, as of people, those that chose are shown
  const confusion = test.confusion ?? best.confusion;
  const counted = task.classes ? classes.length : null;
  const summary = {
    task: config.task,
    step,
    best_step: bestStep,
    classes: counted,
    held_out: heldOut,
    test: task.data.test.pictures.length,
    ...figures,
    // of many people it is millions of zeros
    confusion: classes.length <= MOST_WITH_TEXT ? confusion : null,
  };
  await replaceFile(runFiles(directory).summary, `${JSON.stringify(summary)}\n`);
  for (const [name, value] of Object.entries(figures)) writer.scalar(`best/${name}`, value, step);
  if (confusion) {
    const picture = await confusionPicture(confusion, classes);
    await replaceFile(path.join(directory, 'confusion.png'), picture.png);
    writer.image('confusion', picture, step);
  }
  await writeCurves(directory);
  await replaceFile(path.join(directory, 'MODEL.md'), modelCard(reported));
}
