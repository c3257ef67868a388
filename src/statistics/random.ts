/** @file A seeded random generator whose state can be saved (xoshiro128**). */

/** The four words of the generator. */
export type RandomState = [number, number, number, number];

/** Uniform numbers; every call moves the state. */
export interface Random {
  /** Integer in [0, 2³²). */
  nextUint32(): number;
  /** Float in [0, 1). */
  nextFloat(): number;
  /** Integer in [0, n). */
  nextInt(n: number): number;
  /** A new array in random order (Fisher-Yates). */
  shuffled<T>(items: readonly T[]): T[];
  /** JSON-serialisable; {@link randomFromState} goes on from it. */
  state(): RandomState;
}

const rotate = (x: number, bits: number): number => (x << bits) | (x >>> (32 - bits));

/** Fills the state from one number by splitmix32, so that near seeds give unlike streams. */
export function createRandom(seed: number): Random {
  let mixed = seed | 0;
  const next = (): number => {
    mixed = (mixed + 0x9e3779b9) | 0;
    let z = mixed;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  };
  return randomFromState([next(), next(), next(), next()]);
}

/** Goes on from a saved state. */
export function randomFromState(saved: Readonly<RandomState>): Random {
  let [a, b, c, d] = saved;
  const random: Random = {
    nextUint32: () => {
      const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
      const shifted = b << 9;
      c ^= a;
      d ^= b;
      b ^= c;
      a ^= d;
      c ^= shifted;
      d = rotate(d, 11);
      return result;
    },
    nextFloat: () => random.nextUint32() / 2 ** 32,
    nextInt: (n) => Math.floor(random.nextFloat() * n),
    shuffled: (items) => {
      const order = [...items];
      for (let i = order.length - 1; i > 0; i--) {
        const j = random.nextInt(i + 1);
        [order[i], order[j]] = [
          order[j] as (typeof order)[number],
          order[i] as (typeof order)[number],
        ];
      }
      return order;
    },
    state: () => [a >>> 0, b >>> 0, c >>> 0, d >>> 0],
  };
  return random;
}
