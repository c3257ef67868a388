/** @file AlexNet's local response normalisation over neighbouring channels. */

import { tf } from '../../engine/tf';
import { layerClass } from './layer-class';
import { singleInput } from './single-input';

/** The constants of the original's AlexNet; α is not divided by the window. */
export const LRN = { depthRadius: 2, bias: 1, alpha: 2e-5, beta: 0.75 } as const;

/** The class of {@link localResponseNormalization}. */
export const localResponseNormalizationClass = layerClass<{ readonly name: string }>(
  () =>
    class LocalResponseNormalization extends tf.layers.Layer {
      static className = 'IpcganLocalResponseNormalization';

      override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape | tf.Shape[] {
        return inputShape;
      }

      override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
        return tf.localResponseNormalization(
          singleInput(inputs) as tf.Tensor4D,
          LRN.depthRadius,
          LRN.bias,
          LRN.alpha,
          LRN.beta,
        );
      }
    },
);

/** x / (bias + α · Σ x²)^β, the sum over the 2·depthRadius + 1 channels around each one (section 3.3 of the AlexNet paper). */
export const localResponseNormalization = (config: { readonly name: string }): tf.layers.Layer =>
  new (localResponseNormalizationClass())(config);
