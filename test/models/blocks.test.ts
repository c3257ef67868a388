import { tf } from '../../src/engine/tf';
import { resizeConvolution, upConvolution } from '../../src/models/blocks';
import { initializeWeights } from '../../src/models/initialize';

/** How much neighbouring pixels differ, away from the borders, of what a layer makes of a flat picture. */
function checkerboard(layer: typeof upConvolution): { shape: tf.Shape; spread: number } {
  const image = tf.input({ shape: [8, 8, 2] });
  const larger = layer(image, { name: 'generator/up', filters: 3, kernelSize: 3 });
  const model = tf.model({ inputs: image, outputs: larger });
  initializeWeights(model, 1, () => 1);
  const made = model.apply(tf.ones([1, 8, 8, 2])) as tf.Tensor4D;
  const inner = tf.slice(made, [0, 4, 4, 0], [1, 8, 8, 3]);
  const spread = tf.max(tf.sub(tf.max(inner, [1, 2]), tf.min(inner, [1, 2]))).dataSync()[0];
  return { shape: made.shape, spread: spread ?? NaN };
}

test('both double the size; a transposed convolution makes a checkerboard of a flat picture, a resized one does not', () => {
  const transposed = checkerboard(upConvolution);
  const resized = checkerboard(resizeConvolution);
  expect([transposed.shape, resized.shape]).toEqual([
    [1, 16, 16, 3],
    [1, 16, 16, 3],
  ]);
  expect(transposed.spread).toBeGreaterThan(0.5);
  expect(resized.spread).toBeLessThan(1e-5);
});
