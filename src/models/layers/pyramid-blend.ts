/** @file Strengthens and weakens the details of the source, band by band, and moves the light and colourfulness of what is left. */

import { tf } from '../../engine/tf';
import { blurred } from './gaussian-blur';
import { layerClass } from './layer-class';
import { LUMA } from './shade-blend';
import { singleInput } from './single-input';
import { toUnitRange } from './unit-range';

/** Bands of details: between the picture and blurs of 1, 2, 4 and 8 pixels at 128 × 128, each twice as coarse as the one before. */
export const BANDS = 4;
/** A detail becomes up to four times as strong. */
export const MOST_GAIN = 4;
/** What is taken off before the sigmoid, so that an output of 0 leaves details as they are. */
export const GAIN_OFFSET = Math.log(MOST_GAIN - 1);

/** Light moves by at most so much of half the range: 38 grey levels. More of it overexposes faces to make them young. */
export const MOST_LIGHT = 0.3;

/** Standard deviations of the blurs in pixels, the finest first. @param size of the picture */
export const bandBlurs = (size: number): readonly number[] =>
  Array.from({ length: BANDS }, (_, band) => (size / 128) * 2 ** band);

/** The class of {@link pyramidBlend}. */
export const pyramidBlendClass = layerClass<{ readonly name?: string }>(
  () =>
    class PyramidBlend extends tf.layers.Layer {
      static className = 'IpcganPyramidBlend';

      override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
        const [x] = inputShape as tf.Shape[];
        return [...(x ?? []).slice(0, 3), 3];
      }

      override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
        return tf.tidy(() => {
          const [x, source] = inputs as [tf.Tensor4D, tf.Tensor4D];
          const [batch, height, width] = x.shape;
          const channel = (index: number): tf.Tensor4D =>
            tf.slice(x, [0, 0, 0, index], [batch, height, width, 1]);
          const unchanged = toUnitRange(source);
          const levels = [unchanged, ...bandBlurs(width).map((sigma) => blurred(unchanged, sigma))];
          const changes = levels.slice(1).map((coarser, band) => {
            const gain = tf.mul(tf.sigmoid(tf.sub(channel(band), GAIN_OFFSET)), MOST_GAIN);
            return tf.mul(tf.sub(gain, 1), tf.sub(levels[band] as tf.Tensor4D, coarser));
          });
          const rest = levels[BANDS] as tf.Tensor4D;
          const grey = tf.sum(tf.mul(rest, tf.tensor1d(LUMA)), 3, true); // [B,H,W,1]
          const colours = tf.mul(tf.tanh(channel(BANDS + 1)), tf.sub(rest, grey));
          const change = tf.addN([...changes, tf.add(tf.mul(tf.tanh(channel(BANDS)), MOST_LIGHT), colours)]);
          return tf.clipByValue(tf.add(unchanged, change), -1, 1);
        });
      }
    },
);

/**
 * [B,S,S,6], of which the first four channels are gains of the bands, then light and colourfulness, and the source [B,S,S,3] (RGB 0..255 minus
 * the mean) → [B,S,S,3] within [-1, 1]: source + Σ (gain − 1) · band + 0.3 · tanh(light) + tanh(colourfulness) · (rest − its grey). A gain is
 * 4 · sigmoid(channel − ln 3), from 0 to 4, and 1 for an output of 0; the rest is what the bands leave.
 */
export const pyramidBlend = (config: { readonly name?: string }): tf.layers.Layer =>
  new (pyramidBlendClass())(config);

/** The class of {@link editStrength}. */
export const editStrengthClass = layerClass<{ readonly name?: string }>(
  () =>
    class EditStrength extends tf.layers.Layer {
      static className = 'IpcganEditStrength';

      override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
        return [...(inputShape as tf.Shape).slice(0, 3), 1];
      }

      override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
        return tf.tidy(() => {
          const x = singleInput(inputs) as tf.Tensor4D;
          const [batch, height, width, channels] = x.shape;
          const part = (from: number, count: number): tf.Tensor4D =>
            tf.slice(x, [0, 0, 0, from], [batch, height, width, count]);
          const more = tf.sub(
            tf.mul(tf.sigmoid(tf.sub(part(0, BANDS), GAIN_OFFSET)), MOST_GAIN / (MOST_GAIN - 1)),
            1 / (MOST_GAIN - 1),
          );
          const moved = tf.tanh(part(BANDS, channels - BANDS));
          const squares = tf.sum(tf.square(tf.concat([more, moved], 3)), 3, true);
          return tf.minimum(squares, 1);
        });
      }
    },
);

/**
 * [B,S,S,6] as {@link pyramidBlend} has it → [B,S,S,1] in 0..1, how much is changed at a pixel: the sum of squares of (gain − 1) / 3, tanh(light) and
 * tanh(colourfulness), 1 at most.
 */
export const editStrength = (config: { readonly name?: string }): tf.layers.Layer =>
  new (editStrengthClass())(config);
