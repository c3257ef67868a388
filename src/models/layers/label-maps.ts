/** @file Gives a network its age group: one plane per group, behind the image's channels. */

import { tf } from '../../engine/tf';
import { layerClass } from './layer-class';

/** Configuration of {@link labelMaps}. */
export interface LabelMapsConfig {
  readonly name?: string;
  /** Value of the label's plane; 1 in the original. */
  readonly scale?: number;
}

/** The class of {@link labelMaps}. */
export const labelMapsClass = layerClass<LabelMapsConfig>(
  () =>
    class LabelMaps extends tf.layers.Layer {
      static className = 'IpcganLabelMaps';
      readonly scale: number;

      constructor(config: LabelMapsConfig) {
        super(config);
        this.scale = config.scale ?? 1;
      }

      override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
        const [image, label] = inputShape as [tf.Shape, tf.Shape];
        return [...image.slice(0, 3), (image[3] ?? 0) + (label[1] ?? 0)];
      }

      override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
        return tf.tidy(() => {
          const [image, label] = inputs as [tf.Tensor4D, tf.Tensor2D];
          const [batch, height, width] = image.shape;
          const values = this.scale === 1 ? label : tf.mul(label, this.scale);
          const planes = tf.tile(tf.reshape(values, [batch, 1, 1, label.shape[1]]), [
            1,
            height,
            width,
            1,
          ]);
          return tf.concat([image, planes], 3);
        });
      }

      override getConfig(): tf.serialization.ConfigDict {
        return { ...super.getConfig(), scale: this.scale };
      }
    },
);

/** [B,H,W,C] and one-hot labels [B,K] → [B,H,W,C+K]; the plane of the label's group is `scale`, the others zero. */
export const labelMaps = (config: LabelMapsConfig): tf.layers.Layer =>
  new (labelMapsClass())(config);
