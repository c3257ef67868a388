/** @file Takes a batch apart for machines that cannot hold its activations at once, and its gradients together again. */

import { tf } from '../engine/tf';
import { meanOfParts } from '../models/mean-over-parts';
import type { Tensors } from '../models/mean-over-parts';
import type { Computed } from '../models/reduction';
import { sliceRows } from '../models/slice-rows';
import { INPUT_FIELDS } from './forward';
import type { StepInput } from './forward';

/** The pictures of one part: all that belongs to rows `from` to `from + count`; the caller disposes. */
function partOf(input: StepInput, from: number, count: number): StepInput {
  return Object.fromEntries(
    INPUT_FIELDS.map((field) => {
      const tensor = input[field] ?? null;
      return [field, tensor && sliceRows<tf.Tensor>(tensor, from, count)];
    }),
  ) as unknown as StepInput;
}

/**
 * Computes an update's gradients `pictures` pictures at a time, and returns their mean: of the whole batch when that is no larger.
 * Every part is normalised by its own statistics: exactly an update on smaller batches whose gradients are averaged.
 * @param fake what belongs to the pictures besides the input, [B,S,S,3], or null
 */
export function meanOverParts<Values extends object>(
  input: StepInput,
  fake: tf.Tensor4D | null,
  pictures: number,
  compute: (part: StepInput, fake: tf.Tensor4D | null) => Computed<Values>,
): Computed<Values> {
  const [batch] = input.source.shape;
  if (pictures >= batch) return compute(input, fake);
  return meanOfParts(batch / pictures, (i) => {
    const part = partOf(input, i * pictures, pictures);
    const partFake = fake && sliceRows(fake, i * pictures, pictures);
    const computed = compute(part, partFake);
    tf.dispose(
      [...Object.values({ ...part, partFake } as Tensors)].filter((tensor) => tensor !== null),
    );
    return computed;
  });
}

/** Fakes of a whole batch, generated so many pictures at a time; the caller disposes. */
export function concatParts(
  input: StepInput,
  pictures: number,
  generatePart: (part: StepInput) => tf.Tensor4D,
): tf.Tensor4D {
  const [batch] = input.source.shape;
  if (pictures >= batch) return generatePart(input);
  return tf.tidy(() => {
    const parts = Array.from({ length: batch / pictures }, (_, i) =>
      tf.tidy(() => generatePart(partOf(input, i * pictures, pictures))),
    );
    return tf.concat(parts);
  });
}
