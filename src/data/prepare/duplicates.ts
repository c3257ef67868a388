/** @file Copies of one picture among many, by their perceptual hashes. */

/** A face with a hash of 256 bits as 64 hexadecimal digits. */
export interface Hashed {
  readonly path: string;
  readonly hash: string;
}

/**
 * Hashes that differ in no more bits are copies: a picture resized or compressed again differs in a few, two pictures of one person
 * in the same place in forty and more (docs/data.md).
 */
const MOST_DIFFERING_BITS = 10;
/** Two hashes with at most ten differing bits agree in at least one of eleven parts; parts of 23 bits or so. */
const PARTS = MOST_DIFFERING_BITS + 1;

const toBits = (hash: string): string =>
  hash.replace(/./g, (digit) => parseInt(digit, 16).toString(2).padStart(4, '0'));

function countDifferingBits(a: Uint32Array, b: Uint32Array): number {
  let count = 0;
  for (let i = 0; i < a.length; i++) {
    let x = (a[i] ?? 0) ^ (b[i] ?? 0);
    x -= (x >>> 1) & 0x55555555;
    x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
    count += Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return count;
}

const toWords = (hash: string): Uint32Array =>
  Uint32Array.from(hash.match(/.{8}/g) ?? [], (digits) => parseInt(digits, 16));

/** Groups of two and more pictures that are copies of each other, in the order of the first of each. */
export function findDuplicates<T extends Hashed>(faces: readonly T[]): T[][] {
  const words = faces.map(({ hash }) => toWords(hash));
  const leader = faces.map((_, i) => i);
  const rootOf = (i: number): number => {
    let root = i;
    while (leader[root] !== root) root = leader[root] ?? root;
    leader[i] = root;
    return root;
  };
  const bits = faces.map(({ hash }) => toBits(hash));
  for (let part = 0; part < PARTS; part++) {
    const buckets = new Map<string, number[]>();
    for (const [i, text] of bits.entries()) {
      const from = Math.floor((part * text.length) / PARTS);
      const to = Math.floor(((part + 1) * text.length) / PARTS);
      const key = text.slice(from, to);
      const bucket = buckets.get(key);
      if (!bucket) buckets.set(key, [i]);
      else {
        for (const other of bucket) {
          if (rootOf(other) === rootOf(i)) continue;
          if (
            countDifferingBits(words[other] as Uint32Array, words[i] as Uint32Array) <=
            MOST_DIFFERING_BITS
          )
            leader[Math.max(rootOf(other), rootOf(i))] = Math.min(rootOf(other), rootOf(i));
        }
        bucket.push(i);
      }
    }
  }
  const groups = new Map<number, T[]>();
  for (const [i, face] of faces.entries())
    groups.set(rootOf(i), [...(groups.get(rootOf(i)) ?? []), face]);
  return [...groups.values()].filter((group) => group.length > 1);
}
