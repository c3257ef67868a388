import { tf } from '../../src/engine/tf';
import { oneHotLabels, sameLabel } from '../../src/models/age-condition';
import { buildGenerator } from '../../src/models/generator';
import { initializeWeights } from '../../src/models/initialize';
import { loadStartingWeights } from '../../src/train/starting-weights';
import { buildTrainedNetworks, networkSettings } from '../../src/train/networks';
import { createAdam } from '../../src/optimizers/adam';
import { toManifest } from '../../src/weights/model-manifest';
import { saveCheckpoint } from '../../src/train/save-checkpoint';
import { trainableWeights } from '../../src/models/named-weights';
import { ageByMovingAverages } from '../../src/ageing/age-faces';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();
const BATCH = 4;
const GROUPS = 3;
const faces = (size: number): tf.Tensor4D =>
  tf.randomUniform([BATCH, size, size, 3], -110, 130, 'float32', 5);

/** Mean absolute difference of the pictures of two labellings, away from the border, as training sees them. */
function differenceInside(labelScale: number, one: tf.Tensor2D, other: tf.Tensor2D): number {
  const size = 64;
  const generator = buildGenerator({ imageSize: size, ageGroups: GROUPS, channels: 4, labelScale });
  initializeWeights(generator, 1);
  // the first layer's activations: in later ones the border has spread over the picture
  const first = tf.model({
    inputs: generator.inputs,
    outputs: generator.getLayer('generator/relu1').output as tf.SymbolicTensor,
  });
  return tf.tidy(() => {
    const source = faces(size);
    const [a, b] = [one, other].map((label) =>
      tf.slice(
        first.apply([source, label], { training: true }) as tf.Tensor4D,
        [0, 8, 8, 0],
        [-1, size - 16, size - 16, -1],
      ),
    );
    return tf.mean(tf.abs(tf.sub(a!, b!))).dataSync()[0]!;
  });
}

test('a label that a whole batch shares is subtracted by batch norm; labels by picture are seen, the more the larger their planes', () => {
  const shared = [sameLabel(0, BATCH, GROUPS), sameLabel(2, BATCH, GROUPS)] as const;
  const own = [oneHotLabels([0, 1, 2, 0], GROUPS), oneHotLabels([2, 0, 1, 2], GROUPS)] as const;
  // what is left of the shared one are the planes' zeros beyond the border, in mean and variance
  const hidden = differenceInside(1, ...shared);
  const seen = differenceInside(1, ...own);
  const large = differenceInside(100, ...own);
  expect(seen).toBeGreaterThan(10 * hidden);
  expect(large).toBeGreaterThan(10 * seen);
});

test('weights of a run with another label scale are taken so that they compute the same', async () => {
  const size = 16;
  const shape = {
    image_size: size,
    age_groups: GROUPS,
    age_bounds: [20, 30],
    width: 0.1,
    generator: 'residual',
    upsampling: 'transposed' as const,
    discriminator: 'patch' as const,
    d_norm: 'batch' as const,
  };
  const networks = (label_scale: number, seed: number) =>
    buildTrainedNetworks(networkSettings({ ...shape, label_scale }), seed);
  const trained = networks(4096, 1);
  const optimizers = {
    discriminator: createAdam(trainableWeights(trained.discriminator)),
    generator: createAdam(trainableWeights(trained.generator)),
  };
  const checkpoint = await saveCheckpoint(
    newFolder(),
    { ...trained, average: null, optimizers },
    {
      step: 1,
      networks: networkSettings({ ...shape, label_scale: 4096 }),
      sampler: null,
      manifest: toManifest({
        generator: { kind: 'residual', channels: 3, upsampling: 'transposed' },
        imageSize: size,
        ageBounds: [20, 30],
        groupNames: ['11-20', '21-30', '30+'],
        labelScale: 4096,
        batchNorm: 'moving',
        step: 1,
        trainedOn: null,
        licence: '',
        figures: {},
      }),
      keep: 1,
      keepEvery: 0,
    },
  );
  const started = networks(1, 2);
  await loadStartingWeights({ ...started, perceptual: null }, checkpoint);
  const paint = (generator: tf.LayersModel, group: number): tf.Tensor4D =>
    ageByMovingAverages(generator, faces(size), group);
  const before = paint(trained.generator, 1);
  const after = paint(started.generator, 1);
  const other = paint(trained.generator, 2);
  const difference = (a: tf.Tensor, b: tf.Tensor): number =>
    tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]!;
  expect(difference(before, after)).toBeLessThan(1e-5);
  expect(difference(before, other)).toBeGreaterThan(1e-3);
});
