import { tf } from '../../src/engine/tf';
import { sameLabel } from '../../src/models/age-condition';
import { buildDiscriminator, unnormedStddev } from '../../src/models/discriminator';
import { initializeWeights } from '../../src/models/initialize';

const SHAPE = { imageSize: 32, ageGroups: 5, channels: 16, norm: 'none' } as const;

/** Spread of the scores of random pictures at the start. */
function spreadOf(stddev?: typeof unnormedStddev): number {
  const discriminator = buildDiscriminator(SHAPE);
  initializeWeights(discriminator, 1, stddev);
  const pictures = tf.randomUniform<tf.Rank.R4>([8, 32, 32, 3], -1, 1, 'float32', 3);
  const scores = discriminator.apply([pictures, sameLabel(2, 8, 5)]) as tf.Tensor;
  expect(scores.shape).toEqual([8, 4, 4, 128]);
  return tf.moments(scores).variance.sqrt().dataSync()[0] ?? NaN;
}

test('without batch norm a discriminator has none, and tells pictures apart from the start', () => {
  const layers = buildDiscriminator(SHAPE).layers.map((layer) => layer.getClassName());
  expect(layers).not.toContain('IpcganBatchNormalization');
  expect(spreadOf()).toBeLessThan(0.02);
  expect(spreadOf(unnormedStddev)).toBeGreaterThan(0.1);
});
