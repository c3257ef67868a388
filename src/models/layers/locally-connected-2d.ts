/** @file A convolution whose filter is another one at every place of the picture, as DeepFace's L4 to L6 are. */

import { tf } from '../../engine/tf';
import { layerClass } from './layer-class';
import { singleInput } from './single-input';

/** What {@link locallyConnected2d} is made with. */
export interface LocallyConnected2DConfig {
  readonly name: string;
  readonly filters: number;
  readonly kernelSize: number;
  readonly strides: number;
}

/** The class of {@link locallyConnected2d}. */
export const locallyConnected2dClass = layerClass<LocallyConnected2DConfig>(
  () =>
    class LocallyConnected2D extends tf.layers.Layer {
      static className = 'IpcganLocallyConnected2D';
      private readonly settings: LocallyConnected2DConfig;
      private kernel!: tf.LayerVariable;
      private bias!: tf.LayerVariable;

      constructor(config: LocallyConnected2DConfig) {
        super(config);
        this.settings = {
          name: this.name,
          filters: config.filters,
          kernelSize: config.kernelSize,
          strides: config.strides,
        };
      }

      private outputSize(inputShape: tf.Shape): [number, number] {
        const { kernelSize, strides } = this.settings;
        const size = (length: number | null | undefined): number =>
          Math.floor(((length ?? 0) - kernelSize) / strides) + 1;
        return [size(inputShape[1]), size(inputShape[2])];
      }

      override build(inputShape: tf.Shape | tf.Shape[]): void {
        const { filters, kernelSize } = this.settings;
        const shape = inputShape as tf.Shape;
        const [height, width] = this.outputSize(shape);
        const zeros = tf.initializers.zeros();
        const patch = kernelSize * kernelSize * (shape.at(-1) ?? 0);
        this.kernel = this.addWeight(
          'kernel',
          [height * width, patch, filters],
          'float32',
          zeros,
          undefined,
          true,
        );
        this.bias = this.addWeight(
          'bias',
          [height, width, filters],
          'float32',
          zeros,
          undefined,
          true,
        );
        super.build(inputShape);
      }

      override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
        const shape = inputShape as tf.Shape;
        return [shape[0] ?? null, ...this.outputSize(shape), this.settings.filters];
      }

      override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
        return tf.tidy(() => {
          const x = singleInput(inputs) as tf.Tensor4D;
          const [batch, , , channels] = x.shape;
          const { filters, kernelSize, strides } = this.settings;
          const [height, width] = this.outputSize(x.shape);
          const spanned = (from: number, count: number): number => from + (count - 1) * strides + 1;
          const parts: tf.Tensor4D[] = [];
          for (let row = 0; row < kernelSize; row++) {
            for (let column = 0; column < kernelSize; column++) {
              const end = [batch, spanned(row, height), spanned(column, width), channels];
              parts.push(
                tf.stridedSlice(x, [0, row, column, 0], end, [
                  1,
                  strides,
                  strides,
                  1,
                ]) as tf.Tensor4D,
              );
            }
          }
          const patches = tf.transpose(tf.concat(parts, 3), [1, 2, 0, 3]); //                        [oh, ow, B, k·k·C]
          const places = tf.reshape<tf.Rank.R3>(patches, [
            height * width,
            batch,
            kernelSize * kernelSize * channels,
          ]);
          const products = tf.matMul(places, this.kernel.read()); //                   [oh·ow, B, filters]
          const pictures = tf.transpose(
            tf.reshape(products, [height, width, batch, filters]),
            [2, 0, 1, 3],
          );
          return tf.relu(tf.add(pictures, this.bias.read()));
        });
      }

      override getConfig(): tf.serialization.ConfigDict {
        return { ...super.getConfig(), ...this.settings };
      }
    },
);

/**
 * VALID, with ReLU: [B,H,W,C] → [B,oh,ow,filters]. `kernel` is [oh·ow, k·k·C, filters], places row by row and rows in the order
 * height, width, channel; `bias` is [oh,ow,filters]: as Keras has them.
 */
export const locallyConnected2d = (config: LocallyConnected2DConfig): tf.layers.Layer =>
  new (locallyConnected2dClass())(config);
