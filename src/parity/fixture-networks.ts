/** @file The networks of a fixture: as wide as its variables say, filled by its rule. */

import { UserError } from '../errors';
import { tf } from '../engine/tf';
import { ALEXNET_WIDTHS, buildIdentityHead, buildTrunk } from '../models/alexnet';
import type { AlexNetWidths } from '../models/alexnet';
import { ageLogits } from '../models/age-classifier';
import { buildDiscriminator } from '../models/discriminator';
import type { PerceptualNetworks } from '../models/perceptual-networks';
import { buildGenerator } from '../models/generator';
import { projections } from '../models/projected-discriminator';
import { loadWeights, namedWeights, trainableWeights } from '../models/named-weights';
import type { WeightSource } from '../models/named-weights';
import { oneHotLabels } from '../models/age-condition';
import type { Networks, StepInput } from '../train/forward';
import type { StepFixture } from './fixture';
import { seedValues } from './seed-values';

/** Every output of AlexNet that a fixture may hold, by the name that it has there, from one set of weights. */
export interface FixtureNetworks {
  readonly networks: Networks;
  readonly alexNet: tf.LayersModel;
  /** Names of alexNet's outputs, in order. */
  readonly outputs: readonly string[];
}

function dimension(fixture: StepFixture, variable: string, axis: number): number {
  const size = fixture.variables[variable]?.shape.at(axis);
  if (size === undefined)
    throw new UserError(
      `step.json: expected a variable '${variable}', got none. The folder is not of the seed-numbers format.`,
    );
  return size;
}

const sizeOf = (shape: readonly number[]): number =>
  shape.reduce((product, size) => product * size, 1);

/** The fixture's variables as a source of weights. */
function variablesOf({ salt, variables }: StepFixture): WeightSource {
  return {
    label: 'step.json',
    names: new Set(Object.keys(variables)),
    read: (name) => {
      const { shape, low, high } = variables[name] ?? { shape: [], low: 0, high: 0 };
      return Promise.resolve({ shape, values: seedValues(salt, name, sizeOf(shape), low, high) });
    },
  };
}

/** Number of age groups: the channels of G's first convolution beyond the picture's three. */
export const ageGroupsOf = (fixture: StepFixture): number =>
  dimension(fixture, 'generator/conv1/weights', 2) - 3;

function alexNetWidthsOf(fixture: StepFixture): AlexNetWidths {
  const widths = Object.keys(ALEXNET_WIDTHS).map(
    (layer) => [layer, dimension(fixture, `alexnet/${layer}/weights`, -1)] as const,
  );
  return Object.fromEntries(widths) as Record<keyof AlexNetWidths, number>;
}

function buildAlexNets(fixture: StepFixture): {
  perceptual: PerceptualNetworks;
  alexNet: tf.LayersModel;
  outputs: string[];
} {
  const widths = alexNetWidthsOf(fixture);
  const trunk = buildTrunk(widths);
  const { fc6, fc7, new_1, new_2 } = buildIdentityHead(
    trunk,
    dimension(fixture, 'alexnet/new_2/weights', -1),
    widths,
  );
  const { conv3, conv4, conv5, pool5 } = trunk;
  const logits = ageLogits(trunk, ageGroupsOf(fixture), widths);
  const named = {
    conv3,
    conv4,
    conv5,
    pool5,
    fc6,
    fc7,
    fc9: new_1,
    face_logits: new_2,
    age_logits: logits,
  };
  const model = (outputs: tf.SymbolicTensor[]): tf.LayersModel =>
    tf.model({ inputs: trunk.image, outputs });
  const features = named[fixture.fea_layer];
  return {
    perceptual: {
      identityExtractor: model([features]),
      ageClassifier: model([logits]),
      projector: model(projections(trunk)),
      joint: model([features, logits]),
      secondAgeClassifier: null,
    },
    alexNet: model(Object.values(named)),
    outputs: Object.keys(named),
  };
}

/** Builds and fills the networks of a fixture. */
export async function buildFixtureNetworks(fixture: StepFixture): Promise<FixtureNetworks> {
  const imageSize = fixture.inputs['input/real']?.shape[1];
  if (imageSize === undefined)
    throw new UserError(
      `step.json: expected an input 'input/real', got ${Object.keys(fixture.inputs).join(', ')}`,
    );
  const ageGroups = ageGroupsOf(fixture);
  const generator = buildGenerator({
    imageSize,
    ageGroups,
    channels: dimension(fixture, 'generator/conv1/weights', -1),
  });
  const discriminator = buildDiscriminator({
    imageSize,
    ageGroups,
    channels: dimension(fixture, 'discriminator/dis/weights', -1),
  });
  const { perceptual, alexNet, outputs } = buildAlexNets(fixture);
  const source = variablesOf(fixture);
  for (const variables of [
    trainableWeights(generator),
    trainableWeights(discriminator),
    namedWeights(alexNet),
  ]) {
    await loadWeights(variables, source);
  }
  return { networks: { generator, discriminator, perceptual }, alexNet, outputs };
}

/** The batch of a fixture, made by its rule; the caller disposes. */
export function buildFixtureInput(fixture: StepFixture): StepInput {
  const input = (name: string): tf.Tensor4D => {
    const { shape, low, high } = fixture.inputs[name] ?? { shape: [0, 0, 0, 0], low: 0, high: 0 };
    return tf.tensor(seedValues(fixture.salt, name, sizeOf(shape), low, high), [...shape] as [
      number,
      number,
      number,
      number,
    ]);
  };
  const sourceName = Object.keys(fixture.inputs).find(
    (name) => name.startsWith('input/source') && name !== 'input/source227',
  );
  const groups = (group: number): tf.Tensor2D =>
    oneHotLabels(new Array<number>(fixture.batch).fill(group), ageGroupsOf(fixture));
  return {
    source: input(sourceName ?? 'input/source128'),
    source227: input('input/source227'),
    real: input('input/real'),
    trueLabel: groups(fixture.true_label),
    falseLabel: groups(fixture.false_label),
  };
}
