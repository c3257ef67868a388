/** @file A part of a list that stands for all of it. */

/** At most `count` items, evenly spread over the list in its order: lists of pictures are often in the order of ages or people. */
export function spread<T>(items: readonly T[], count: number): T[] {
  const taken = Math.min(count, items.length);
  return Array.from(
    { length: taken },
    (_, i) => items[Math.floor((i * items.length) / taken)] as T,
  );
}
