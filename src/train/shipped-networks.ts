/** @file The perceptual networks that come with the package, for runs whose user has none. */

import { deepFreeze } from '../config/load';
import type { Resolved } from '../config/load';
import type { TrainConfig } from '../config/schema';
import { isNeeded } from '../losses/term';
import type { LossTerm } from '../losses/term';
import { isNetworkThere } from '../weights/find-network';
import { shippedModel } from '../weights/shipped';
import { UserError } from '../errors';

/** Flags of the networks that the losses look through; one folder serves both, since their trunk is one. */
const FLAGS = ['alexnet_pretrained_model', 'age_pretrained_model'] as const;

/** A config, and what the user is told where it is not as it was; null otherwise. */
export interface WithNetworks {
  readonly config: TrainConfig;
  readonly note: string | null;
}

/** What `--second_age_model` says for the one in the package. */
const THE_SHIPPED = 'shipped';

/**
 * The same with the folder of the second age classifier that comes with the package, where that is asked for.
 * @throws UserError where this copy of the package has none
 */
function withShippedSecond(config: TrainConfig, shipped: string | null): TrainConfig {
  if (config.second_age_model !== THE_SHIPPED) return config;
  if (shipped === null)
    throw new UserError(
      `--second_age_model: expected the age classifier that comes with ipcgan for '${THE_SHIPPED}', got a copy of the package without it. Give a run of \`ipcgan pretrain --task=age\`, or leave the flag out.`,
    );
  return deepFreeze({ ...config, second_age_model: shipped });
}

/**
 * The config of a new run with the perceptual networks that come with the package, where a loss term needs one, neither is named,
 * nothing is at either's usual place, and random ones are not allowed. Their age groups are checked when they are opened.
 * @param given settings that the user gave, by name
 * @param shipped their folder, or null where this copy of the package has none
 * @param second the folder of the second age classifier, likewise
 * @throws UserError for a second age classifier that this copy does not have
 */
export function withShippedNetworks(
  asked: TrainConfig,
  given: Resolved<'train'>['given'],
  terms: readonly LossTerm[],
  shipped: string | null = shippedModel('perceptual'),
  second: string | null = shippedModel('secondAge'),
): WithNetworks {
  const config = withShippedSecond(asked, second);
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
