/** @file How far the numbers of a proof move when their inputs are changed in their last bits: what rounding alone can do to them. */

import { tf } from '../engine/tf';
import { namedWeights, trainableWeights } from '../models/named-weights';
import type { StepInput } from '../train/forward';
import { withSpreads } from './comparison-rows';
import type { Row } from './comparison-rows';
import type { FixtureNetworks } from './fixture-networks';

/** What rows are computed from. */
export interface Numbers {
  readonly nets: FixtureNetworks;
  readonly input: StepInput;
  /** The generator's output as the fixture stores it, [B,S,S,3]. */
  readonly fake: tf.Tensor4D;
}

/** A kink that rounding crosses half of the time is crossed by one of so many in fifteen cases of sixteen. */
const PERTURBATIONS = 4;
/** float32 without its sign. */
const MAGNITUDE = 0x7fffffff;

/** Every number moved to one of its two neighbours in float32, up or down by chance of the seed; zeros stay. */
export function perturbed(values: Float32Array, seed: number): Float32Array {
  const moved = values.slice();
  const bits = new Int32Array(moved.buffer);
  const salt = Math.imul(seed, 0x85ebca6b);
  for (let i = 0; i < bits.length; i++) {
    const word = bits[i] as number;
    if ((word & MAGNITUDE) === 0) continue;
    let mixed = Math.imul(i ^ salt, 0x9e3779b1);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
    bits[i] = word + (mixed < 0 ? -1 : 1);
  }
  return moved;
}

async function perturbedTensor<T extends tf.Tensor>(tensor: T, seed: number): Promise<T> {
  const values = (await tensor.data()) as Float32Array;
  return tf.tensor(perturbed(values, seed), tensor.shape) as unknown as T;
}

/** What the networks compute with. */
const variablesOf = ({ networks, alexNet }: FixtureNetworks): tf.Variable[] => [
  ...trainableWeights(networks.generator).values(),
  ...trainableWeights(networks.discriminator).values(),
  ...namedWeights(alexNet).values(),
];

/** Everything that computing may move. */
const statesOf = (nets: FixtureNetworks): tf.Variable[] => [
  ...namedWeights(nets.networks.generator).values(),
  ...namedWeights(nets.networks.discriminator).values(),
  ...namedWeights(nets.alexNet).values(),
];

/** Computes rows from variables and pictures that are changed in their last bits, by another chance for every seed. */
async function computePerturbed(
  { nets, input, fake }: Numbers,
  seed: number,
  compute: (numbers: Numbers) => Promise<Row[]>,
): Promise<Row[]> {
  for (const [i, variable] of variablesOf(nets).entries()) {
    const moved = await perturbedTensor(variable, seed + PERTURBATIONS * i);
    variable.assign(moved);
    moved.dispose();
  }
  const { source, source227, real } = input;
  const others = {
    source: await perturbedTensor(source, seed),
    source227: source227 ? await perturbedTensor(source227, seed) : source227,
    real: await perturbedTensor(real, seed),
  };
  const otherFake = await perturbedTensor(fake, seed);
  try {
    return await compute({ nets, input: { ...input, ...others }, fake: otherFake });
  } finally {
    tf.dispose([otherFake, ...Object.values(others).filter((tensor) => tensor !== null)]);
  }
}

/**
 * Computes rows and, where one does not agree, how far each spreads. The networks are afterwards what they were.
 * @param compute may move the networks
 */
export async function rowsWithSpread(
  numbers: Numbers,
  compute: (numbers: Numbers) => Promise<Row[]>,
): Promise<Row[]> {
  const states = statesOf(numbers.nets);
  const before = states.map((variable) => tf.clone(variable));
  const restore = (): void =>
    states.forEach((variable, i) => variable.assign(before[i] as tf.Tensor));
  try {
    const rows = await compute(numbers);
    restore();
    if (rows.every(({ pass }) => pass)) return rows;
    const again: Row[][] = [];
    for (let seed = 1; seed <= PERTURBATIONS; seed++) {
      again.push(await computePerturbed(numbers, seed, compute));
      restore();
    }
    return withSpreads(rows, again);
  } finally {
    tf.dispose(before);
  }
}
