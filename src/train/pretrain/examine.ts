/** @file Examines a network on the held-out pictures of its lesson. */

import { tf } from '../../engine/tf';
import { concatenated } from '../../data/batches';
import type { LabelledPicture } from '../../data/classification-data';
import { plainBatches, toImages } from '../../data/labelled-batches';
import { spread } from '../../data/spread';
import { DESCRIPTOR_SIZE } from '../../data/prepare/describe-face';
import { accuracyOf, confusionMatrix, perClass, withinOne } from '../../eval/classification';
import type { ConfusionMatrix } from '../../eval/classification';
import { correlation, pairDistances, verification } from '../../eval/pair-distances';
import { isResolvable } from '../../eval/verification';
import type { Lesson } from './lesson';
import { runPupil } from './pupil';
import type { Outputs, Pupil } from './pupil';

/** What came out. */
export interface Examination {
  /** Null where no picture is held out. */
  readonly loss: number | null;
  /** What the best network is chosen by: the higher the better; null where no picture is held out. */
  readonly score: number | null;
  /** Null where the lesson has no classes. */
  readonly confusion: ConfusionMatrix | null;
  /** Numbers by name, for logs, summary.json and MODEL.md. */
  readonly figures: Readonly<Record<string, number>>;
}

/** Pictures that pairs are made of: pairs grow with their square, and conv5 has a hundred times as many numbers as fc7. */
const PAIRED = { fc7: 2000, conv5: 500 } as const;
type PairedLayer = keyof typeof PAIRED;

/** Activations of the pictures that are compared in a layer, a row each in their order. */
type Activations = Readonly<Record<PairedLayer, Float32Array[]>>;
type Compared = Readonly<Record<PairedLayer, ReadonlySet<LabelledPicture>>>;

const comparedOf = (pictures: readonly LabelledPicture[], layers: readonly PairedLayer[]): Compared => {
  const part = (layer: PairedLayer) => new Set(layers.includes(layer) ? spread(pictures, PAIRED[layer]) : []);
  return { fc7: part('fc7'), conv5: part('conv5') };
};

/** Runs pictures through a network; `use` is lent the outputs of each batch. */
async function forEachBatch(
  pupil: Pupil,
  { data }: Lesson,
  pictures: readonly LabelledPicture[],
  batchSize: number,
  use: (outputs: Outputs, batch: readonly LabelledPicture[]) => Promise<void>,
): Promise<void> {
  for await (const batch of plainBatches(data.rootFolder, pictures, batchSize)) {
    const images = toImages(batch);
    const outputs = tf.tidy(() => runPupil(pupil, images));
    await use(outputs, batch.pictures);
    tf.dispose([images, ...Object.values(outputs)]);
  }
}

/** Keeps the rows of a batch that are compared. */
async function keepActivations(
  kept: Activations,
  outputs: Outputs,
  pictures: readonly LabelledPicture[],
  compared: Compared,
): Promise<void> {
  for (const layer of ['fc7', 'conv5'] as const) {
    const tensor = outputs[layer];
    const isKept = pictures.map((picture) => compared[layer].has(picture));
    if (!tensor || !isKept.includes(true)) continue;
    const [values, size] = [(await tensor.data()) as Float32Array, tensor.size / pictures.length];
    kept[layer].push(...isKept.flatMap((isRow, i) => (isRow ? [values.slice(i * size, (i + 1) * size)] : [])));
  }
}

interface Answers {
  readonly loss: number | null;
  readonly labels: number[];
  readonly guesses: number[];
  readonly activations: Activations;
}

async function heldOutAnswers(pupil: Pupil, lesson: Lesson, batchSize: number, compared: Compared): Promise<Answers> {
  const [labels, guesses, activations]: [number[], number[], Activations] = [[], [], { fc7: [], conv5: [] }];
  let sum = 0;
  await forEachBatch(pupil, lesson, lesson.data.heldOut, batchSize, async (outputs, pictures) => {
    const targets = lesson.targets(pictures);
    const loss = lesson.loss(outputs, targets);
    sum += ((await loss.data())[0] ?? NaN) * pictures.length;
    const scores = lesson.classes && outputs[lesson.classes];
    if (scores) {
      const best = tf.tidy(() => tf.argMax(scores, 1));
      guesses.push(...(await best.data()));
      best.dispose();
    }
    if (lesson.descriptors) await keepActivations(activations, outputs, pictures, compared);
    labels.push(...pictures.map(({ label }) => label));
    tf.dispose([loss, targets.classes, targets.descriptors].filter((tensor) => tensor !== null));
  });
  return { loss: labels.length === 0 ? null : sum / labels.length, labels, guesses, activations };
}

/** Numbers of one picture in a layer. */
const widthOf = ({ model, outputs }: Pupil, layer: PairedLayer): number =>
  (model.outputs[outputs.indexOf(layer)]?.shape ?? []).slice(1).reduce<number>((product, side) => product * (side ?? 1), 1);

/** How distances in the layers agree with the teacher's. */
function teacherFigures(pupil: Pupil, { descriptors }: Lesson, activations: Activations, compared: Compared): Record<string, number> {
  const figures: Record<string, number> = {};
  for (const layer of ['fc7', 'conv5'] as const) {
    if (!descriptors || activations[layer].length === 0) continue;
    const vectors = { values: concatenated(activations[layer]), size: widthOf(pupil, layer) };
    const taught = concatenated([...compared[layer]].flatMap(({ name }) => descriptors.get(name) ?? []));
    const distances = pairDistances({ values: taught, size: DESCRIPTOR_SIZE }, 'euclidean');
    const agreement = correlation(pairDistances(vectors, 'cosine'), distances);
    // one pair, or none, agrees with nothing
    if (Number.isFinite(agreement)) figures[`${layer}_teacher_correlation`] = agreement;
  }
  return figures;
}

/** How well the layers verify people that the network has never seen. */
async function verificationFigures(
  pupil: Pupil,
  lesson: Lesson,
  batchSize: number,
  layers: readonly PairedLayer[],
): Promise<Record<string, number>> {
  const { strangers } = lesson.data;
  const activations: Activations = { fc7: [], conv5: [] };
  const compared = comparedOf(strangers, layers);
  await forEachBatch(pupil, lesson, strangers, batchSize, (outputs, pictures) => keepActivations(activations, outputs, pictures, compared));
  const figures: Record<string, number> = {};
  for (const layer of layers) {
    if (activations[layer].length === 0) continue;
    const distances = pairDistances({ values: concatenated(activations[layer]), size: widthOf(pupil, layer) }, 'cosine');
    const verified = verification(
      distances,
      strangers.map(({ label }) => label),
    );
    if (!verified) continue;
    const { differentPairs } = verified;
    figures[`${layer}_auc`] = verified.auc;
    if (isResolvable(0.01, differentPairs)) figures[`${layer}_tar_at_far_1_percent`] = verified.tarAtFar1;
    if (isResolvable(0.001, differentPairs)) figures[`${layer}_tar_at_far_0.1_percent`] = verified.tarAtFar01;
  }
  return figures;
}

/** @param isLast computes what takes longer, too: the distances of conv5 */
export async function examine(pupil: Pupil, lesson: Lesson, batchSize: number, isLast = false): Promise<Examination> {
  const { classes, data } = lesson;
  const layers: readonly PairedLayer[] = isLast ? ['fc7', 'conv5'] : ['fc7'];
  const compared = comparedOf(data.heldOut, layers);
  const { loss, labels, guesses, activations } = await heldOutAnswers(pupil, lesson, batchSize, compared);
  const confusion = classes && labels.length > 0 ? confusionMatrix(labels, guesses, data.classes.length) : null;
  const figures: Record<string, number> = {
    ...(loss === null ? {} : { held_out_loss: loss }),
    ...teacherFigures(pupil, lesson, activations, compared),
    ...(await verificationFigures(pupil, lesson, batchSize, layers)),
  };
  if (confusion) {
    figures.held_out_accuracy = accuracyOf(confusion);
    if (classes === 'age') {
      figures.held_out_within_one = withinOne(confusion);
      for (const [group, value] of perClass(confusion).entries())
        if (Number.isFinite(value)) figures[`held_out_accuracy_group_${group}`] = value;
    }
  }
  return { loss, score: figures.held_out_accuracy ?? (loss === null ? null : -loss), confusion, figures };
}
