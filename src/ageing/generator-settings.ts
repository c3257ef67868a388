/** @file A generator as the settings of its checkpoint describe it. */

import type { tf } from '../engine/tf';
import { buildGenerator } from '../models/generator';
import type { NetworkSettings } from '../weights/checkpoint';

/** The generator alone, zero weights. */
export function generatorOf({
  image_size,
  age_groups,
  generator_channels,
  label_scale,
}: NetworkSettings): tf.LayersModel {
  return buildGenerator({
    imageSize: image_size,
    ageGroups: age_groups,
    channels: generator_channels,
    labelScale: label_scale,
  });
}
