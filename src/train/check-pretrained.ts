/** @file Looks for the pretrained networks that a run needs before anything heavy loads. */

import { UserError } from '../errors';
import { isNeeded } from '../losses/term';
import type { LossTerm } from '../losses/term';
import { findNetwork, isNetworkThere } from '../weights/find-network';
import type { TrainConfig } from '../config/schema';
import { lossTermsOf } from './open-step';

/** The commands that make the networks. */
export const MAKE_NETWORK = {
  alexnet_pretrained_model: 'ipcgan pretrain --task=identity --data=DATA --run=names',
  age_pretrained_model:
    'ipcgan pretrain --task=age --data=DATA --alexnet_pretrained_model=checkpoints/names --run=age',
} as const;

/**
 * Training against random features without being told is a defect: a network that a loss needs must be there, unless `allow_untrained`.
 * @throws UserError that names every missing one, or the first place that holds none
 */
export function checkPretrainedFiles(
  config: TrainConfig,
  terms: readonly LossTerm[] = lossTermsOf(config),
): void {
  const { allow_untrained: allow } = config;
  const needed = [
    ...(isNeeded(terms, 'features') ? (['alexnet_pretrained_model'] as const) : []),
    ...(isNeeded(terms, 'ages') ? (['age_pretrained_model'] as const) : []),
  ];
  const missing = needed.filter((flag) => !isNetworkThere(config[flag]));
  if (missing.length > 0 && !allow)
    throw new UserError(
      missing
        .map(
          (flag) =>
            `--${flag}: expected a network saved by ipcgan or a TensorFlow 1 checkpoint, got ${config[flag]}, which does not exist. ` +
            `Train one with \`${MAKE_NETWORK[flag]}\`, set its loss weight to 0, or give --allow_untrained.`,
        )
        .join('\n'),
    );
  for (const flag of needed.filter((name) => !missing.includes(name)))
    findNetwork(config[flag], `--${flag}`);
  if (config.second_age_model !== null && isNeeded(terms, 'ages'))
    findNetwork(config.second_age_model, '--second_age_model');
}
