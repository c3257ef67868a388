/** @file How a layer of ours is made a class of TensorFlow.js: not before TensorFlow is there. */

import { onceLoaded, tf } from '../../engine/tf';

/** Makes layers of one class. */
export type LayerConstructor<Config> = (new (config: Config) => tf.layers.Layer) & {
  readonly className: string;
};

/** A class that is made when it is first asked for, and registered for saved models that name it. */
export function layerClass<Config>(
  make: () => LayerConstructor<Config>,
): () => LayerConstructor<Config> {
  return onceLoaded(() => {
    const made = make();
    tf.serialization.registerClass(
      made as unknown as Parameters<typeof tf.serialization.registerClass>[0],
    );
    return made;
  });
}
