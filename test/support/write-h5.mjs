// Copies DeepFace's layers from one .h5 to another in Keras's older layout: without a layer, or with a kernel of another shape.
import h5wasm from 'h5wasm/node';

const [from, to, without, misshapen] = process.argv.slice(2);
await h5wasm.ready;
const source = new h5wasm.File(from, 'r');
const target = new h5wasm.File(to, 'w');
const layers = ['C1', 'C3', 'L4', 'L5', 'L6', 'F7'].filter((layer) => layer !== without);
target.create_attribute('layer_names', layers);
for (const layer of layers) {
  const group = target.create_group(layer);
  group.create_attribute('weight_names', [`${layer}/kernel:0`, `${layer}/bias:0`]);
  const inner = group.create_group(layer);
  for (const name of ['kernel:0', 'bias:0']) {
    const { shape, value } = source.get(`${layer}/${layer}/${name}`);
    const [first, ...rest] = shape.map(Number);
    const rows = layer === misshapen && name === 'kernel:0' ? first - 2 : first;
    inner.create_dataset({
      name,
      data: value.slice(0, (value.length / first) * rows),
      shape: [rows, ...rest],
    });
  }
}
target.close();
