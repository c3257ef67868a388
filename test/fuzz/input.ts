/** @file The n-th input of a target: the same for the same seed, so that a finding can be made again. */

import { crc32c } from 'tensorboard-logger-ts';
import { createRandom } from '../../src/statistics/random';
import { mutate } from './mutate';
import type { Files, Target } from './target';

/** Of ten inputs with checksums, so many get right ones. */
const MENDED = 7;

/** @param corpus valid inputs of the target */
export function inputOf(
  { name, formOf, words, mend }: Target,
  corpus: readonly Files[],
  seed: number,
  index: number,
): Files {
  const random = createRandom(crc32c(Buffer.from(`${name} ${seed} ${index}`)));
  const files = new Map(corpus[random.nextInt(corpus.length)]);
  const names = [...files.keys()];
  const changes = random.nextInt(4) === 0 ? 2 : 1;
  for (let n = 0; n < changes; n++) {
    const file = names[random.nextInt(names.length)] ?? '';
    const others = corpus.flatMap((one) => one.get(file) ?? []);
    const bytes = files.get(file) ?? Buffer.alloc(0);
    // one file in a hundred is not there
    if (random.nextInt(100) === 0) files.delete(file);
    else files.set(file, mutate(bytes, formOf(file), random, others, words));
  }
  if (mend && random.nextInt(10) < MENDED) mend(files, random);
  return files;
}
