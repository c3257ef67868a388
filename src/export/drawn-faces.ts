/** @file The same few drawn faces for everybody: what an exported network is compared with its original on. */

import { drawFace } from '../data/sources/synthetic/draw';
import { inventPerson } from '../data/sources/synthetic/person';
import { drawScene } from '../data/sources/synthetic/scene';
import { renderDrawing } from '../images/image';
import type { RgbImage } from '../images/pixels';
import { createRandom } from '../statistics/random';

const SEED = 1;
/** In years; one person each. */
const AGES = [14, 25, 37, 48, 60, 72] as const;

/** Six drawn people of six ages, 400 × 400, framed as aligned crops are. */
export function drawnFaces(): Promise<RgbImage[]> {
  const random = createRandom(SEED);
  const drawings = AGES.map((age, i) => drawFace(inventPerson(i, random), age, drawScene(random)));
  return Promise.all(drawings.map(renderDrawing));
}
