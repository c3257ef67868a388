/** @file Looks for the pretrained networks that a run needs before anything heavy loads. */

import { UserError } from '../errors';
import { findNetwork, isNetworkThere } from '../import/find-network';
import type { PretrainConfig, TrainConfig } from '../config/schema';

/**
 * Training against random features without being told is a defect: a network that a loss needs must be there, unless `allow_untrained`.
 * @throws UserError that names every missing one, or the first place that holds none
 */
export function checkPretrainedFiles(config: TrainConfig): void {
  const { fea_loss_weight: fea, age_loss_weight: age, allow_untrained: allow } = config;
  const needed = [...(fea > 0 ? (['alexnet_pretrained_model'] as const) : []), ...(age > 0 ? (['age_pretrained_model'] as const) : [])];
  const missing = needed.filter((flag) => !isNetworkThere(config[flag]));
  if (missing.length > 0 && !allow)
    throw new UserError(
      missing
        .map(
          (flag) =>
            `--${flag}: expected a network saved by ipcgan or a TensorFlow 1 checkpoint, got ${config[flag]}, which does not exist. ` +
            'Train one with `ipcgan pretrain`, set its loss weight to 0, or give --allow_untrained.',
        )
        .join('\n'),
    );
  for (const flag of needed.filter((name) => !missing.includes(name))) findNetwork(config[flag], `--${flag}`);
}

/**
 * What pretraining starts from; null where it starts at random, or where a resumed identity run, which has all its weights in its
 * own state, has lost what it once started from.
 * @throws UserError where it names a place that holds no network
 */
export function startingNetwork({ task, alexnet_pretrained_model: location, resume }: PretrainConfig): string | null {
  if (location === null || (task === 'identity' && resume && !isNetworkThere(location))) return null;
  findNetwork(location, '--alexnet_pretrained_model');
  return location;
}
