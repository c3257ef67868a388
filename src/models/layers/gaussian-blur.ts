/** @file A Gaussian blur as a layer: what a picture, or a map, is without its details. */

import { tf } from '../../engine/tf';
import { layerClass } from './layer-class';
import { singleInput } from './single-input';

/** A Gaussian is cut off where it has come down to a hundredth. */
const REACH = 3;

/** Weights of a Gaussian along one axis, an odd number of them, whose sum is 1. @param sigma standard deviation in pixels */
export function gaussianKernel(sigma: number): number[] {
  const radius = Math.ceil(REACH * sigma);
  const weights = Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * sigma ** 2)),
  );
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}

/** [B,H,W,C] → the same shape, blurred; what lies beyond the border counts as 0. @param sigma standard deviation in pixels */
export const blurred = (x: tf.Tensor4D, sigma: number): tf.Tensor4D =>
  tf.tidy(() => {
    const weights = gaussianKernel(sigma);
    const [, , , channels] = x.shape;
    // the same weights for every channel
    const kernel = tf.tile(tf.tensor4d(weights, [weights.length, 1, 1, 1]), [1, 1, channels, 1]);
    const down = tf.depthwiseConv2d(x, kernel, 1, 'same');
    const across = tf.reshape(kernel, [1, weights.length, channels, 1]);
    return tf.depthwiseConv2d(down, across as tf.Tensor4D, 1, 'same');
  });

/** Configuration of {@link gaussianBlur}. */
export interface GaussianBlurConfig {
  readonly name?: string;
  /** Standard deviation in pixels. */
  readonly sigma: number;
}

/** The class of {@link gaussianBlur}. */
export const gaussianBlurClass = layerClass<GaussianBlurConfig>(
  () =>
    class GaussianBlur extends tf.layers.Layer {
      static className = 'IpcganGaussianBlur';
      readonly sigma: number;

      constructor(config: GaussianBlurConfig) {
        super(config);
        this.sigma = config.sigma;
      }

      override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
        return inputShape as tf.Shape;
      }

      override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
        return blurred(singleInput(inputs) as tf.Tensor4D, this.sigma);
      }

      override getConfig(): tf.serialization.ConfigDict {
        return { ...super.getConfig(), sigma: this.sigma };
      }
    },
);

/** [B,H,W,C] → the same shape, blurred by a Gaussian; what lies beyond the border counts as 0. */
export const gaussianBlur = (config: GaussianBlurConfig): tf.layers.Layer =>
  new (gaussianBlurClass())(config);
