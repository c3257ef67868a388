/** @file Weights by which a network that is not trained computes something of everything. */

import { tf } from '../../src/engine/tf';
import { assignValues, namedWeights } from '../../src/models/named-weights';

/** Fills a network's weights with numbers by chance, always the same; moving averages stay. Needs an open engine. */
export function fillWithChance(network: tf.LayersModel): void {
  for (const [name, variable] of namedWeights(network))
    if (!name.includes('moving'))
      assignValues(
        variable,
        tf.tidy(
          () =>
            tf
              .randomUniform(variable.shape, -0.3, 0.7, 'float32', name.length)
              .dataSync() as Float32Array,
        ),
      );
}
