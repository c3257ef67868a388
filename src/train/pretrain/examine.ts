/** @file Examines a network on the held-out pictures of its lesson. */

import { tf } from '../../engine/tf';
import { heldOutBatches, toImages } from '../../data/labelled-batches';
import { accuracyOf, confusionMatrix, perClass, withinOne } from '../../eval/classification';
import type { ConfusionMatrix } from '../../eval/classification';
import { correlation, pairDistances, verification } from '../../eval/pair-distances';
import type { Lesson } from './lesson';
import { runPupil } from './pupil';
import type { Pupil } from './pupil';

/** What came out; null for what the lesson does not have. */
export interface Examination {
  readonly loss: number;
  /** What the best network is chosen by: the higher the better. */
  readonly score: number;
  readonly confusion: ConfusionMatrix | null;
  /** Numbers by name, for logs, summary.json and MODEL.md. */
  readonly figures: Readonly<Record<string, number>>;
}

/** Most people and pictures that pairs are made of: pairs grow with the square. */
const MOST_PICTURES = 2000;

interface Collected {
  readonly losses: number[];
  readonly guesses: number[];
  readonly labels: number[];
  readonly names: string[];
  /** [N, width of fc7] row by row; empty without an identity head. */
  readonly fc7: Float32Array[];
  readonly conv5: Float32Array[];
}

async function collect(pupil: Pupil, lesson: Lesson, batchSize: number, withConv5: boolean): Promise<Collected> {
  const all: Collected = { losses: [], guesses: [], labels: [], names: [], fc7: [], conv5: [] };
  for await (const batch of heldOutBatches(lesson.data, batchSize)) {
    const targets = lesson.targets(batch.pictures);
    const images = toImages(batch);
    const outputs = tf.tidy(() => runPupil(pupil, images));
    const loss = lesson.loss(outputs, targets);
    all.losses.push(((await loss.data())[0] ?? NaN) * batch.pictures.length);
    if (lesson.classes) {
      const guesses = tf.tidy(() => tf.argMax(outputs[lesson.classes as 'age'] as tf.Tensor2D, 1));
      all.guesses.push(...(await guesses.data()));
      guesses.dispose();
    }
    const isKept = all.names.length < MOST_PICTURES;
    if (outputs.fc7 && isKept) all.fc7.push((await outputs.fc7.data()) as Float32Array);
    if (withConv5 && outputs.conv5 && isKept) all.conv5.push((await outputs.conv5.data()) as Float32Array);
    all.labels.push(...batch.pictures.map(({ label }) => label));
    all.names.push(...batch.pictures.map(({ name }) => name));
    tf.dispose([loss, images, targets.classes, targets.descriptors].filter((tensor) => tensor !== null));
    tf.dispose(Object.values(outputs));
  }
  return all;
}

function joined(rows: readonly Float32Array[], pictures: number): { values: Float32Array; size: number } {
  const values = new Float32Array(rows.reduce((sum, row) => sum + row.length, 0));
  let at = 0;
  for (const row of rows) {
    values.set(row, at);
    at += row.length;
  }
  return { values, size: values.length / Math.max(1, pictures) };
}

function identityFigures(lesson: Lesson, { fc7, conv5, names, labels }: Collected): Record<string, number> {
  const kept = names.slice(0, Math.ceil(MOST_PICTURES / 1));
  const figures: Record<string, number> = {};
  const teacher = lesson.descriptors;
  for (const [layer, rows] of [
    ['fc7', fc7],
    ['conv5', conv5],
  ] as const) {
    if (rows.length === 0 || kept.length < 2) continue;
    const vectors = joined(rows, Math.min(kept.length, names.length));
    const count = vectors.values.length / vectors.size;
    const distances = pairDistances(vectors, 'cosine');
    if (teacher) {
      const wanted = joined(
        kept.slice(0, count).map((name) => teacher.get(name) ?? new Float32Array()),
        count,
      );
      figures[`${layer}_teacher_correlation`] = correlation(distances, pairDistances(wanted, 'euclidean'));
    } else if (lesson.classes === 'new_2') {
      const verified = verification(distances, labels.slice(0, count));
      if (verified) {
        figures[`${layer}_auc`] = verified.auc;
        figures[`${layer}_tar_at_far_1_percent`] = verified.tarAtFar1;
        figures[`${layer}_tar_at_far_0.1_percent`] = verified.tarAtFar01;
      }
    }
  }
  return figures;
}

/** @param isLast computes what takes longer, too: the distances of conv5 */
export async function examine(pupil: Pupil, lesson: Lesson, batchSize: number, isLast = false): Promise<Examination> {
  const { classes, data } = lesson;
  const found = await collect(pupil, lesson, batchSize, isLast);
  const loss = found.losses.reduce((sum, value) => sum + value, 0) / Math.max(1, found.labels.length);
  const confusion = classes && found.labels.length > 0 ? confusionMatrix(found.labels, found.guesses, data.classes.length) : null;
  const figures: Record<string, number> = { held_out_loss: loss, ...identityFigures(lesson, found) };
  if (confusion) {
    figures.held_out_accuracy = accuracyOf(confusion);
    if (classes === 'age') {
      figures.held_out_within_one = withinOne(confusion);
      perClass(confusion).forEach((value, group) => Number.isFinite(value) && (figures[`held_out_accuracy_group_${group}`] = value));
    }
  }
  return { loss, score: figures.held_out_accuracy ?? -loss, confusion, figures };
}
