/** @file φ: the layer of AlexNet whose activations stand for a person's identity (section 3.2 of the paper). */

import type { tf } from '../engine/tf';
import { ALEXNET_WIDTHS, buildFc6, dense } from './alexnet';
import type { AlexNetTrunk, AlexNetWidths, FeatureLayer } from './alexnet';

/** The activations of `layer` after its ReLU; builds fc6 and fc7 only where they are asked for. */
export function identityFeatures(
  trunk: AlexNetTrunk,
  layer: FeatureLayer,
  widths: AlexNetWidths = ALEXNET_WIDTHS,
): tf.SymbolicTensor {
  if (layer !== 'fc6' && layer !== 'fc7') return trunk[layer];
  const fc6 = buildFc6(trunk, widths);
  return layer === 'fc6' ? fc6 : dense(fc6, 'fc7', widths.fc7);
}
