/** @file Where a generator changes its source, and how much: the mask that its last convolution makes. */

import { tf } from '../../engine/tf';
import { layerClass } from './layer-class';
import { singleInput } from './single-input';

/** Configuration of {@link changeMask}. */
export interface ChangeMaskConfig {
  readonly name?: string;
  /** What is taken off before the sigmoid, so that a generator that knows nothing changes little: 2 shows 12 %. */
  readonly offset: number;
}

/** The class of {@link changeMask}. */
export const changeMaskClass = layerClass<ChangeMaskConfig>(
  () =>
    class ChangeMask extends tf.layers.Layer {
      static className = 'IpcganChangeMask';
      readonly offset: number;

      constructor(config: ChangeMaskConfig) {
        super(config);
        this.offset = config.offset;
      }

      override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
        return [...(inputShape as tf.Shape).slice(0, 3), 1];
      }

      override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
        return tf.tidy(() => {
          const x = singleInput(inputs) as tf.Tensor4D;
          const [batch, height, width, channels] = x.shape;
          const logits = tf.slice(x, [0, 0, 0, channels - 1], [batch, height, width, 1]);
          return tf.sigmoid(tf.sub(logits, this.offset));
        });
      }

      override getConfig(): tf.serialization.ConfigDict {
        return { ...super.getConfig(), offset: this.offset };
      }
    },
);

/** [B,H,W,C] → [B,H,W,1] in 0..1: the sigmoid of the last channel. */
export const changeMask = (config: ChangeMaskConfig): tf.layers.Layer =>
  new (changeMaskClass())(config);
