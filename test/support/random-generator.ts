/** @file Small generators of every kind with random weights, whose pictures use their whole range. */

import { ageGroupNames, DEFAULT_AGE_BOUNDS } from '../../src/data/age-groups';
import { tf } from '../../src/engine/tf';
import type { Upsampling } from '../../src/models/generator-record';
import { generatorOfKind } from '../../src/models/generators';
import { sameLabel } from '../../src/models/age-condition';
import { assignValues, namedWeights } from '../../src/models/named-weights';
import { generate } from '../../src/train/forward';
import { toManifest, writeManifest } from '../../src/weights/model-manifest';
import { saveModel } from '../../src/weights/saved-model';

/** What a test's generator is made of. */
export interface RandomShape {
  readonly kind: string;
  readonly upsampling: Upsampling;
  readonly labelScale: number;
}

/** One of each kind; together they have both upsamplings and a label scale. */
export const RANDOM_SHAPES: readonly RandomShape[] = [
  { kind: 'residual', upsampling: 'transposed', labelScale: 1 },
  { kind: 'masked', upsampling: 'resize', labelScale: 100 },
  { kind: 'shaded', upsampling: 'transposed', labelScale: 50 },
  { kind: 'pyramid', upsampling: 'transposed', labelScale: 20 },
];

export const RANDOM_SIZE = 24;
export const RANDOM_GROUPS = 5;
export const RANDOM_CHANNELS = 4;

/** A generator of 24 × 24 pixels and five groups; the caller disposes. Needs an open engine. */
export function randomGenerator({ kind, upsampling, labelScale }: RandomShape): tf.LayersModel {
  const generator = generatorOfKind(kind, 'test').build({
    imageSize: RANDOM_SIZE,
    ageGroups: RANDOM_GROUPS,
    channels: RANDOM_CHANNELS,
    labelScale,
    upsampling,
  });
  let seed = 0;
  for (const [name, variable] of namedWeights(generator)) {
    if (name.includes('moving')) continue;
    const [low, high] = name.endsWith('gamma') ? [0.5, 1.5] : [-0.3, 0.3];
    seed += 1;
    assignValues(
      variable,
      tf.randomUniform(variable.shape, low, high, 'float32', seed).dataSync() as Float32Array,
    );
  }
  // moving averages as training leaves them
  for (let group = 0; group < RANDOM_GROUPS; group++) {
    const faces = tf.randomUniform<tf.Rank.R4>(
      [4, RANDOM_SIZE, RANDOM_SIZE, 3],
      -104,
      131,
      'float32',
      20 + group,
    );
    const label = sameLabel(group, 4, RANDOM_GROUPS);
    const fake = generate(generator, faces, label, 1);
    tf.dispose([faces, label, fake]);
  }
  return generator;
}

/** Writes one as a model's folder, which names its groups; needs an open engine. */
export async function writeRandomModel(folder: string, shape: RandomShape): Promise<void> {
  const generator = randomGenerator(shape);
  await saveModel(generator, folder);
  generator.dispose();
  const { kind, upsampling, labelScale } = shape;
  const manifest = toManifest({
    generator: { kind, channels: RANDOM_CHANNELS, upsampling },
    imageSize: RANDOM_SIZE,
    ageBounds: DEFAULT_AGE_BOUNDS,
    groupNames: ageGroupNames(DEFAULT_AGE_BOUNDS),
    labelScale,
    batchNorm: 'batch',
    step: 7,
    trainedOn: null,
    licence: 'Random numbers.',
    figures: {},
  });
  await writeManifest(folder, manifest);
}
