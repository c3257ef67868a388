// Writes arrays of float32 to HDF5: those that stdin says as JSON, { NAME: { shape, values } }. With `matlab` as MATLAB 7.3 has them: behind a head of
// 512 bytes, sides turned round, each with its class; and with a text beside them, which is no array of numbers.
import { readFileSync, writeFileSync } from 'node:fs';
import h5wasm from 'h5wasm/node';

const [to, form] = process.argv.slice(2);
const isMatlab = form === 'matlab';
await h5wasm.ready;
const target = new h5wasm.File(to, 'w');
const arrays = Object.entries(JSON.parse(readFileSync(0, 'utf8')));

/** What MATLAB writes of an array: the first side runs fastest, so that HDF5 calls it the last. */
function toMatlab({ shape, values }) {
  const sides = shape.length === 1 ? [1, ...shape] : shape;
  const columns = new Float32Array(values.length);
  values.forEach((value, i) => {
    let rest = i;
    let to = 0;
    const index = sides.map(() => 0);
    for (let k = sides.length - 1; k >= 0; k--) {
      index[k] = rest % sides[k];
      rest = (rest - index[k]) / sides[k];
    }
    for (let k = sides.length - 1; k >= 0; k--) to = to * sides[k] + index[k];
    columns[to] = value;
  });
  return { shape: [...sides].reverse(), data: columns };
}

for (const [name, array] of arrays) {
  const { shape, data } = isMatlab
    ? toMatlab(array)
    : { shape: array.shape, data: Float32Array.from(array.values) };
  const written = target.create_dataset({ name, data, shape });
  if (isMatlab) written.create_attribute('MATLAB_class', 'single');
}
if (isMatlab) target.create_dataset({ name: 'note', data: 'of a friend' });
target.close();
if (isMatlab)
  writeFileSync(
    to,
    Buffer.concat([Buffer.from('MATLAB 7.3 MAT-file'.padEnd(512)), readFileSync(to)]),
  );
