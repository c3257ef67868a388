/** @file Examines a network on the held-out pictures of its lesson. */

import { tf } from '../../engine/tf';
import { concatenated } from '../../data/batches';
import { heldOutBatches, toImages } from '../../data/labelled-batches';
import { DESCRIPTOR_SIZE } from '../../data/prepare/describe-face';
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

/** Pictures that pairs are made of: pairs grow with their square, and conv5 has a hundred times as many numbers as fc7. */
const PAIRED = { fc7: 2000, conv5: 500 } as const;

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
    const pictures = all.names.length;
    if (outputs.fc7 && pictures < PAIRED.fc7) all.fc7.push((await outputs.fc7.data()) as Float32Array);
    if (withConv5 && outputs.conv5 && pictures < PAIRED.conv5) all.conv5.push((await outputs.conv5.data()) as Float32Array);
    all.labels.push(...batch.pictures.map(({ label }) => label));
    all.names.push(...batch.pictures.map(({ name }) => name));
    tf.dispose([loss, images, targets.classes, targets.descriptors].filter((tensor) => tensor !== null));
    tf.dispose(Object.values(outputs));
  }
  return all;
}

/** Rows of several batches end to end, with their width. */
function joined(batches: readonly Float32Array[], size: number): { values: Float32Array; size: number } {
  return { values: concatenated(batches), size };
}

/** Numbers of one picture in a layer. */
const widthOf = (pupil: Pupil, layer: 'fc7' | 'conv5'): number =>
  (pupil.model.outputs[pupil.outputs.indexOf(layer)]?.shape ?? []).slice(1).reduce<number>((product, side) => product * (side ?? 1), 1);

/** How distances in fc7 and conv5 agree with the teacher's, or tell people apart. */
function identityFigures(pupil: Pupil, { descriptors, classes }: Lesson, found: Collected): Record<string, number> {
  const figures: Record<string, number> = {};
  for (const layer of ['fc7', 'conv5'] as const) {
    if (found[layer].length === 0 || (!descriptors && classes !== 'new_2')) continue;
    const vectors = joined(found[layer], widthOf(pupil, layer));
    const pictures = vectors.values.length / vectors.size;
    const distances = pairDistances(vectors, 'cosine');
    if (descriptors) {
      const taught = found.names.slice(0, pictures).flatMap((name) => descriptors.get(name) ?? []);
      figures[`${layer}_teacher_correlation`] = correlation(distances, pairDistances(joined(taught, DESCRIPTOR_SIZE), 'euclidean'));
      continue;
    }
    const verified = verification(distances, found.labels.slice(0, pictures));
    if (!verified) continue;
    figures[`${layer}_auc`] = verified.auc;
    figures[`${layer}_tar_at_far_1_percent`] = verified.tarAtFar1;
    figures[`${layer}_tar_at_far_0.1_percent`] = verified.tarAtFar01;
  }
  return figures;
}

/** @param isLast computes what takes longer, too: the distances of conv5 */
export async function examine(pupil: Pupil, lesson: Lesson, batchSize: number, isLast = false): Promise<Examination> {
  const { classes, data } = lesson;
  const found = await collect(pupil, lesson, batchSize, isLast);
  const loss = found.losses.reduce((sum, value) => sum + value, 0) / Math.max(1, found.labels.length);
  const confusion = classes && found.labels.length > 0 ? confusionMatrix(found.labels, found.guesses, data.classes.length) : null;
  const figures: Record<string, number> = { held_out_loss: loss, ...identityFigures(pupil, lesson, found) };
  if (confusion) {
    figures.held_out_accuracy = accuracyOf(confusion);
    if (classes === 'age') {
      figures.held_out_within_one = withinOne(confusion);
      perClass(confusion).forEach((value, group) => Number.isFinite(value) && (figures[`held_out_accuracy_group_${group}`] = value));
    }
  }
  return { loss, score: figures.held_out_accuracy ?? -loss, confusion, figures };
}
