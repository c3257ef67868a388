/** @file The perceptual networks that come with the package, for runs whose user has none. */

import { deepFreeze } from '../config/load';
import type { Resolved } from '../config/load';
import type { TrainConfig } from '../config/schema';
import { isNeeded } from '../losses/term';
import type { LossTerm } from '../losses/term';
import { isNetworkThere } from '../weights/find-network';
import { shippedModel } from '../weights/shipped';

/** Flags of the networks that the losses look through; one folder serves both, since their trunk is one. */
const FLAGS = ['alexnet_pretrained_model', 'age_pretrained_model'] as const;

/** A config, and what the user is told where it is not as it was; null otherwise. */
export interface WithNetworks {
  readonly config: TrainConfig;
  readonly note: string | null;
}

/**
 * The config of a new run with the perceptual networks that come with the package, where a loss term needs one, neither is named,
 * nothing is at either's usual place, and random ones are not allowed. Their age groups are checked when they are opened.
 * @param given settings that the user gave, by name
 * @param shipped their folder, or null where this copy of the package has none
 */
export function withShippedNetworks(
  config: TrainConfig,
  given: Resolved<'train'>['given'],
  terms: readonly LossTerm[],
  shipped: string | null = shippedModel('perceptual'),
): WithNetworks {
  const isWanted = isNeeded(terms, 'features') || isNeeded(terms, 'ages');
  const isNamed = FLAGS.some((flag) => given.has(flag) || isNetworkThere(config[flag]));
  if (shipped === null || !isWanted || isNamed || config.resume || config.allow_untrained)
    return { config, note: null };
  return {
    config: deepFreeze({
      ...config,
      alexnet_pretrained_model: shipped,
      age_pretrained_model: shipped,
    }),
    note: `perceptual networks: ${shipped}, which comes with ipcgan; --alexnet_pretrained_model and --age_pretrained_model name others`,
  };
}
