import { readValues, storedBytes, storeValues } from '../../src/weights/quantize';

const halvesOf = (...values: number[]): number[] => {
  const { bytes } = storeValues(Float32Array.from(values), 'float16', 'w');
  return values.map((_, i) => bytes.readUInt16LE(2 * i));
};

test('half precision is IEEE 754 binary16, to the nearest, ties to even', () => {
  expect(halvesOf(0, -0, 1, -2, 65504, 2 ** -14, 2 ** -24, 0.1)).toEqual([
    0, 0x8000, 0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x2e66,
  ]);
  // halfway between two numbers: the even one
  expect(halvesOf(1 + 2 ** -11, 1 + 3 * 2 ** -11, 1.5 * 2 ** -24, 2 ** -25)).toEqual([
    0x3c00, 0x3c02, 0x0002, 0x0000,
  ]);
  // just below the smallest normal number
  expect(halvesOf(2 ** -14 - 2 ** -26)).toEqual([0x0400]);
});

test('every half is read as the number that is stored as it', () => {
  const all = Uint16Array.from({ length: 1 << 16 }, (_, i) => i).filter(
    (half) => (half & 0x7c00) !== 0x7c00,
  );
  const values = readValues(new Uint8Array(all.buffer), all.length, { dtype: 'float16' });
  const { bytes, quantization } = storeValues(values, 'float16', 'w');
  expect(quantization).toEqual({ dtype: 'float16', original_dtype: 'float32' });
  expect(bytes.equals(Buffer.from(all.buffer))).toBe(true);
  // at an odd place in a file
  const shifted = Buffer.concat([Buffer.of(7), Buffer.from(all.buffer)]).subarray(1);
  expect(readValues(shifted, all.length, quantization)).toEqual(values);
});

test('a byte is wrong by half a step at most', () => {
  const values = Float32Array.from({ length: 1000 }, (_, i) => Math.sin(i) * 3 - 1);
  const { bytes, quantization } = storeValues(values, 'uint8', 'w');
  expect(bytes).toHaveLength(storedBytes(1000, quantization));
  expect(storedBytes(1000, quantization)).toBe(1000);
  const read = readValues(bytes, 1000, quantization);
  const step = 6 / 255;
  const worst = Math.max(...read.map((value, i) => Math.abs(value - values[i]!)));
  expect(worst).toBeLessThanOrEqual(step / 2 + 1e-6);
  expect(worst).toBeGreaterThan(step / 4);
  const equal = storeValues(Float32Array.of(5, 5), 'uint8', 'w');
  expect([...readValues(equal.bytes, 2, equal.quantization)]).toEqual([5, 5]);
});

test('float32 stays as it is', () => {
  const values = Float32Array.of(1, -0.1, 1e30);
  const { bytes, quantization } = storeValues(values, 'float32', 'w');
  expect(quantization).toBeUndefined();
  expect(readValues(bytes, 3, quantization)).toEqual(values);
});

test.each([
  [
    'float16',
    70000,
    'w: expected finite weights up to 65504 for --weights_type=float16, got 70000',
  ],
  ['float16', NaN, 'got NaN'],
  ['uint8', Infinity, 'w: expected finite weights for --weights_type=uint8, got Infinity'],
] as const)('%s has no %d', (type, value, message) => {
  expect(() => storeValues(Float32Array.of(1, value), type, 'w')).toThrow(message);
});
