/** @file The rule that makes every variable and input of a fixture from its name, so that none is stored. */

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

function fnv1a(text: string): number {
  let hash = FNV_OFFSET;
  for (const byte of Buffer.from(text, 'utf8')) hash = Math.imul(hash ^ byte, FNV_PRIME);
  return hash >>> 0;
}

/** `size` float32 values in [low, high) that depend on salt, name and index alone (spec.md, "seed-numbers format"). */
export function seedValues(
  salt: string,
  name: string,
  size: number,
  low: number,
  high: number,
): Float32Array {
  const start = fnv1a(salt + name);
  const floor = Math.fround(low);
  const ceiling = Math.fround(high);
  const range = Math.fround(ceiling - floor);
  const values = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    let h = (start + i) >>> 0;
    h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
    h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
    h ^= h >>> 16;
    const uniform = (h >>> 8) / 2 ** 24;
    values[i] = floor + Math.fround(uniform * range);
  }
  return values;
}
