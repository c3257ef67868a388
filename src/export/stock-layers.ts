/**
 * @file A generator of layers that every TensorFlow.js has, for programs without ours: the same network, whose own layers are said by
 * stock ones. Arithmetic on channels is 1 × 1 convolutions whose weights nobody trains.
 */

import { tf } from '../engine/tf';
import { UserError } from '../errors';
import { HALF_RANGE, MEAN_RGB } from '../images/pixel-range';
import type { ChangeMaskConfig } from '../models/layers/change-mask';
import { gaussianKernel } from '../models/layers/gaussian-blur';
import type { GaussianBlurConfig } from '../models/layers/gaussian-blur';
import type { LabelMapsConfig } from '../models/layers/label-maps';
import {
  bandBlurs,
  BANDS,
  GAIN_OFFSET,
  MOST_GAIN,
  MOST_LIGHT,
} from '../models/layers/pyramid-blend';
import { LUMA } from '../models/layers/shade-blend';

type Symbolic = tf.SymbolicTensor;
/** How each number of an input channel (row) counts for an output channel (column). */
type Matrix = readonly (readonly number[])[];

/** Names of the inputs. */
export const INPUT_NAMES = ['source', 'label'] as const;
/** Names of the outputs, as many as a generator has. */
export const OUTPUT_NAMES = ['fake', 'mask'] as const;

/** A matrix by a rule. */
const matrixOf = (
  rows: number,
  columns: number,
  value: (row: number, column: number) => number,
): Matrix =>
  Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_, column) => value(row, column)),
  );
const diagonal = (size: number, factor: number): Matrix =>
  matrixOf(size, size, (row, column) => (row === column ? factor : 0));

/** Grey levels 0..255 that the mean was subtracted from → [-1, 1] is x / 127.5 plus this, for each colour. */
const SHIFT = MEAN_RGB.map((mean) => mean / HALF_RANGE - 1);

/** What each output channel is of the input channels, a sum with weights and a shift, and what becomes of it. */
interface Channels {
  readonly name: string;
  readonly weights: Matrix;
  readonly shift?: readonly number[];
  readonly activation?: 'linear' | 'tanh' | 'sigmoid';
}

/** A SAME convolution whose weights nobody trains. @param values [kh,kw,in,out], row by row */
function fixedConvolution(
  x: Symbolic,
  { name, shift, activation = 'linear' }: Omit<Channels, 'weights'>,
  values: readonly number[],
  shape: readonly [number, number, number, number],
): Symbolic {
  const [rows, columns, , filters] = shape;
  const layer = tf.layers.conv2d({
    name,
    filters,
    kernelSize: [rows, columns],
    padding: 'same',
    activation,
    kernelInitializer: 'zeros',
    biasInitializer: 'zeros',
    trainable: false,
  });
  const y = layer.apply(x) as Symbolic;
  tf.tidy(() =>
    layer.setWeights([
      tf.tensor4d([...values], [...shape]),
      tf.tensor1d([...(shift ?? new Array<number>(filters).fill(0))]),
    ]),
  );
  return y;
}

/** [B,H,W,C] → [B,H,W,D] by a 1 × 1 convolution. */
const channels = (x: Symbolic, { weights, ...rest }: Channels): Symbolic =>
  fixedConvolution(x, rest, weights.flat(), [1, 1, weights.length, weights[0]?.length ?? 0]);

/** Every channel blurred by a Gaussian, along one axis and then along the other. */
function blurred(x: Symbolic, sigma: number, name: string): Symbolic {
  const count = x.shape[3] ?? 0;
  const kernel = gaussianKernel(sigma);
  const values = kernel.flatMap((weight) => diagonal(count, weight).flat());
  const down = fixedConvolution(x, { name: `${name}/down` }, values, [
    kernel.length,
    1,
    count,
    count,
  ]);
  return fixedConvolution(down, { name }, values, [1, kernel.length, count, count]);
}

/** Copies of one channel, after an activation. */
const picked = (
  x: Symbolic,
  name: string,
  {
    channel,
    copies,
    ...rest
  }: { readonly channel: number; readonly copies: number } & Pick<Channels, 'shift' | 'activation'>,
): Symbolic =>
  channels(x, {
    name,
    weights: matrixOf(x.shape[3] ?? 0, copies, (row) => (row === channel ? 1 : 0)),
    ...rest,
  });

const multiply = (inputs: Symbolic[], name: string): Symbolic =>
  tf.layers.multiply({ name }).apply(inputs) as Symbolic;
const add = (inputs: Symbolic[], name: string): Symbolic =>
  tf.layers.add({ name }).apply(inputs) as Symbolic;

/** A layer of ours by stock ones. @param name of the last one */
type Rewriting = (inputs: readonly Symbolic[], name: string, layer: tf.layers.Layer) => Symbolic;

/** See label-maps.ts. */
const labelPlanes: Rewriting = (inputs, name, layer) => {
  const [image, label] = inputs as [Symbolic, Symbolic];
  const { scale = 1 } = layer.getConfig() as LabelMapsConfig;
  const groups = label.shape[1] ?? 0;
  const pixel = tf.layers
    .reshape({ name: `${name}/pixel`, targetShape: [1, 1, groups] })
    .apply(label) as Symbolic;
  const scaled =
    scale === 1
      ? pixel
      : channels(pixel, { name: `${name}/scale`, weights: diagonal(groups, scale) });
  const size: [number, number] = [image.shape[1] ?? 0, image.shape[2] ?? 0];
  const planes = tf.layers.upSampling2d({ name: `${name}/planes`, size }).apply(scaled) as Symbolic;
  return tf.layers.concatenate({ name, axis: 3 }).apply([image, planes]) as Symbolic;
};

/** See change-mask.ts. */
const changeMask: Rewriting = (inputs, name, layer) => {
  const { offset } = layer.getConfig() as unknown as ChangeMaskConfig;
  const [x] = inputs as [Symbolic];
  const channel = (x.shape[3] ?? 1) - 1;
  return picked(x, name, { channel, copies: 1, shift: [-offset], activation: 'sigmoid' });
};

/** See mask-blend.ts: source + mask · (colour − source). */
const maskBlend: Rewriting = (inputs, name) => {
  const [x, mask, source] = inputs as [Symbolic, Symbolic, Symbolic];
  const colour = channels(x, {
    name: `${name}/colour`,
    weights: matrixOf(x.shape[3] ?? 0, 3, (row, column) => (row === column ? 1 : 0)),
    activation: 'tanh',
  });
  const unchanged = channels(source, {
    name: `${name}/unchanged`,
    weights: diagonal(3, 1 / HALF_RANGE),
    shift: SHIFT,
  });
  const minus = channels(unchanged, { name: `${name}/minus`, weights: diagonal(3, -1) });
  const change = multiply([mask, add([colour, minus], `${name}/difference`)], `${name}/change`);
  return add([unchanged, change], name);
};

/** A picture from one that is 1 more than it: clipped to 0..2, which a ReLU with a largest value does, and 1 taken off. */
function clipped(raised: Symbolic, name: string): Symbolic {
  const kept = tf.layers.reLU({ name: `${name}/clipped`, maxValue: 2 }).apply(raised) as Symbolic;
  return channels(kept, { name, weights: diagonal(3, 1), shift: [-1, -1, -1] });
}

/** See shade-blend.ts. */
const shadeBlend: Rewriting = (inputs, name) => {
  const [x, mask, source] = inputs as [Symbolic, Symbolic, Symbolic];
  const raised = channels(source, {
    name: `${name}/raised`,
    weights: diagonal(3, 1 / HALF_RANGE),
    shift: SHIFT.map((shift) => shift + 1),
  });
  // what a colour is more than the grey of its pixel: the same of raised colours, since the shares of grey sum to 1
  const colours = channels(raised, {
    name: `${name}/colours`,
    weights: matrixOf(3, 3, (row, column) => (row === column ? 1 : 0) - (LUMA[row] ?? 0)),
  });
  const light = picked(x, `${name}/light`, { channel: 0, copies: 3, activation: 'tanh' });
  const strength = picked(x, `${name}/strength`, { channel: 1, copies: 3, activation: 'tanh' });
  const tinted = add([light, multiply([strength, colours], `${name}/tint`)], `${name}/shade`);
  const changed = add([raised, multiply([mask, tinted], `${name}/change`)], `${name}/changed`);
  return clipped(changed, name);
};

/** See gaussian-blur.ts. */
const gaussianBlur: Rewriting = (inputs, name, layer) => {
  const { sigma } = layer.getConfig() as unknown as GaussianBlurConfig;
  const [x] = inputs as [Symbolic];
  return blurred(x, sigma, name);
};

/** A sum of a picture and minus another one. */
const difference = (x: Symbolic, y: Symbolic, name: string): Symbolic =>
  add([x, channels(y, { name: `${name}/minus`, weights: diagonal(y.shape[3] ?? 0, -1) })], name);

/** See pyramid-blend.ts. It clips as {@link shadeBlend} does. */
const pyramidBlend: Rewriting = (inputs, name) => {
  const [x, source] = inputs as [Symbolic, Symbolic];
  const unchanged = channels(source, {
    name: `${name}/unchanged`,
    weights: diagonal(3, 1 / HALF_RANGE),
    shift: SHIFT,
  });
  const levels = [
    unchanged,
    ...bandBlurs(source.shape[2] ?? 0).map((sigma, band) =>
      blurred(unchanged, sigma, `${name}/blur_${band}`),
    ),
  ];
  const details = levels.slice(1).map((coarser, band) => {
    const inBand = difference(levels[band] as Symbolic, coarser, `${name}/band_${band}`);
    const share = picked(x, `${name}/share_${band}`, {
      ...{ channel: band, copies: 3 },
      ...{ shift: new Array<number>(3).fill(-GAIN_OFFSET), activation: 'sigmoid' },
    });
    const more = channels(share, {
      name: `${name}/more_${band}`,
      weights: diagonal(3, MOST_GAIN),
      shift: [-1, -1, -1],
    });
    return multiply([more, inBand], `${name}/detail_${band}`);
  });
  const light = channels(
    picked(x, `${name}/light`, { channel: BANDS, copies: 3, activation: 'tanh' }),
    { name: `${name}/less_light`, weights: diagonal(3, MOST_LIGHT) },
  );
  const colours = channels(levels[BANDS] as Symbolic, {
    name: `${name}/colours`,
    weights: matrixOf(3, 3, (row, column) => (row === column ? 1 : 0) - (LUMA[row] ?? 0)),
  });
  const strength = picked(x, `${name}/strength`, {
    ...{ channel: BANDS + 1, copies: 3, activation: 'tanh' },
  });
  const tint = multiply([strength, colours], `${name}/tint`);
  const edit = add([...details, light, tint], `${name}/edit`);
  const raised = channels(unchanged, {
    name: `${name}/raised`,
    weights: diagonal(3, 1),
    shift: [1, 1, 1],
  });
  return clipped(add([raised, edit], `${name}/changed`), name);
};

/** See edit-strength in pyramid-blend.ts. */
const editStrength: Rewriting = (inputs, name) => {
  const [x] = inputs as [Symbolic];
  const count = x.shape[3] ?? 0;
  const share = channels(x, {
    name: `${name}/share`,
    weights: matrixOf(count, BANDS, (row, column) => (row === column ? 1 : 0)),
    shift: new Array<number>(BANDS).fill(-GAIN_OFFSET),
    activation: 'sigmoid',
  });
  const more = channels(share, {
    name: `${name}/more`,
    weights: diagonal(BANDS, MOST_GAIN / (MOST_GAIN - 1)),
    shift: new Array<number>(BANDS).fill(-1 / (MOST_GAIN - 1)),
  });
  const moved = channels(x, {
    name: `${name}/moved`,
    weights: matrixOf(count, count - BANDS, (row, column) => (row === column + BANDS ? 1 : 0)),
    activation: 'tanh',
  });
  const edits = tf.layers
    .concatenate({ name: `${name}/edits`, axis: 3 })
    .apply([more, moved]) as Symbolic;
  const sum = channels(multiply([edits, edits], `${name}/squares`), {
    name: `${name}/sum`,
    weights: matrixOf(count, 1, () => 1),
  });
  return tf.layers.reLU({ name, maxValue: 1 }).apply(sum) as Symbolic;
};

/** By the names of the classes of our layers. */
const REWRITINGS: Readonly<Record<string, Rewriting>> = {
  IpcganLabelMaps: labelPlanes,
  IpcganChangeMask: changeMask,
  IpcganMaskBlend: maskBlend,
  IpcganShadeBlend: shadeBlend,
  IpcganGaussianBlur: gaussianBlur,
  IpcganPyramidBlend: pyramidBlend,
  IpcganEditStrength: editStrength,
};

/** What makes a layer of a class anew. */
interface LayerClass {
  fromConfig(made: LayerClass, config: tf.serialization.ConfigDict): tf.layers.Layer;
}

/** The same stock layer, with the same weights. */
function copied(inputs: readonly Symbolic[], name: string, layer: tf.layers.Layer): Symbolic {
  const made = layer.constructor as unknown as LayerClass;
  const copy = made.fromConfig(made, { ...layer.getConfig(), name });
  const [only] = inputs;
  const y = copy.apply(inputs.length === 1 && only ? only : [...inputs]) as Symbolic;
  copy.setWeights(layer.getWeights());
  return y;
}

/**
 * The same generator without a class of ours: inputs are `source` [B,S,S,3] (RGB 0..255 minus the mean) and `label` [B,K], outputs `fake`
 * [B,S,S,3] in [-1, 1] and, where it has one, `mask` [B,S,S,1] in 0..1.
 * @param folded without batch norm (fold-batch-norm.ts); stays its owner's. The result belongs to the caller
 * @throws UserError for a layer of ours that stock layers cannot say
 */
export function withStockLayers(folded: tf.LayersModel): tf.LayersModel {
  const made = new Map<string, Symbolic>();
  const nameOf = (y: Symbolic, layer: tf.layers.Layer): string =>
    OUTPUT_NAMES[folded.outputs.findIndex(({ id }) => id === y.id)] ?? layer.name;
  for (const [i, input] of folded.inputs.entries())
    made.set(input.name, tf.input({ shape: input.shape.slice(1), name: INPUT_NAMES[i] ?? '' }));
  // a model keeps its layers in an order in which each comes after what it reads
  for (const layer of folded.layers) {
    const y = layer.output as Symbolic;
    if (made.has(y.name)) continue;
    const inputs = [layer.input].flat().map((x) => made.get(x.name) as Symbolic);
    const className = layer.getClassName();
    const rewriting = REWRITINGS[className];
    if (rewriting === undefined && className.startsWith('Ipcgan'))
      throw new UserError(
        `--to: expected layers that stock ones can say, got ${className} (${layer.name}). Export the form \`model\`.`,
      );
    made.set(y.name, (rewriting ?? copied)(inputs, nameOf(y, layer), layer));
  }
  return tf.model({
    inputs: folded.inputs.map(({ name }) => made.get(name) as Symbolic),
    outputs: folded.outputs.map(({ name }) => made.get(name) as Symbolic),
    name: 'generator',
  });
}
