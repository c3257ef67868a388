/** @file The network that pretraining trains: AlexNet's trunk and the heads that the task needs, and the plain network that is saved. */

import { tf } from '../../engine/tf';
import { UserError } from '../../errors';
import type { PretrainConfig } from '../../config/schema';
import { DESCRIPTOR_SIZE } from '../../data/prepare/describe-face';
import type { WeightSource } from '../../models/named-weights';
import { ageLogits } from '../../models/age-classifier';
import { buildFc6, buildPeopleLogits, buildTrunk, dense, linear, NO_TRAINING_LAYERS } from '../../models/alexnet';
import type { AlexNetWidths, TrainingLayers } from '../../models/alexnet';
import { widthsOf } from '../../models/alexnet-widths';
import { alexNetStddev } from '../../models/alexnet-init';
import { foldAlexNet, insertBatchNorm } from '../../models/fold-alexnet';
import { initializeWeights } from '../../models/initialize';
import { isTrainable, loadWeights, namedWeights } from '../../models/named-weights';

/** What of AlexNet there is. */
export interface PupilShape {
  readonly widths: AlexNetWidths;
  /** fc6 and fc7; the descriptor and the people stand on them. */
  readonly hasIdentity: boolean;
  readonly hasDescriptor: boolean;
  /** Logits of new_2, or null. */
  readonly people: number | null;
  readonly ageGroups: number | null;
}

/** A network, and the outputs that it has by name. */
export interface Pupil {
  readonly model: tf.LayersModel;
  readonly outputs: readonly OutputName[];
  readonly weights: ReadonlyMap<string, tf.Variable>;
}
export type OutputName = 'conv5' | 'fc7' | 'descriptor' | 'new_2' | 'age';

/** What the parts have while they are trained. */
export type PupilTraining = Readonly<Record<'trunk' | 'identity' | 'age', TrainingLayers>>;
const PLAIN: PupilTraining = { trunk: NO_TRAINING_LAYERS, identity: NO_TRAINING_LAYERS, age: NO_TRAINING_LAYERS };

/** Builds it with zero weights. */
export function buildPupil(shape: PupilShape, training: PupilTraining = PLAIN): Pupil {
  const { widths, hasIdentity, hasDescriptor, people, ageGroups } = shape;
  const trunk = buildTrunk(widths, training.trunk);
  const named: [OutputName, tf.SymbolicTensor][] = [['conv5', trunk.conv5]];
  if (hasIdentity) {
    const fc7 = dense(buildFc6(trunk, widths, training.identity), 'fc7', widths.fc7, training.identity);
    named.push(['fc7', fc7]);
    if (hasDescriptor) named.push(['descriptor', linear(fc7, 'descriptor', DESCRIPTOR_SIZE)]);
    if (people !== null) named.push(['new_2', buildPeopleLogits(fc7, people, widths, training.identity).new_2]);
  }
  if (ageGroups !== null) named.push(['age', ageLogits(trunk, ageGroups, widths, training.age)]);
  const model = tf.model({ inputs: trunk.image, outputs: named.map(([, tensor]) => tensor), name: 'alexnet' });
  return { model, outputs: named.map(([name]) => name), weights: namedWeights(model) };
}

const convolutionsOf = ({ model }: Pupil): string[] =>
  model.layers.map(({ name }) => name).filter((name) => /^alexnet\/conv\d$/.test(name));

/** Outputs of one pass by name. */
export type Outputs = Readonly<Partial<Record<OutputName, tf.Tensor>>>;

/** Runs it; `mode` is passed to batch norm and dropout. */
export function runPupil({ model, outputs }: Pupil, images: tf.Tensor4D, mode: Record<string, unknown> = {}): Outputs {
  const results = model.apply(images, mode) as tf.Tensor | tf.Tensor[];
  return Object.fromEntries([results].flat().map((result, i) => [outputs[i] as OutputName, result]));
}

const isAge = (name: string): boolean => name.startsWith('alexnet/age_');

/** What a source has of AlexNet. @throws UserError when it cannot be read */
export async function shapeOf(source: WeightSource): Promise<PupilShape> {
  const has = (layer: string): boolean => source.names.has(`alexnet/${layer}/weights`);
  const logits = async (layer: string): Promise<number | null> =>
    has(layer) ? ((await source.read(`alexnet/${layer}/biases`)).shape[0] ?? null) : null;
  return {
    widths: await widthsOf(source),
    hasIdentity: has('fc7'),
    hasDescriptor: has('descriptor'),
    people: await logits('new_2'),
    ageGroups: await logits('age_fc8'),
  };
}

/** The same with an age head of `ageGroups` and the config's width. */
export async function shapeWithAge(source: WeightSource, { head_width }: PretrainConfig, ageGroups: number): Promise<PupilShape> {
  const found = await shapeOf(source);
  return { ...found, widths: { ...found.widths, age_fc6: head_width, age_fc7: head_width }, ageGroups };
}

/** Random starting weights, and those of a source for all but the age head. */
export async function startPupil(pupil: Pupil, seed: number, source: WeightSource | null): Promise<void> {
  initializeWeights(pupil.model, seed, alexNetStddev);
  if (source) await loadWeights(new Map([...pupil.weights].filter(([name]) => !isAge(name))), source);
}

/** Layers of a network that a source has in the same shape. @throws UserError when conv1 to conv5 are not among them */
export async function fittingLayers({ weights }: Pupil, source: WeightSource): Promise<string[]> {
  const layers = [...new Set([...weights.keys()].map((name) => name.slice(0, name.lastIndexOf('/'))))];
  const fits = async (name: string): Promise<boolean> =>
    source.names.has(name) && (await source.read(name)).shape.join() === weights.get(name)?.shape.join();
  const fitting: string[] = [];
  for (const layer of layers) if ((await fits(`${layer}/weights`)) && (await fits(`${layer}/biases`))) fitting.push(layer);
  const missing = layers.filter((layer) => /conv\d$/.test(layer) && !fitting.includes(layer));
  if (missing.length === 0) return fitting;
  throw new UserError(
    `--alexnet_pretrained_model: expected AlexNet's conv1 to conv5 in ${source.label}, got none of the right shape for ${missing.join(', ')}.`,
  );
}

/** Gives a plain network some layers of a source. */
export const takeLayers = (plain: Pupil, layers: readonly string[], source: WeightSource): Promise<void> =>
  loadWeights(new Map([...plain.weights].filter(([name]) => layers.includes(name.slice(0, name.lastIndexOf('/'))))), source);

/** What a hidden layer gives before its ReLU, for images. */
function beforeRelu(plain: Pupil, layers: readonly string[], images: tf.Tensor4D): tf.Tensor[] {
  // a dense layer has its ReLU in it: its input, weights and biases tell
  const isDense = (layer: string): boolean => !/conv\d$/.test(layer);
  const symbolic = (layer: string): tf.SymbolicTensor =>
    plain.model.getLayer(layer)[isDense(layer) ? 'input' : 'output'] as tf.SymbolicTensor;
  const values = [tf.model({ inputs: plain.model.inputs, outputs: layers.map(symbolic) }).apply(images) as tf.Tensor | tf.Tensor[]].flat();
  const weight = (layer: string, part: string): tf.Tensor2D => plain.weights.get(`${layer}/${part}`) as unknown as tf.Tensor2D;
  return layers.map((layer, i) => {
    const value = values[i] as tf.Tensor2D;
    return isDense(layer) ? tf.add(tf.matMul(value, weight(layer, 'weights')), weight(layer, 'biases')) : value;
  });
}

/**
 * Puts a plain network's weights into one with batch norm so that both compute the same by the moving averages.
 * @param images [N,227,227,3] that the means and variances of the layers are taken over
 * @param layers whose batch norm is set; that of others, which nobody has trained, stays as it starts
 */
export function insertBatchNorms(
  plain: Pupil,
  trained: Pupil,
  images: tf.Tensor4D,
  layers: readonly string[] = convolutionsOf(plain),
): void {
  for (const [name, variable] of plain.weights) trained.weights.get(name)?.assign(variable);
  tf.tidy(() => {
    const values = beforeRelu(plain, layers, images);
    layers.forEach((name, i) => {
      const value = values[i] as tf.Tensor;
      const { mean, variance } = tf.moments(
        value,
        value.shape.slice(0, -1).map((_, axis) => axis),
      );
      insertBatchNorm(trained.weights, name, mean as tf.Tensor1D, variance as tf.Tensor1D);
    });
  });
}

/** Brings the plain network up to the trained one. */
export const fold = (trained: Pupil, plain: Pupil): void => foldAlexNet(trained.weights, plain.weights);

/** What learns: everything at a factor of 1, or the age head at 1 and what came before it at `trunkRate`; null leaves it out. */
export function learningRates({ weights }: Pupil, config: PretrainConfig): Map<string, number> {
  const teaches = config.teacher !== 'none';
  const rate = (name: string): number | null => {
    if (config.task === 'identity' || isAge(name)) return 1;
    if (config.trunk === 'frozen') return null;
    return teaches || /^alexnet\/conv\d/.test(name) ? config.trunk_rate : null;
  };
  return new Map(
    [...weights.keys()].filter(isTrainable).flatMap((name) => {
      const factor = rate(name);
      return factor === null ? [] : [[name, factor] as const];
    }),
  );
}
