/** @file The gradients of a batch that is computed in parts, for machines that cannot hold its activations at once. */

import { tf } from '../engine/tf';
import type { Computed } from './reduction';

/** Named tensors; null where one is off. */
export type Tensors = Readonly<Record<string, tf.Tensor | null>>;

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
 * The mean of what an update computes on parts of one size.
 * @param count of parts; one is computed as it is
 * @param compute of part i, from 0: means over its pictures
 * @returns the caller's
 */
export function meanOfParts<Values extends object>(
  count: number,
  compute: (part: number) => Computed<Values>,
): Computed<Values> {
  let total = compute(0);
  if (count === 1) return total;
  total = {
    gradients: addPart(null, total.gradients, count),
    values: addPart(null, total.values, count),
  };
  for (let i = 1; i < count; i++) {
    const { gradients, values } = compute(i);
    total = {
      gradients: addPart(total.gradients, gradients, count),
      values: addPart(total.values, values, count),
    };
  }
  return total;
}
