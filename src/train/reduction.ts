/** @file Joins what this process computed of an update with what other processes computed of it on pictures of their own. */

import { tf } from '../engine/tf';
import type { NamedGradients } from '../models/gradients';
import { isTrainable, namedWeights } from '../models/named-weights';

/** The way to the other processes; each of them calls the same things in the same order. */
export interface Reduction {
  readonly size: number;
  /** Means of float32 tensors over the processes, in their shapes; the surrounding tidy owns them. */
  means(tensors: readonly tf.Tensor[]): tf.Tensor[];
  /** Runs work that ends with such means, and says whose fault it is where they fail. */
  during<T>(work: () => T): T;
}

/** What an update is computed of: means over its pictures, null for a term that is off. */
interface Computed<Values> {
  readonly gradients: NamedGradients;
  readonly values: Values;
}

/** Batch norm's moving averages; how often they were counted is the same in every process. */
const movingAverages = (model: tf.LayersModel): tf.Variable[] =>
  [...namedWeights(model)]
    .filter(([name]) => !isTrainable(name) && !name.endsWith('/local_step'))
    .map(([, variable]) => variable);

const byName = (names: readonly string[], tensors: readonly tf.Tensor[]) =>
  Object.fromEntries(names.map((name, i) => [name, tensors[i] as tf.Tensor]));

/**
 * The means over all processes of an update's gradients and values, in one exchange. Batch norm's moving averages travel with them:
 * behind it, those of the network are the means of those of all processes. Disposes what it is given; the result is the caller's.
 * @param model the network that is updated
 */
export function reduced<Values extends object>(
  reduction: Reduction,
  model: tf.LayersModel,
  { gradients, values }: Computed<Values>,
): Computed<Values> {
  const names = Object.keys(gradients);
  const there = Object.entries(values as Readonly<Record<string, tf.Scalar | null>>).flatMap(
    ([name, value]) => (value === null ? [] : [[name, value] as const]),
  );
  const moving = movingAverages(model);
  const own = [...names.map((name) => gradients[name] as tf.Tensor), ...there.map(([, v]) => v)];
  const means: tf.Tensor[] = [];
  tf.tidy(() => {
    const all = reduction.means([...own, ...moving]);
    moving.forEach((variable, i) => variable.assign(all[own.length + i] as tf.Tensor));
    means.push(...all.slice(0, own.length).map((tensor) => tf.keep(tensor)));
  });
  tf.dispose(own);
  return {
    gradients: byName(names, means),
    values: {
      ...values,
      ...byName(
        there.map(([name]) => name),
        means.slice(names.length),
      ),
    },
  };
}
