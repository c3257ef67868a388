// Writes small weights as Keras does, in its two layouts, into a folder: `node make-h5.mjs FOLDER`.
import path from 'node:path';
import h5wasm from 'h5wasm/node';

const [folder] = process.argv.slice(2);
await h5wasm.ready;
const layers = { C1: 'conv2d', F7: 'dense' };
const values = Float32Array.from([1, 2, 3, 4, 5, 6]);

const older = new h5wasm.File(path.join(folder, 'older.h5'), 'w');
older.create_attribute('layer_names', Object.keys(layers));
for (const layer of Object.keys(layers)) {
  const group = older.create_group(layer);
  group.create_attribute('weight_names', [`${layer}/kernel:0`, `${layer}/bias:0`]);
  const inner = group.create_group(layer);
  inner.create_dataset({ name: 'kernel:0', data: values, shape: [2, 3] });
  inner.create_dataset({ name: 'bias:0', data: values.slice(0, 3), shape: [3] });
}
older.close();

const newer = new h5wasm.File(path.join(folder, 'newer.h5'), 'w');
const root = newer.create_group('layers');
for (const layer of Object.values(layers)) {
  const vars = root.create_group(layer).create_group('vars');
  vars.create_dataset({ name: '0', data: values, shape: [3, 2], chunks: [1, 2] });
  vars.create_dataset({ name: '1', data: values.slice(0, 2), shape: [2] });
}
newer.close();
