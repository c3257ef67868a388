/** @file Takes a batch apart for machines that cannot hold its activations at once, and its gradients together again. */

import { tf } from '../engine/tf';
import type { NamedGradients } from '../models/gradients';
import { INPUT_FIELDS } from './forward';
import type { StepInput } from './forward';

type Tensors = Readonly<Record<string, tf.Tensor | null>>;

/** What an update computes: unweighted means over its pictures, null when off. */
interface Computed<Values> {
  readonly gradients: NamedGradients;
  readonly values: Values;
}

/** The pictures of one part: all that belongs to rows `from` to `from + count`; the caller disposes. */
function partOf(input: StepInput, from: number, count: number): StepInput {
  return Object.fromEntries(
    INPUT_FIELDS.map((field) => {
      const tensor = input[field] ?? null;
      return [field, tensor && rowsOf<tf.Tensor>(tensor, from, count)];
    }),
  ) as unknown as StepInput;
}

/** So many rows of a tensor's first axis. */
const rowsOf = <T extends tf.Tensor>(tensor: T, from: number, count: number): T =>
  tf.slice(tensor, [from], [count, ...tensor.shape.slice(1)]);

/** total + part / count, for every tensor of two records; disposes what it was given. */
function addPart<T extends object>(total: T | null, part: T, count: number): T {
  const names = Object.entries(part as Tensors);
  const sums = names.map(([name, tensor]) => {
    if (tensor === null) return [name, null] as const;
    const before = (total as Tensors | null)?.[name] ?? null;
    const sum = tf.tidy(() =>
      before === null ? tf.div(tensor, count) : tf.add(before, tf.div(tensor, count)),
    );
    tf.dispose(before === null ? [tensor] : [before, tensor]);
    return [name, sum] as const;
  });
  return Object.fromEntries(sums) as T;
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
  const count = batch / pictures;
  const sums: Computed<Values>[] = [];
  for (let i = 0; i < count; i++) {
    const part = partOf(input, i * pictures, pictures);
    const partFake = fake && rowsOf(fake, i * pictures, pictures);
    const { gradients, values } = compute(part, partFake);
    tf.dispose(
      [...Object.values({ ...part, partFake } as Tensors)].filter((tensor) => tensor !== null),
    );
    const before = sums.pop();
    sums.push({
      gradients: addPart(before?.gradients ?? null, gradients, count),
      values: addPart(before?.values ?? null, values, count),
    });
  }
  const [total] = sums;
  if (total === undefined)
    throw new Error(`micro-batches: expected a batch, got ${batch} pictures`);
  return total;
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
