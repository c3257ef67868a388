/** @file The network that pretraining trains: AlexNet's trunk and the heads that the task needs, and the plain network that is saved. */

import { tf } from '../engine/tf';
import { UserError } from '../errors';
import type { PretrainConfig } from '../config/schema';
import type { WeightSource } from '../models/named-weights';
import { foldAlexNet, insertBatchNorm } from '../models/fold-alexnet';
import { isTrainable, loadWeights } from '../models/named-weights';
import type { AlexNetShape, AlexNetNetwork } from '../models/alexnet-network';
import { shapeOf, isAge } from '../models/alexnet-network';

const convolutionsOf = ({ model }: AlexNetNetwork): string[] =>
  model.layers.map(({ name }) => name).filter((name) => /^alexnet\/conv\d$/.test(name));

/** The same with an age head of `ageGroups` and the config's width. */
export async function shapeWithAge(
  source: WeightSource,
  { head_width }: PretrainConfig,
  ageGroups: number,
): Promise<AlexNetShape> {
  const found = await shapeOf(source);
  return {
    ...found,
    widths: { ...found.widths, age_fc6: head_width, age_fc7: head_width },
    ageGroups,
  };
}

/** Layers of a network that a source has in the same shape. @throws UserError when conv1 to conv5 are not among them */
export async function fittingLayers(
  { weights }: AlexNetNetwork,
  source: WeightSource,
): Promise<string[]> {
  const layers = [
    ...new Set([...weights.keys()].map((name) => name.slice(0, name.lastIndexOf('/')))),
  ];
  const fits = async (name: string): Promise<boolean> =>
    source.names.has(name) &&
    (await source.read(name)).shape.join() === weights.get(name)?.shape.join();
  const fitting: string[] = [];
  for (const layer of layers)
    if ((await fits(`${layer}/weights`)) && (await fits(`${layer}/biases`))) fitting.push(layer);
  const missing = layers.filter((layer) => /conv\d$/.test(layer) && !fitting.includes(layer));
  if (missing.length === 0) return fitting;
  throw new UserError(
    `--alexnet_pretrained_model: expected AlexNet's conv1 to conv5 in ${source.label}, got none of the right shape for ${missing.join(', ')}.`,
  );
}

/** Gives a plain network some layers of a source. */
export const takeLayers = (
  plain: AlexNetNetwork,
  layers: readonly string[],
  source: WeightSource,
): Promise<void> =>
  loadWeights(
    new Map(
      [...plain.weights].filter(([name]) => layers.includes(name.slice(0, name.lastIndexOf('/')))),
    ),
    source,
  );

/** What a hidden layer gives before its ReLU, for images. */
function beforeRelu(
  plain: AlexNetNetwork,
  layers: readonly string[],
  images: tf.Tensor4D,
): tf.Tensor[] {
  // a dense layer has its ReLU in it: its input, weights and biases tell
  const isDense = (layer: string): boolean => !/conv\d$/.test(layer);
  const symbolic = (layer: string): tf.SymbolicTensor =>
    plain.model.getLayer(layer)[isDense(layer) ? 'input' : 'output'] as tf.SymbolicTensor;
  const values = [
    tf.model({ inputs: plain.model.inputs, outputs: layers.map(symbolic) }).apply(images) as
      tf.Tensor | tf.Tensor[],
  ].flat();
  const weight = (layer: string, part: string): tf.Tensor2D =>
    plain.weights.get(`${layer}/${part}`) as unknown as tf.Tensor2D;
  return layers.map((layer, i) => {
    const value = values[i] as tf.Tensor2D;
    return isDense(layer)
      ? tf.add(tf.matMul(value, weight(layer, 'weights')), weight(layer, 'biases'))
      : value;
  });
}

/**
 * Puts a plain network's weights into one with batch norm so that both compute the same by the moving averages.
 * @param images [N,227,227,3] that the means and variances of the layers are taken over
 * @param layers whose batch norm is set; that of others, which nobody has trained, stays as it starts
 */
export function insertBatchNorms(
  plain: AlexNetNetwork,
  trained: AlexNetNetwork,
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
export const fold = (trained: AlexNetNetwork, plain: AlexNetNetwork): void =>
  foldAlexNet(trained.weights, plain.weights);

/** What learns: everything at a factor of 1, or the age head at 1 and what came before it at `trunkRate`; null leaves it out. */
export function learningRates(
  { weights }: AlexNetNetwork,
  config: PretrainConfig,
): Map<string, number> {
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
