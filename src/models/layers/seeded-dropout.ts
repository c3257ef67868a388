/** @file Dropout whose masks follow from a seed and the step, so that a resumed run draws the same. */

import { runNativeSingle } from '../../engine/kernels/native';
import { tf } from '../../engine/tf';
import { sliceRows } from '../slice-rows';
import { layerClass } from './layer-class';
import { singleInput } from './single-input';

/** What masks follow from, beside the layer's name. */
export interface DropoutSeed {
  readonly run: number;
  /** [1], int32: a tensor, so that a pass of one step can be run for another. */
  readonly step: tf.Tensor1D;
  /** The pictures of the pass are `of` pictures' from `first` on, and get the masks that they would get among them; all when absent. */
  readonly rows?: { readonly first: number; readonly of: number } | undefined;
}

/** How a pass treats dropout; passed to `model.apply(x, mode)`. */
export interface DropoutMode {
  /** Seed of this pass's masks; without it nothing is dropped. */
  readonly dropoutSeed?: DropoutSeed;
}

/** What {@link seededDropout} is made with. */
export interface SeededDropoutConfig {
  readonly name: string;
  /** Share of the units that become 0; the others are scaled up to keep the mean. */
  readonly rate: number;
}

/** A whole number of a text, so that every layer draws masks of its own. */
const hashOf = (text: string): number =>
  Buffer.from(text).reduce((hash, byte) => (Math.imul(hash, 31) + byte) | 0, 7);

/** The class of {@link seededDropout}. */
export const seededDropoutClass = layerClass<SeededDropoutConfig>(
  () =>
    class SeededDropout extends tf.layers.Layer {
      static className = 'IpcganSeededDropout';
      private readonly settings: SeededDropoutConfig;

      constructor(config: SeededDropoutConfig) {
        super(config);
        this.settings = { name: this.name, rate: config.rate };
      }

      override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape | tf.Shape[] {
        return inputShape;
      }

      override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown>): tf.Tensor {
        const { dropoutSeed } = kwargs as DropoutMode;
        return tf.tidy(() => {
          const x = singleInput(inputs);
          if (dropoutSeed === undefined) return tf.clone(x);
          const { rate } = this.settings;
          const { run, step, rows } = dropoutSeed;
          const [count = 0, ...rest] = x.shape;
          const own = tf.tensor1d([(run ^ hashOf(this.name)) | 0], 'int32');
          const uniform = runNativeSingle(
            'StatelessRandomUniform',
            [tf.tensor1d([rows?.of ?? count, ...rest], 'int32'), tf.concat1d([own, step])],
            { T: { type: 'int32' }, Tseed: { type: 'int32' }, dtype: { type: 'float32' } },
          );
          const drawn = rows ? sliceRows(uniform, rows.first, count) : uniform;
          return tf.mul(x, tf.div(tf.cast(tf.greaterEqual(drawn, rate), 'float32'), 1 - rate));
        });
      }

      override getConfig(): tf.serialization.ConfigDict {
        return { ...super.getConfig(), ...this.settings };
      }
    },
);

/** Sets a random share of [B,…] to 0 in training passes (Srivastava et al. 2014, scaled in training). */
export const seededDropout = (config: SeededDropoutConfig): tf.layers.Layer =>
  new (seededDropoutClass())(config);
