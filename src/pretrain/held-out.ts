/** @file Measures a network on pictures that it did not learn from: those that choose the best one, and those that are reported on. */

import { tf } from '../engine/tf';
import { concatenated } from '../data/batches';
import type { LabelledPicture } from '../data/classification-data';
import { plainBatches, toImageTensor } from '../data/labelled-batches';
import { spread } from '../data/spread';
import { DESCRIPTOR_SIZE } from '../faces/descriptor';
import { accuracyOf, confusionMatrix, perClass, withinOne } from '../statistics/confusion';
import type { ConfusionMatrix } from '../statistics/confusion';
import { correlation, pairDistances, verification } from '../statistics/pair-distances';
import type { PretrainTask } from './task';
import type { AlexNetNetwork, Outputs } from '../models/alexnet-network';
import { runAlexNet } from '../models/alexnet-network';

/** What a network is measured on. */
interface MeasuredPictures {
  /** Pictures of the task's classes. */
  readonly pictures: readonly LabelledPicture[];
  /** People of whom none was learnt from, to verify. */
  readonly strangers: readonly LabelledPicture[];
  /** What the names of figures begin with, where they are of `pictures`. */
  readonly prefix: 'held_out_' | 'test_';
  /** What the names of figures of pairs begin with. */
  readonly pairPrefix: '' | 'test_';
}

/** What came out. */
export interface HeldOutFigures {
  /** Null where there is no picture. */
  readonly loss: number | null;
  /** What the best network is chosen by: the higher the better; null where there is no picture. */
  readonly score: number | null;
  /** Null where the task has no classes. */
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

const comparedOf = (
  pictures: readonly LabelledPicture[],
  layers: readonly PairedLayer[],
): Compared => {
  const part = (layer: PairedLayer) =>
    new Set(layers.includes(layer) ? spread(pictures, PAIRED[layer]) : []);
  return { fc7: part('fc7'), conv5: part('conv5') };
};

/** Runs pictures through a network; `use` is lent the outputs of each batch. */
async function forEachBatch(
  network: AlexNetNetwork,
  { data }: PretrainTask,
  pictures: readonly LabelledPicture[],
  batchSize: number,
  use: (outputs: Outputs, batch: readonly LabelledPicture[]) => Promise<void>,
): Promise<void> {
  for await (const batch of plainBatches(data.rootFolder, pictures, batchSize)) {
    const images = toImageTensor(batch);
    const outputs = tf.tidy(() => runAlexNet(network, images));
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
    const values = (await tensor.data()) as Float32Array;
    const size = tensor.size / pictures.length;
    kept[layer].push(
      ...isKept.flatMap((isRow, i) => (isRow ? [values.slice(i * size, (i + 1) * size)] : [])),
    );
  }
}

interface Answers {
  readonly loss: number | null;
  readonly labels: number[];
  readonly guesses: number[];
  readonly activations: Activations;
}

async function answersOn(
  network: AlexNetNetwork,
  task: PretrainTask,
  asked: readonly LabelledPicture[],
  batchSize: number,
  compared: Compared,
): Promise<Answers> {
  const labels: number[] = [];
  const guesses: number[] = [];
  const activations: Activations = { fc7: [], conv5: [] };
  let sum = 0;
  await forEachBatch(network, task, asked, batchSize, async (outputs, pictures) => {
    const targets = task.targets(pictures);
    const loss = task.loss(outputs, targets);
    sum += ((await loss.data())[0] ?? NaN) * pictures.length;
    const scores = task.classes && outputs[task.classes];
    if (scores) {
      const best = tf.tidy(() => tf.argMax(scores, 1));
      guesses.push(...(await best.data()));
      best.dispose();
    }
    if (task.descriptors) await keepActivations(activations, outputs, pictures, compared);
    labels.push(...pictures.map(({ label }) => label));
    tf.dispose([loss, targets.classes, targets.descriptors].filter((tensor) => tensor !== null));
  });
  return { loss: labels.length === 0 ? null : sum / labels.length, labels, guesses, activations };
}

/** Numbers of one picture in a layer. */
const widthOf = ({ model, outputs }: AlexNetNetwork, layer: PairedLayer): number =>
  (model.outputs[outputs.indexOf(layer)]?.shape ?? [])
    .slice(1)
    .reduce<number>((product, side) => product * (side ?? 1), 1);

/** How distances in the layers agree with the teacher's. */
function teacherFigures(
  network: AlexNetNetwork,
  { descriptors }: PretrainTask,
  activations: Activations,
  compared: Compared,
): Record<string, number> {
  const figures: Record<string, number> = {};
  for (const layer of ['fc7', 'conv5'] as const) {
    if (!descriptors || activations[layer].length === 0) continue;
    const vectors = { values: concatenated(activations[layer]), size: widthOf(network, layer) };
    const taught = concatenated(
      [...compared[layer]].flatMap(({ name }) => descriptors.get(name) ?? []),
    );
    const distances = pairDistances({ values: taught, size: DESCRIPTOR_SIZE }, 'euclidean');
    const agreement = correlation(pairDistances(vectors, 'cosine'), distances);
    // one pair, or none, agrees with nothing
    if (Number.isFinite(agreement)) figures[`${layer}_teacher_correlation`] = agreement;
  }
  return figures;
}

/** How well the layers verify people that the network has never seen. */
async function verificationFigures(
  network: AlexNetNetwork,
  task: PretrainTask,
  strangers: readonly LabelledPicture[],
  batchSize: number,
  layers: readonly PairedLayer[],
): Promise<Record<string, number>> {
  // all pairs are of one person, or none is: no network has to look at them
  const people = new Set(strangers.map(({ label }) => label)).size;
  if (people < 2 || people === strangers.length) return {};
  const activations: Activations = { fc7: [], conv5: [] };
  const compared = comparedOf(strangers, layers);
  await forEachBatch(network, task, strangers, batchSize, (outputs, pictures) =>
    keepActivations(activations, outputs, pictures, compared),
  );
  const figures: Record<string, number> = {};
  for (const layer of layers) {
    if (activations[layer].length === 0) continue;
    const distances = pairDistances(
      { values: concatenated(activations[layer]), size: widthOf(network, layer) },
      'cosine',
    );
    const verified = verification(
      distances,
      strangers.map(({ label }) => label),
    );
    if (!verified) continue;
    figures[`${layer}_auc`] = verified.auc;
    const { tarAtFar1, tarAtFar01 } = verified;
    if (tarAtFar1 !== null) figures[`${layer}_tar_at_far_1_percent`] = tarAtFar1;
    if (tarAtFar01 !== null) figures[`${layer}_tar_at_far_0.1_percent`] = tarAtFar01;
  }
  return figures;
}

/** Shares of right guesses, by name. */
function shareFigures(
  confusion: ConfusionMatrix,
  prefix: string,
  isOfAges: boolean,
): Record<string, number> {
  const figures: Record<string, number> = { [`${prefix}accuracy`]: accuracyOf(confusion) };
  if (!isOfAges) return figures;
  figures[`${prefix}within_one`] = withinOne(confusion);
  for (const [group, value] of perClass(confusion).entries())
    if (Number.isFinite(value)) figures[`${prefix}accuracy_group_${group}`] = value;
  return figures;
}

const prefixed = (
  figures: Readonly<Record<string, number>>,
  prefix: string,
): Record<string, number> =>
  Object.fromEntries(Object.entries(figures).map(([name, value]) => [`${prefix}${name}`, value]));

/** @param isLast computes what takes longer, too: the distances of conv5 */
async function measure(
  network: AlexNetNetwork,
  task: PretrainTask,
  { pictures, strangers, prefix, pairPrefix }: MeasuredPictures,
  batchSize: number,
  isLast: boolean,
): Promise<HeldOutFigures> {
  const { classes, data } = task;
  const layers: readonly PairedLayer[] = isLast ? ['fc7', 'conv5'] : ['fc7'];
  const compared = comparedOf(pictures, layers);
  const answers = await answersOn(network, task, pictures, batchSize, compared);
  const { loss, labels, guesses, activations } = answers;
  const confusion =
    classes && labels.length > 0 ? confusionMatrix(labels, guesses, data.classes.length) : null;
  const pairs = {
    ...teacherFigures(network, task, activations, compared),
    ...(await verificationFigures(network, task, strangers, batchSize, layers)),
  };
  return {
    loss,
    score: confusion ? accuracyOf(confusion) : loss === null ? null : -loss,
    confusion,
    figures: {
      ...(loss === null ? {} : { [`${prefix}loss`]: loss }),
      ...prefixed(pairs, pairPrefix),
      ...(confusion ? shareFigures(confusion, prefix, classes === 'age') : {}),
    },
  };
}

/** Measures a network on what the best one is chosen by. @param isLast computes what takes longer, too: the distances of conv5 */
export const measureHeldOut = (
  network: AlexNetNetwork,
  task: PretrainTask,
  batchSize: number,
  isLast = false,
): Promise<HeldOutFigures> => {
  const { heldOut: pictures, strangers } = task.data;
  const measured = { pictures, strangers, prefix: 'held_out_', pairPrefix: '' } as const;
  return measure(network, task, measured, batchSize, isLast);
};

/** Measures the chosen network on the test part, which chose nothing: names of figures begin with `test_`. */
export const measureTest = (
  network: AlexNetNetwork,
  task: PretrainTask,
  batchSize: number,
): Promise<HeldOutFigures> => {
  const measured = { ...task.data.test, prefix: 'test_', pairPrefix: 'test_' } as const;
  return measure(network, task, measured, batchSize, true);
};
