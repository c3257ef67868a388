/** @file AlexNet with the heads that somebody needs, as one layers model whose outputs have names. */

import { tf } from '../engine/tf';
import type { WeightSource } from './named-weights';
import { ageLogits } from './age-classifier';
import {
  buildFc6,
  buildPeopleLogits,
  buildTrunk,
  dense,
  linear,
  NO_TRAINING_LAYERS,
} from './alexnet';
import type { AlexNetWidths, TrainingLayers } from './alexnet';
import { widthsOf } from './alexnet-widths';
import { alexNetStddev } from './alexnet-init';
import { initializeWeights } from './initialize';
import { loadWeights, namedWeights } from './named-weights';

/** What of AlexNet there is. */
export interface AlexNetShape {
  readonly widths: AlexNetWidths;
  /** fc6 and fc7; the descriptor and the people stand on them. */
  readonly hasIdentity: boolean;
  /** Numbers of the descriptor that a teacher is imitated by, or null. */
  readonly descriptor: number | null;
  /** Logits of new_2, or null. */
  readonly people: number | null;
  readonly ageGroups: number | null;
}

/** A network, and the outputs that it has by name. */
export interface AlexNetNetwork {
  readonly model: tf.LayersModel;
  readonly outputs: readonly OutputName[];
  readonly weights: ReadonlyMap<string, tf.Variable>;
}

export type OutputName = 'conv5' | 'fc7' | 'descriptor' | 'new_2' | 'age';

/** What the parts have while they are trained. */
export type AlexNetTraining = Readonly<Record<'trunk' | 'identity' | 'age', TrainingLayers>>;

const PLAIN: AlexNetTraining = {
  trunk: NO_TRAINING_LAYERS,
  identity: NO_TRAINING_LAYERS,
  age: NO_TRAINING_LAYERS,
};

/** Builds it with zero weights. */
export function buildAlexNet(
  shape: AlexNetShape,
  training: AlexNetTraining = PLAIN,
): AlexNetNetwork {
  const { widths, hasIdentity, descriptor, people, ageGroups } = shape;
  const trunk = buildTrunk(widths, training.trunk);
  const named: [OutputName, tf.SymbolicTensor][] = [['conv5', trunk.conv5]];
  if (hasIdentity) {
    const fc7 = dense(
      buildFc6(trunk, widths, training.identity),
      'fc7',
      widths.fc7,
      training.identity,
    );
    named.push(['fc7', fc7]);
    if (descriptor !== null) named.push(['descriptor', linear(fc7, 'descriptor', descriptor)]);
    if (people !== null)
      named.push(['new_2', buildPeopleLogits(fc7, people, widths, training.identity).new_2]);
  }
  if (ageGroups !== null) named.push(['age', ageLogits(trunk, ageGroups, widths, training.age)]);
  const model = tf.model({
    inputs: trunk.image,
    outputs: named.map(([, tensor]) => tensor),
    name: 'alexnet',
  });
  return { model, outputs: named.map(([name]) => name), weights: namedWeights(model) };
}

/** Outputs of one pass by name. */
export type Outputs = Readonly<Partial<Record<OutputName, tf.Tensor>>>;

/** Runs it; `mode` is passed to batch norm and dropout. */
export function runAlexNet(
  { model, outputs }: AlexNetNetwork,
  images: tf.Tensor4D,
  mode: Record<string, unknown> = {},
): Outputs {
  const results = model.apply(images, mode) as tf.Tensor | tf.Tensor[];
  return Object.fromEntries(
    [results].flat().map((result, i) => [outputs[i] as OutputName, result]),
  );
}

/** Whether a weight is of the age head. */
export const isAge = (name: string): boolean => name.startsWith('alexnet/age_');

/** What a source has of AlexNet. @throws UserError when it cannot be read */
export async function shapeOf(source: WeightSource): Promise<AlexNetShape> {
  const has = (layer: string): boolean => source.names.has(`alexnet/${layer}/weights`);
  const logits = async (layer: string): Promise<number | null> =>
    has(layer) ? ((await source.read(`alexnet/${layer}/biases`)).shape[0] ?? null) : null;
  return {
    widths: await widthsOf(source),
    hasIdentity: has('fc7'),
    descriptor: await logits('descriptor'),
    people: await logits('new_2'),
    ageGroups: await logits('age_fc8'),
  };
}

/** Random starting weights, and those of a source for all but the age head. */
export async function initializeAlexNet(
  network: AlexNetNetwork,
  seed: number,
  source: WeightSource | null,
): Promise<void> {
  initializeWeights(network.model, seed, alexNetStddev);
  if (source)
    await loadWeights(new Map([...network.weights].filter(([name]) => !isAge(name))), source);
}
