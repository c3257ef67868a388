/** @file AlexNet as Caffe's users pass it round: an array of weights and one of biases a layer, blue before red. */

import { MEAN_RGB } from '../images/pixel-range';
import { UserError } from '../errors';
import type { WeightSource } from '../models/named-weights';
import { readNamedArrays } from './named-arrays';
import type { NumpyArray } from './npz';

/** How the network saw its pictures. */
export interface CaffeInput {
  /** Which channel of conv1's weights is the first. */
  readonly channelOrder: 'rgb' | 'bgr';
  /** What was subtracted from R, G and B. */
  readonly meanRgb: readonly number[];
}

const NAME = /^(?:.*[/.])?(conv[1-5]|fc[678])[/._]?(weights?|w|biases|bias|b)$/i;
const CONVOLUTIONS = ['conv1', 'conv2', 'conv3', 'conv4', 'conv5'] as const;
const POOL5_SIDE = 6;
const COLOURS = 3;

const isBias = (word: string): boolean => word.toLowerCase().startsWith('b');

/** Whether outputs are the first side of an array, as Caffe has them, or the last, as TensorFlow has them. */
type Order = 'first' | 'last';

interface Layer {
  readonly weights: NumpyArray;
  readonly biases: NumpyArray;
}

/** Where the outputs of a layer lie; null where its shape fits both ways. @throws UserError where it fits neither */
function orderOf(file: string, layer: string, { weights: { shape }, biases }: Layer): Order | null {
  const outputs = biases.values.length;
  const isConv = layer.startsWith('conv');
  const isFirst = shape[0] === outputs && (!isConv || shape[2] === shape[3]);
  const isLast = shape.at(-1) === outputs && (!isConv || shape[0] === shape[1]);
  if (shape.length !== (isConv ? 4 : 2) || !(isFirst || isLast)) {
    const expected = isConv
      ? `[${outputs}, in, k, k] or [k, k, in, ${outputs}]`
      : `[${outputs}, in] or [in, ${outputs}]`;
    throw new UserError(
      `${file}: expected weights of ${layer} as ${expected} for its ${outputs} biases, got [${shape.join(', ')}]. Write all of its outputs.`,
    );
  }
  if (isFirst && isLast) return null;
  return isFirst ? 'first' : 'last';
}

/** [out,in,kh,kw] → [kh,kw,in,out]. */
function toHwio({ shape, values }: NumpyArray): NumpyArray {
  const [out = 0, inputs = 0, height = 0, width = 0] = shape;
  const moved = new Float32Array(values.length);
  for (let o = 0; o < out; o++)
    for (let i = 0; i < inputs; i++)
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++)
          moved[((y * width + x) * inputs + i) * out + o] =
            values[((o * inputs + i) * height + y) * width + x] ?? 0;
  return { shape: [height, width, inputs, out], values: moved };
}

/** [out,in] → [in,out]; fc6 of Caffe reads pool5 by channel, row, column, ours by row, column, channel. */
function toDense({ shape, values }: NumpyArray, isFc6: boolean): NumpyArray {
  const [rows = 0, columns = 0] = shape;
  const area = POOL5_SIDE * POOL5_SIDE;
  const channels = columns / area;
  const moved = new Float32Array(values.length);
  for (let i = 0; i < columns; i++) {
    const to = isFc6 ? (i % area) * channels + Math.floor(i / area) : i;
    for (let o = 0; o < rows; o++) moved[to * rows + o] = values[o * columns + i] ?? 0;
  }
  return { shape: [columns, rows], values: moved };
}

/** conv1 for RGB minus our mean: its channels turned round, and what the other mean makes of it added to the biases; exact, for conv1 pads nothing. */
function toOurInput(
  weights: NumpyArray,
  biases: NumpyArray,
  { channelOrder, meanRgb }: CaffeInput,
): { weights: NumpyArray; biases: NumpyArray } {
  const outputs = biases.values.length;
  const turned = new Float32Array(weights.values.length);
  const shifted = Float32Array.from(biases.values);
  for (let i = 0; i < turned.length; i++) {
    const output = i % outputs;
    const colour = Math.floor(i / outputs) % COLOURS;
    const from = channelOrder === 'bgr' ? COLOURS - 1 - colour : colour;
    const weight = weights.values[i + (from - colour) * outputs] ?? 0;
    turned[i] = weight;
    shifted[output] =
      (shifted[output] ?? 0) + weight * (MEAN_RGB[colour as 0 | 1 | 2] - (meanRgb[colour] ?? 0));
  }
  return {
    weights: { shape: weights.shape, values: turned },
    biases: { shape: biases.shape, values: shifted },
  };
}

function collect(file: string, arrays: ReadonlyMap<string, NumpyArray>): Map<string, Layer> {
  const parts = new Map<string, Partial<Layer>>();
  for (const [name, array] of arrays) {
    const match = NAME.exec(name);
    if (!match) continue;
    const layer = (match[1] ?? '').toLowerCase();
    parts.set(layer, {
      ...parts.get(layer),
      [isBias(match[2] ?? '') ? 'biases' : 'weights']: array,
    });
  }
  const layers = new Map(
    [...parts].flatMap(([layer, { weights, biases }]) =>
      weights && biases ? [[layer, { weights, biases }]] : [],
    ),
  );
  const halves = [...parts.keys()].filter((layer) => !layers.has(layer));
  const missing = CONVOLUTIONS.filter((layer) => !parts.has(layer));
  if (halves.length + missing.length > 0) {
    throw new UserError(
      `${file}: expected weights and biases of conv1 to conv5 (names such as conv1_weights, conv1_biases), got ` +
        `${[...missing.map((layer) => `no ${layer}`), ...halves.map((layer) => `half of ${layer}`)].join(', ')}. Write all of them.`,
    );
  }
  return layers;
}

/** AlexNet's arrays as a source of weights for our input; fc8 is of other classes, and left out. @throws UserError */
export async function openCaffeArrays(file: string, input: CaffeInput): Promise<WeightSource> {
  const layers = [...collect(file, await readNamedArrays(file))].filter(([name]) => name !== 'fc8');
  const orders = new Map(
    layers.map(([name, layer]) => [name, orderOf(file, name, layer)] as const),
  );
  // a square fc7 fits both ways: who wrote the file wrote its other layers in the same one
  const ofFile =
    ['fc6', ...CONVOLUTIONS].map((name) => orders.get(name)).find((order) => order) ?? 'first';
  const named = new Map<string, NumpyArray>();
  for (const [name, { weights, biases }] of layers) {
    const isMoved = (orders.get(name) ?? ofFile) === 'first';
    const moved = !isMoved
      ? weights
      : name.startsWith('conv')
        ? toHwio(weights)
        : toDense(weights, name === 'fc6');
    const both = name === 'conv1' ? toOurInput(moved, biases, input) : { weights: moved, biases };
    named.set(`alexnet/${name}/weights`, both.weights);
    named.set(`alexnet/${name}/biases`, {
      shape: [biases.values.length],
      values: both.biases.values,
    });
  }
  return {
    label: file,
    names: new Set(named.keys()),
    read: (name) => {
      const array = named.get(name);
      if (!array) throw new UserError(`${file}: expected a variable ${name}, got none`);
      return Promise.resolve(array);
    },
  };
}
