/** @file Everything that one training step needs, as a config describes it: networks, optimisers, loss terms. */

import type { TrainConfig } from '../config/schema';
import { identityTermBy } from '../losses/identity';
import { LOSS_TERMS } from '../losses/terms';
import { isNeeded } from '../losses/term';
import type { LossTerm } from '../losses/term';
import type { tf } from '../engine/tf';
import { UserError } from '../errors';
import { hasMask } from '../models/generator-outputs';
import type { GeneratorRecord } from '../models/generator-record';
import { generatorOfKind } from '../models/generators';
import { disposePerceptual } from '../models/perceptual-networks';
import type { PerceptualNetworks } from '../models/perceptual-networks';
import { trainableWeights } from '../models/named-weights';
import { createAdam } from '../optimizers/adam';
import { withAverage } from '../optimizers/averaged';
import type { NetworkSettings } from '../weights/checkpoint';
import type { Networks } from './forward';
import { averagedVariables, startAverage } from './generator-average';
import { learningRatesAt } from './learning-rates';
import {
  buildGeneratorOf,
  buildTrainedNetworks,
  loadPerceptualNetworks,
  networkSettings,
} from './networks';
import type { Optimizers, StepSettings } from './step';

/** What a caller brings of its own. */
export interface OwnParts {
  /** Loss terms beside the config's; one of the name of one of those takes its place. */
  readonly terms?: readonly LossTerm[];
  /** A kind of generator; the one that the config names when absent. */
  readonly generator?: GeneratorRecord;
}

/** A step that can be trained, at its starting weights. */
export interface OpenStep {
  readonly networks: Networks;
  /** The moving average of the generator, which goes along with the generator's optimiser (`--ema`); null without. */
  readonly average: tf.LayersModel | null;
  readonly optimizers: Optimizers;
  readonly settings: StepSettings;
  /** What a checkpoint needs to build the networks again. */
  readonly networkSettings: NetworkSettings;
  readonly generator: GeneratorRecord;
  /** Flags whose network was left at random weights. */
  readonly untrained: readonly string[];
  /** Frees networks and optimisers. */
  readonly dispose: () => void;
}

/** The terms of a run's loss, each with the weight that its settings give it; own ones replace those of their names, or come last. */
export function lossTermsOf(config: TrainConfig, own: readonly LossTerm[] = []): LossTerm[] {
  const terms: LossTerm[] = LOSS_TERMS.map((term) => ({
    ...(term.name === 'fea' ? identityTermBy(config.fea_distance) : term),
    weight: config[`${term.name}_loss_weight`],
  }));
  const replaced = terms.map((term) => own.find(({ name }) => name === term.name) ?? term);
  return [...replaced, ...own.filter(({ name }) => !terms.some((term) => term.name === name))];
}

/** What is built on perceptual networks, which are freed where it cannot be. */
function buildOrDispose<T>(perceptual: PerceptualNetworks | null, build: () => T): T {
  try {
    return build();
  } catch (error) {
    disposePerceptual(perceptual);
    throw error;
  }
}

/**
 * Builds and initialises the networks, loads the perceptual ones, and binds the optimisers.
 * @throws UserError for missing or unfit pretrained networks
 */
export async function openStep(
  config: TrainConfig,
  ageBounds: readonly number[],
  own: OwnParts = {},
): Promise<OpenStep> {
  const terms = lossTermsOf(config, own.terms);
  const record = own.generator ?? generatorOfKind(config.generator, '--generator');
  const settings = networkSettings({ ...config, age_bounds: ageBounds }, record);
  const shape = { featureLayer: config.fea_layer_name, ageBounds };
  const loaded = await loadPerceptualNetworks(terms, shape, config, config.seed);
  const { perceptual, untrained } = loaded;
  const { generator, discriminator } = buildOrDispose(perceptual, () =>
    buildTrainedNetworks(settings, config.seed, record, perceptual),
  );
  if (isNeeded(terms, 'mask') && !hasMask(generator)) {
    for (const model of [generator, discriminator]) model.dispose();
    disposePerceptual(perceptual);
    throw new UserError(
      `--mask_loss_weight: expected a generator with a mask, got the kind '${record.kind}', which has none. Use --generator=masked, or leave the term out.`,
    );
  }
  const average = config.ema > 0 ? buildGeneratorOf(settings, record) : null;
  if (average) startAverage(generator, average);
  const ofGenerator = createAdam(trainableWeights(generator));
  const optimizers = {
    discriminator: createAdam(trainableWeights(discriminator)),
    generator: average
      ? withAverage(ofGenerator, averagedVariables(generator, average), config.ema)
      : ofGenerator,
  };
  return {
    networks: { generator, discriminator, perceptual },
    average,
    optimizers,
    settings: {
      terms,
      learningRates: learningRatesAt(config, 0),
      dIter: config.d_iter,
      gIter: config.g_iter,
      microBatch: config.micro_batch ?? undefined,
    },
    networkSettings: settings,
    generator: record,
    untrained,
    dispose: () => {
      optimizers.discriminator.dispose();
      optimizers.generator.dispose();
      for (const model of [generator, discriminator, average]) model?.dispose();
      disposePerceptual(perceptual);
    },
  };
}
