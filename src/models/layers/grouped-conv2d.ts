/** @file Convolution in groups of channels, as AlexNet's conv2, conv4 and conv5 have it. */

import { tf } from '../../engine/tf';
import { layerClass } from './layer-class';
import { singleInput } from './single-input';

/** What {@link groupedConv2d} is made with. */
export interface GroupedConv2DConfig {
  readonly name: string;
  readonly filters: number;
  readonly kernelSize: number;
  readonly groups: number;
}

/** The class of {@link groupedConv2d}. */
export const groupedConv2dClass = layerClass<GroupedConv2DConfig>(
  () =>
    class GroupedConv2D extends tf.layers.Layer {
      static className = 'IpcganGroupedConv2D';
      private readonly settings: GroupedConv2DConfig;
      private kernel!: tf.LayerVariable;
      private bias!: tf.LayerVariable;

      constructor(config: GroupedConv2DConfig) {
        super(config);
        this.settings = {
          name: this.name,
          filters: config.filters,
          kernelSize: config.kernelSize,
          groups: config.groups,
        };
      }

      override build(inputShape: tf.Shape | tf.Shape[]): void {
        const { filters, kernelSize, groups } = this.settings;
        const channels = (inputShape as tf.Shape).at(-1) ?? 0;
        if (channels % groups !== 0 || filters % groups !== 0) {
          throw new Error(
            `${this.name}: expected input channels and filters divisible by ${groups} groups, got ${channels} and ${filters}`,
          );
        }
        const zeros = tf.initializers.zeros();
        this.kernel = this.addWeight(
          'kernel',
          [kernelSize, kernelSize, channels / groups, filters],
          'float32',
          zeros,
          undefined,
          true,
        );
        this.bias = this.addWeight('bias', [filters], 'float32', zeros, undefined, true);
        super.build(inputShape);
      }

      override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
        return [...(inputShape as tf.Shape).slice(0, 3), this.settings.filters];
      }

      override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
        const { groups } = this.settings;
        return tf.tidy(() => {
          const x = singleInput(inputs) as tf.Tensor4D;
          const kernel = this.kernel.read() as tf.Tensor4D;
          return tf.add(
            groups === 1 ? tf.conv2d(x, kernel, 1, 'same') : convolveGroups(x, kernel, groups),
            this.bias.read(),
          );
        });
      }

      override getConfig(): tf.serialization.ConfigDict {
        return { ...super.getConfig(), ...this.settings };
      }
    },
);

/**
 * Stride-1 SAME convolution [B,H,W,in] → [B,H,W,filters]; the i-th part of the output channels sees the i-th part of the input's.
 * `kernel` is [k,k,in/groups,filters].
 */
export const groupedConv2d = (config: GroupedConv2DConfig): tf.layers.Layer =>
  new (groupedConv2dClass())(config);

function convolveGroups(x: tf.Tensor4D, kernel: tf.Tensor4D, groups: number): tf.Tensor4D {
  const parts = tf.split(x, groups, 3);
  const kernels = tf.split(kernel, groups, 3);
  const outputs = parts.map((part, i) =>
    tf.conv2d(part as tf.Tensor4D, kernels[i] as tf.Tensor4D, 1, 'same'),
  );
  return tf.concat<tf.Tensor4D>(outputs, 3);
}
