/** @file Looks for the network that pretraining starts from before anything heavy loads. */

import { findNetwork, isNetworkThere } from '../weights/find-network';
import type { PretrainConfig } from '../config/schema';

/**
 * What pretraining starts from; null where it starts at random, or where a resumed identity run, which has all its weights in its
 * own state, has lost what it once started from.
 * @throws UserError where it names a place that holds no network
 */
export function startingNetwork({
  task,
  alexnet_pretrained_model: location,
  resume,
}: PretrainConfig): string | null {
  if (location === null || (task === 'identity' && resume && !isNetworkThere(location)))
    return null;
  findNetwork(location, '--alexnet_pretrained_model');
  return location;
}
