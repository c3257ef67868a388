/** @file A network's variables under the names that they have in the original's TensorFlow 1 checkpoints. */

import { UserError } from '../errors';
import { ownArray } from '../engine/kernels/in-place-updates';
import { tf } from '../engine/tf';

const SUFFIXES: Readonly<Record<string, string>> = { kernel: 'weights', bias: 'biases' };

/** The original's name of a weight as tfjs saves it, e.g. `generator/conv1/kernel`. @param saved its layer's name, a slash, its own */
export function originalNameOfSaved(saved: string): string {
  const cut = saved.lastIndexOf('/');
  return originalName(saved.slice(0, cut), saved.slice(cut + 1));
}

/** `moving_mean_biased` of layer L is `L/L/moving_mean/biased` in TensorFlow 1. */
function originalName(layer: string, weight: string): string {
  const zeroDebiased = /^(moving_mean|moving_variance)_(biased|local_step)$/.exec(weight);
  if (zeroDebiased) return `${layer}/${layer}/${zeroDebiased[1] ?? ''}/${zeroDebiased[2] ?? ''}`;
  return `${layer}/${SUFFIXES[weight] ?? weight}`;
}

/** All variables of a network, trainable and not, by original name; the network owns them. */
export function namedWeights(model: tf.LayersModel): Map<string, tf.Variable> {
  const named = new Map<string, tf.Variable>();
  for (const layer of model.layers) {
    for (const weight of layer.weights) {
      const variable: tf.Tensor = weight.read();
      if (!(variable instanceof tf.Variable))
        throw new Error(`${weight.name}: expected a variable, got a tensor`);
      named.set(
        originalName(layer.name, weight.originalName.slice(layer.name.length + 1)),
        variable as tf.Variable,
      );
    }
  }
  return named;
}

/** Whether a variable of this name is moved by an optimiser; moving averages are not. */
export const isTrainable = (name: string): boolean => !name.includes('/moving_');

/** The variables that an optimiser moves, in a fixed order, by name. */
export function trainableWeights(model: tf.LayersModel): Map<string, tf.Variable> {
  return new Map([...namedWeights(model)].filter(([name]) => isTrainable(name)));
}

/** Where weights come from: our checkpoint, a TensorFlow 1 bundle, or numbers made by a rule. */
export interface WeightSource {
  /** What to call it in messages: the path as the user wrote it. */
  readonly label: string;
  readonly names: ReadonlySet<string>;
  /** Last year of every group but the oldest that its age head knows, where it says so. */
  readonly ageBounds?: readonly number[] | undefined;
  /** @throws UserError when it cannot be read */
  read(name: string): Promise<{ readonly shape: readonly number[]; readonly values: Float32Array }>;
}

/** Values read and checked, not yet given to a variable. */
type Checked = readonly [tf.Variable, Float32Array];

/**
 * Fills variables from a source by name; all or nothing: every name and shape is checked before the first one changes.
 * @throws UserError that lists what is missing and what has another shape
 */
export async function loadWeights(
  variables: ReadonlyMap<string, tf.Variable>,
  source: WeightSource,
): Promise<void> {
  const problems: string[] = [];
  const checked: Checked[] = [];
  for (const [name, variable] of variables) {
    if (!source.names.has(name)) {
      problems.push(`${name} is missing`);
      continue;
    }
    const { shape, values } = await source.read(name);
    if (shape.join() === variable.shape.join()) checked.push([variable, values]);
    else problems.push(`${name} has shape [${shape.join()}] instead of [${variable.shape.join()}]`);
  }
  if (problems.length > 0) {
    const more = problems.length > 5 ? `, and ${problems.length - 5} more` : '';
    throw new UserError(
      `${source.label}: expected ${variables.size} variables of this network, got ${problems.length} problems: ` +
        `${problems.slice(0, 5).join('; ')}${more}. Use weights of a network of the same settings.`,
    );
  }
  for (const [variable, values] of checked) assignValues(variable, values);
}

/** Whether no value of any variable is NaN or infinite. */
export const allFinite = (variables: Iterable<tf.Variable>): boolean =>
  [...variables].every((variable) =>
    tf.tidy(() => tf.all(tf.isFinite(variable)).dataSync()[0] === 1),
  );

/** Gives a variable new values of its shape; the array stays the caller's. */
export function assignValues(variable: tf.Variable, values: Float32Array): void {
  tf.tidy(() => variable.assign(tf.tensor(values, variable.shape, 'float32')));
  ownArray(variable);
}
