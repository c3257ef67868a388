/** @file Weights in fewer bits: half precision, or bytes with a scale, as TensorFlow.js writes and reads them (`quantization` in model.json). */

import { UserError } from '../errors';

/** Types that weights are stored in; networks compute in float32 whatever it is. */
export const WEIGHT_TYPES = ['float32', 'float16', 'uint8'] as const;
export type WeightType = (typeof WEIGHT_TYPES)[number];

/** How an array is stored, under `quantization` in tfjs' manifest; absent for float32. */
export type Quantization =
  | { readonly dtype: 'float16'; readonly original_dtype?: 'float32' | undefined }
  | {
      readonly dtype: 'uint8';
      /** A stored byte b stands for b · scale + min. */
      readonly scale: number;
      readonly min: number;
      readonly original_dtype?: 'float32' | undefined;
    };

/** Bytes of a number. */
const BYTES: Readonly<Record<WeightType, number>> = { float32: 4, float16: 2, uint8: 1 };

/** The largest number of half precision; above the middle to the next one there is infinity alone. */
const LARGEST_HALF = 65504;
/** The smallest step of half precision. */
const SMALLEST_HALF = 2 ** -24;
const LARGEST_BYTE = 255;

/** Whether an array is worth it: vectors (biases, batch norm) are few, and an error in one moves a whole channel. */
export const isQuantized = (shape: readonly number[]): boolean => shape.length > 1;

const roundToEven = (value: number): number => {
  const down = Math.floor(value);
  const rest = value - down;
  return rest > 0.5 || (rest === 0.5 && down % 2 === 1) ? down + 1 : down;
};

/** float32 → half precision, to the nearest, ties to even (IEEE 754 binary16). */
function toHalves(values: Float32Array): Uint16Array {
  const floats = Float32Array.from(values);
  const bits = new Uint32Array(floats.buffer);
  return Uint16Array.from({ length: values.length }, (_, i) => {
    const word = bits[i] ?? 0;
    const sign = (word >>> 16) & 0x8000;
    const magnitude = word & 0x7fffffff;
    // below 2^-14 half precision counts in equal steps
    if (magnitude < 0x38800000) return sign | roundToEven(Math.abs(floats[i] ?? 0) / SMALLEST_HALF);
    const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
    return sign | ((rounded - 0x38000000) >>> 13);
  });
}

/** Half precision → float32, exact. */
function fromHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * SMALLEST_HALF;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** An array as it is stored. */
export interface StoredValues {
  readonly bytes: Buffer;
  readonly quantization?: Quantization;
}

function toBytes(values: Float32Array): StoredValues {
  let min = Infinity;
  let max = -Infinity;
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  // of equal numbers every byte is 0, whatever the scale
  const scale = max > min ? (max - min) / LARGEST_BYTE : 1;
  const bytes = Buffer.from(Uint8Array.from(values, (value) => Math.round((value - min) / scale)));
  return { bytes, quantization: { dtype: 'uint8', scale, min, original_dtype: 'float32' } };
}

/**
 * Stores an array in a type: float16 is wrong by 2^-11 of each number at most, uint8 by 1/510 of the array's range.
 * @param name of the array, for errors
 * @throws UserError for numbers that the type has not
 */
export function storeValues(values: Float32Array, type: WeightType, name: string): StoredValues {
  if (type === 'float32')
    return { bytes: Buffer.from(values.buffer, values.byteOffset, values.byteLength) };
  const most = type === 'float16' ? LARGEST_HALF : Number.MAX_VALUE;
  const wrong = values.find((value) => !(Math.abs(value) <= most));
  if (wrong !== undefined)
    throw new UserError(
      `${name}: expected finite weights${type === 'float16' ? ` up to ${LARGEST_HALF}` : ''} for --weights_type=${type}, got ${wrong}. Use float32.`,
    );
  if (type === 'uint8') return toBytes(values);
  const { buffer } = toHalves(values);
  return {
    bytes: Buffer.from(buffer),
    quantization: { dtype: 'float16', original_dtype: 'float32' },
  };
}

/** Bytes that an array of `count` numbers takes. */
export const storedBytes = (count: number, quantization: Quantization | undefined): number =>
  count * BYTES[quantization?.dtype ?? 'float32'];

/** The float32 numbers that stored bytes stand for, [count]. */
export function readValues(
  bytes: Uint8Array,
  count: number,
  quantization: Quantization | undefined,
): Float32Array {
  const values = new Float32Array(count);
  if (quantization === undefined) {
    Buffer.from(values.buffer).set(bytes);
    return values;
  }
  if (quantization.dtype === 'uint8') {
    const { scale, min } = quantization;
    for (let i = 0; i < count; i++) values[i] = (bytes[i] ?? 0) * scale + min;
    return values;
  }
  // in an array of its own: where the bytes begin may be odd
  const halves = new Uint16Array(Uint8Array.from(bytes).buffer);
  for (let i = 0; i < count; i++) values[i] = fromHalf(halves[i] ?? 0);
  return values;
}
