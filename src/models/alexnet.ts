/** @file The trunk that identity features and age classifier share, and the identity head (AlexNet, Krizhevsky et al. 2012, as Caffe lays it out). */

import { ALEXNET_SIZE } from '../images/pixel-range';
import { tf } from '../engine/tf';
import { batchNormalization } from './layers/batch-normalization';
import { groupedConv2d } from './layers/grouped-conv2d';
import { localResponseNormalization } from './layers/local-response-normalization';
import { seededDropout } from './layers/seeded-dropout';

/** Channels of the convolutions, units of the dense layers. */
export interface AlexNetWidths {
  readonly conv1: number;
  readonly conv2: number;
  readonly conv3: number;
  readonly conv4: number;
  readonly conv5: number;
  readonly fc6: number;
  readonly fc7: number;
  readonly new_1: number;
  readonly age_fc6: number;
  readonly age_fc7: number;
}

/** The original's widths. */
export const ALEXNET_WIDTHS: AlexNetWidths = {
  conv1: 96,
  conv2: 256,
  conv3: 384,
  conv4: 384,
  conv5: 256,
  fc6: 4096,
  fc7: 4096,
  new_1: 256,
  age_fc6: 4096,
  age_fc7: 4096,
};

/** The original's, with both heads' two hidden layers `headWidth` wide. */
export const widthsWithHead = (headWidth: number): AlexNetWidths => ({
  ...ALEXNET_WIDTHS,
  fc6: headWidth,
  fc7: headWidth,
  age_fc6: headWidth,
  age_fc7: headWidth,
});

/** What AlexNet has while it is trained, and no saved network has. */
export interface TrainingLayers {
  /** Batch norm between each convolution or hidden dense layer and its ReLU; {@link foldAlexNet} takes it out again. */
  readonly batchNorm: boolean;
  /** Share of the units of hidden dense layers that a training pass sets to 0. */
  readonly dropout: number;
}

/** The network as it is saved and used. */
export const NO_TRAINING_LAYERS: TrainingLayers = { batchNorm: false, dropout: 0 };

/** Layers whose activations can be compared by the identity loss, in order of depth. */
export const FEATURE_LAYERS = ['conv3', 'conv4', 'conv5', 'pool5', 'fc6', 'fc7'] as const;
export type FeatureLayer = (typeof FEATURE_LAYERS)[number];

/** The symbolic activations, each after its ReLU; weights exist for those that have been asked for. */
export interface AlexNetTrunk {
  /** [B,227,227,3], RGB 0..255 minus the mean. */
  readonly image: tf.SymbolicTensor;
  /** [B,27,27,256]. */
  readonly conv2: tf.SymbolicTensor;
  /** [B,13,13,384], [B,13,13,384], [B,13,13,256]. */
  readonly conv3: tf.SymbolicTensor;
  readonly conv4: tf.SymbolicTensor;
  readonly conv5: tf.SymbolicTensor;
  /** [B,6,6,256]. */
  readonly pool5: tf.SymbolicTensor;
  /** [B,9216], in the order height, width, channel. */
  readonly flat: tf.SymbolicTensor;
}

const poolAndNormalize = (x: tf.SymbolicTensor, stage: number): tf.SymbolicTensor => {
  const pooled = tf.layers
    .maxPooling2d({ poolSize: 3, strides: 2, padding: 'valid', name: `alexnet/pool${stage}` })
    .apply(x);
  return localResponseNormalization({ name: `alexnet/norm${stage}` }).apply(
    pooled,
  ) as tf.SymbolicTensor;
};

const relu = (x: tf.SymbolicTensor, name: string): tf.SymbolicTensor =>
  tf.layers
    .activation({ activation: 'relu', name: `alexnet/${name}_relu` })
    .apply(x) as tf.SymbolicTensor;

const norm = (x: tf.SymbolicTensor, name: string): tf.SymbolicTensor =>
  batchNormalization({ name: `alexnet/${name}_bn` }).apply(x) as tf.SymbolicTensor;

const grouped = (
  x: tf.SymbolicTensor,
  name: string,
  filters: number,
  kernelSize: number,
  groups: number,
): tf.SymbolicTensor =>
  groupedConv2d({ name: `alexnet/${name}`, filters, kernelSize, groups }).apply(
    x,
  ) as tf.SymbolicTensor;

const ZEROS = { kernelInitializer: 'zeros', biasInitializer: 'zeros' } as const;

/** A hidden dense layer of AlexNet, after its ReLU. */
export function dense(
  x: tf.SymbolicTensor,
  name: string,
  units: number,
  { batchNorm, dropout }: TrainingLayers = NO_TRAINING_LAYERS,
): tf.SymbolicTensor {
  let y = tf.layers
    .dense({ name: `alexnet/${name}`, units, activation: batchNorm ? 'linear' : 'relu', ...ZEROS })
    .apply(x);
  if (batchNorm) {
    // batch norm takes maps: a vector is one of a pixel
    const map = tf.layers
      .reshape({ name: `alexnet/${name}_map`, targetShape: [1, 1, units] })
      .apply(y) as tf.SymbolicTensor;
    y = tf.layers.flatten({ name: `alexnet/${name}_vector` }).apply(relu(norm(map, name), name));
  }
  return dropout > 0
    ? (seededDropout({ name: `alexnet/${name}_dropout`, rate: dropout }).apply(
        y,
      ) as tf.SymbolicTensor)
    : (y as tf.SymbolicTensor);
}

/** A dense layer without activation: scores, or a descriptor. */
export const linear = (x: tf.SymbolicTensor, name: string, units: number): tf.SymbolicTensor =>
  tf.layers
    .dense({ name: `alexnet/${name}`, units, activation: 'linear', ...ZEROS })
    .apply(x) as tf.SymbolicTensor;

/** Builds conv1 to pool5 with zero weights. */
export function buildTrunk(
  widths: AlexNetWidths = ALEXNET_WIDTHS,
  { batchNorm }: TrainingLayers = NO_TRAINING_LAYERS,
): AlexNetTrunk {
  const active = (convolved: tf.SymbolicTensor, name: string): tf.SymbolicTensor =>
    relu(batchNorm ? norm(convolved, name) : convolved, name);
  const image = tf.input({ shape: [ALEXNET_SIZE, ALEXNET_SIZE, 3], name: 'alexnet/image' });
  const first = tf.layers.conv2d({
    name: 'alexnet/conv1',
    filters: widths.conv1,
    kernelSize: 11,
    strides: 4,
    padding: 'valid',
    kernelInitializer: 'zeros',
    biasInitializer: 'zeros',
  });
  const x = active(first.apply(image) as tf.SymbolicTensor, 'conv1'); //       [B, 55, 55, 96]
  const conv2 = active(grouped(poolAndNormalize(x, 1), 'conv2', widths.conv2, 5, 2), 'conv2'); //       [B, 27, 27, 256]
  const conv3 = active(grouped(poolAndNormalize(conv2, 2), 'conv3', widths.conv3, 3, 1), 'conv3'); // [B, 13, 13, 384]
  const conv4 = active(grouped(conv3, 'conv4', widths.conv4, 3, 2), 'conv4'); //              [B, 13, 13, 384]
  const conv5 = active(grouped(conv4, 'conv5', widths.conv5, 3, 2), 'conv5'); //              [B, 13, 13, 256]
  const pool5 = tf.layers
    .maxPooling2d({ poolSize: 3, strides: 2, padding: 'valid', name: 'alexnet/pool5' })
    .apply(conv5); // [B, 6, 6, 256]
  const flat = tf.layers.flatten({ name: 'alexnet/flat' }).apply(pool5); //  [B, 9216]
  return {
    image,
    conv2,
    conv3,
    conv4,
    conv5,
    pool5: pool5 as tf.SymbolicTensor,
    flat: flat as tf.SymbolicTensor,
  };
}

/** The identity head's activations, as deep as they were asked for. */
export interface IdentityHead {
  /** [B,4096] each, after ReLU. */
  readonly fc6: tf.SymbolicTensor;
  readonly fc7: tf.SymbolicTensor;
  /** [B,256], after ReLU. */
  readonly new_1: tf.SymbolicTensor;
  /** [B,identities], raw. */
  readonly new_2: tf.SymbolicTensor;
}

/** fc6 on the trunk, and its symbolic output after ReLU, [B,4096]. */
export const buildFc6 = (
  trunk: AlexNetTrunk,
  widths: AlexNetWidths,
  training = NO_TRAINING_LAYERS,
): tf.SymbolicTensor => dense(trunk.flat, 'fc6', widths.fc6, training);

/** Builds the classifier over people on fc7: new_1 and new_2, with `identities` logits. */
export const buildPeopleLogits = (
  fc7: tf.SymbolicTensor,
  identities: number,
  widths: AlexNetWidths,
  training = NO_TRAINING_LAYERS,
): Pick<IdentityHead, 'new_1' | 'new_2'> => {
  const new_1 = dense(fc7, 'new_1', widths.new_1, { ...training, dropout: 0 });
  return { new_1, new_2: linear(new_1, 'new_2', identities) };
};

/** Builds the classifier over people: fc6, fc7, new_1 and new_2, with `identities` logits. */
export function buildIdentityHead(
  trunk: AlexNetTrunk,
  identities: number,
  widths: AlexNetWidths = ALEXNET_WIDTHS,
): IdentityHead {
  const fc6 = buildFc6(trunk, widths);
  const fc7 = dense(fc6, 'fc7', widths.fc7);
  return { fc6, fc7, ...buildPeopleLogits(fc7, identities, widths) };
}
