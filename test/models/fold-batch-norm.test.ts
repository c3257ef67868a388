import { tf } from '../../src/engine/tf';
import { ageByMovingAverages } from '../../src/ageing/age-faces';
import { sameLabel } from '../../src/models/age-condition';
import { foldBatchNorm } from '../../src/models/fold-batch-norm';
import { buildGenerator } from '../../src/models/generator';
import { assignValues, namedWeights } from '../../src/models/named-weights';
import { generate } from '../../src/train/forward';

test.each([
  [1, 'transposed'],
  [50, 'transposed'],
  [1, 'resize'],
] as const)(
  'a folded generator paints the same pictures within 1/255, and has no batch norm, at label scale %i, upsampling %s',
  (labelScale, upsampling) => {
    const shape = { imageSize: 32, ageGroups: 5, channels: 4, labelScale, upsampling };
    const generator = buildGenerator(shape);
    for (const [name, variable] of namedWeights(generator)) {
      if (name.includes('moving')) continue;
      const [low, high] = name.endsWith('gamma') ? [0.5, 1.5] : [-0.3, 0.3];
      const seed = [...namedWeights(generator).keys()].indexOf(name) + 1;
      assignValues(
        variable,
        tf.randomUniform(variable.shape, low, high, 'float32', seed).dataSync() as Float32Array,
      );
    }
    // moving averages as training leaves them, of faces like those below
    for (let seed = 20; seed < 24; seed++) {
      const batch = tf.randomUniform<tf.Rank.R4>([4, 32, 32, 3], -110, 130, 'float32', seed);
      generate(generator, batch, sameLabel(seed % 5, 4, 5), 1).dispose();
    }
    const folded = foldBatchNorm(generator);
    expect(folded.layers.some((layer) => layer.getClassName() === 'IpcganBatchNormalization')).toBe(
      false,
    );
    const faces = tf.randomUniform<tf.Rank.R4>([3, 32, 32, 3], -110, 130, 'float32', 7);
    for (const group of [0, 4]) {
      const [whole, fast] = [generator, folded].map((model) =>
        ageByMovingAverages(model, faces, group),
      );
      const spread = tf.max(whole!).dataSync()[0]! - tf.min(whole!).dataSync()[0]!;
      expect(spread).toBeGreaterThan(0.5);
      expect(tf.max(tf.abs(tf.sub(whole!, fast!))).dataSync()[0]).toBeLessThan(2 / 255);
    }
  },
);
