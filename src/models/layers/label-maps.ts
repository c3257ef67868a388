/** @file Gives a network its age group: one plane per group, behind the image's channels. */

import { tf } from '../../engine/tf';

/** [B,H,W,C] and one-hot labels [B,K] → [B,H,W,C+K]; the plane of the label's group is one, the others zero. */
export class LabelMaps extends tf.layers.Layer {
  static className = 'IpcganLabelMaps';

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    const [image, label] = inputShape as [tf.Shape, tf.Shape];
    return [...image.slice(0, 3), (image[3] ?? 0) + (label[1] ?? 0)];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const [image, label] = inputs as [tf.Tensor4D, tf.Tensor2D];
      const [batch, height, width] = image.shape;
      const planes = tf.tile(tf.reshape(label, [batch, 1, 1, label.shape[1]]), [1, height, width, 1]);
      return tf.concat([image, planes], 3);
    });
  }
}
tf.serialization.registerClass(LabelMaps);
