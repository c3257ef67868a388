import { tf } from '../../src/engine/tf';
import { sameLabel } from '../../src/models/age-condition';
import { unnormedStddev } from '../../src/models/discriminator';
import { initializeWeights } from '../../src/models/initialize';
import { MEAN_RGB } from '../../src/images/pixel-range';
import { unitFeatures } from '../../src/models/layers/unit-features';
import { namedWeights } from '../../src/models/named-weights';
import { buildPerceptualNetworks } from '../../src/models/perceptual-networks';
import {
  buildProjectedDiscriminator,
  isProjected,
  projectedStddev,
} from '../../src/models/projected-discriminator';
import { networkSettings, buildTrainedNetworks } from '../../src/train/networks';
import { discriminate, lookAt } from '../../src/train/forward';

const WIDTHS = {
  ...{ conv1: 4, conv2: 8, conv3: 6, conv4: 4, conv5: 4, fc6: 8, fc7: 8, new_1: 4 },
  ...{ age_fc6: 8, age_fc7: 8 },
};

/** One that looks at what networks of {@link WIDTHS} see. */
const buildSmall = (): tf.LayersModel =>
  buildProjectedDiscriminator({
    features: [
      [27, 27, 8],
      [6, 6, 4],
      [16, 16, 3],
    ],
    ageGroups: 5,
    channels: 4,
  });

test('features of every place have a mean square of 1, whatever their size, and none stay none', () => {
  const x = tf.tensor4d([3, 4, 0, 0, 300, 400, 0, 0, 0, 0, 0, 0], [1, 1, 3, 4]);
  const y = unitFeatures({}).apply(x) as tf.Tensor;
  const expected = [1.2, 1.6, 0, 0, 1.2, 1.6, 0, 0, 0, 0, 0, 0];
  [...y.dataSync()].forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
});

test('it scores pictures by what the perceptual network sees in them, and the label', () => {
  const perceptual = buildPerceptualNetworks({
    featureLayer: null,
    ageGroups: 5,
    widths: WIDTHS,
  })!;
  initializeWeights(perceptual.joint, 1, () => 0.1);
  const discriminator = buildSmall();
  initializeWeights(discriminator, 2, unnormedStddev);
  expect(isProjected(discriminator)).toBe(true);
  const networks = { discriminator, perceptual };
  const pictures = tf.randomUniform<tf.Rank.R4>([2, 32, 32, 3], -1, 1, 'float32', 3);
  const scoresOf = (seen: tf.Tensor4D, group: number): tf.Tensor =>
    discriminate(networks, seen, sameLabel(group, 2, 5), { training: true });
  const scores = scoresOf(pictures, 1);
  expect(scores.shape).toEqual([2, 3]);
  const differs = (other: tf.Tensor): boolean =>
    (tf.max(tf.abs(tf.sub(scores, other))).dataSync()[0] ?? 0) > 1e-3;
  expect(differs(scoresOf(pictures, 1))).toBe(false);
  expect(differs(scoresOf(pictures, 3))).toBe(true);
  expect(differs(scoresOf(tf.reverse(pictures, 1), 1))).toBe(true);
  const [, , light] = lookAt(networks, tf.fill([1, 32, 32, 3], 1));
  const brightest = MEAN_RGB.map((mean) => (255 - mean) / 127.5);
  [...tf.mean(light!, [0, 1, 2]).dataSync()].forEach((value, i) =>
    expect(value).toBeCloseTo(brightest[i]!, 5),
  );
});

test('it starts undecided, with all but its last layers filled', () => {
  const discriminator = buildSmall();
  initializeWeights(discriminator, 2, projectedStddev);
  const fine = tf.randomUniform([3, 27, 27, 8], 0, 1, 'float32', 1);
  const deep = tf.randomUniform([3, 6, 6, 4], 0, 1, 'float32', 2);
  const light = tf.randomUniform([3, 16, 16, 3], -1, 1, 'float32', 3);
  const scores = discriminator.apply([fine, deep, light, sameLabel(1, 3, 5)]) as tf.Tensor;
  expect([...scores.dataSync()]).toEqual(Array(9).fill(0.5));
  const filled = [...namedWeights(discriminator)]
    .filter(([name, variable]) => name.endsWith('weights') && (tf.max(variable).dataSync()[0] ?? 0) > 0)
    .map(([name]) => name);
  expect(filled.sort()).toEqual([
    'discriminator/deep/hidden_1/weights',
    'discriminator/deep/hidden_2/weights',
    'discriminator/fine/hidden_1/weights',
    'discriminator/fine/hidden_2/weights',
    'discriminator/fine/weights',
    'discriminator/light/hidden_1/weights',
    'discriminator/light/hidden_2/weights',
  ]);
});

test('without perceptual networks there is nothing to look through', () => {
  const settings = networkSettings({
    ...{ image_size: 16, age_groups: 5, age_bounds: [20, 30, 40, 50], width: 0.1 },
    ...{ label_scale: 1, generator: 'residual', upsampling: 'transposed', d_norm: 'batch' },
    discriminator: 'projected',
  });
  expect(() => buildTrainedNetworks(settings, 1)).toThrow(
    "--discriminator: expected perceptual networks for 'projected' to look through, got neither",
  );
});
