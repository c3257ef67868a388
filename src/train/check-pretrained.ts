/** @file Looks for the pretrained files of a run before anything heavy loads. */

import { existsSync } from 'node:fs';
import { UserError } from '../errors';
import { isTf1Bundle } from '../import/tf1-bundle';
import type { TrainConfig } from '../config/schema';

/** Our network's directory, or the prefix of a TensorFlow 1 checkpoint. */
export const isNetworkThere = (location: string): boolean => existsSync(location) || isTf1Bundle(location);

/**
 * Training against random features without being told is a defect: a file that a loss needs must be there, unless `allow_untrained`.
 * @throws UserError that names every missing file
 */
export function checkPretrainedFiles(config: TrainConfig): void {
  const { fea_loss_weight: fea, age_loss_weight: age, allow_untrained: allow } = config;
  const needed = [...(fea > 0 ? (['alexnet_pretrained_model'] as const) : []), ...(age > 0 ? (['age_pretrained_model'] as const) : [])];
  const missing = allow ? [] : needed.filter((flag) => !isNetworkThere(config[flag]));
  if (missing.length === 0) return;
  throw new UserError(
    missing
      .map(
        (flag) =>
          `--${flag}: expected a network saved by ipcgan or a TensorFlow 1 checkpoint, got ${config[flag]}, which does not exist. ` +
          'Train one with `ipcgan pretrain`, set its loss weight to 0, or give --allow_untrained.',
      )
      .join('\n'),
  );
}
