/** @file Faces of nobody: drawn people at many ages, the same for the same seed. */

import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { UserError } from '../../../errors';
import { createRandom } from '../../../statistics/random';
import type { FaceSource } from '../source';
import { folderSource } from '../folder';
import { readDataset } from '../../dataset';
import { drawFace } from './draw';
import { inventPerson } from './person';
import { drawScene } from './scene';

/** What is drawn. */
export interface SyntheticSettings {
  readonly people: number;
  readonly seed: number;
}

const YOUNGEST = 12;
const OLDEST = 78;
/** Pictures of each person, their ages spread evenly from 12 to 78. */
const PICTURES_PER_PERSON = 10;
const JPEG_QUALITY = 92;
const CONCURRENCY = 4;

/** One picture to draw. */
interface Portrait {
  readonly name: string;
  readonly svg: string;
}

function* portraits({ people, seed }: SyntheticSettings): Generator<Portrait> {
  const random = createRandom(seed);
  for (let index = 0; index < people; index++) {
    const person = inventPerson(index, random);
    // beyond the names that there are, a number keeps people apart
    const name = index < 576 ? person.name : `${person.name}_${index}`;
    for (let i = 0; i < PICTURES_PER_PERSON; i++) {
      const band = (OLDEST - YOUNGEST) / PICTURES_PER_PERSON;
      const age = Math.floor(YOUNGEST + band * (i + random.nextFloat()));
      yield {
        name: `${age}_${name}_${String(i + 1).padStart(4, '0')}.jpg`,
        svg: drawFace(person, age, drawScene(random)),
      };
    }
  }
}

/** Says in a finished folder what was drawn into it. */
const DRAWN_FILE = '.drawn.json';

/** @throws UserError for a folder that is there and was not drawn with these settings */
async function checkDrawn(
  folder: string,
  settings: SyntheticSettings,
  kind: string,
): Promise<void> {
  const text = await readFile(path.join(folder, DRAWN_FILE), 'utf8').catch(() => null);
  if (text?.trim() === JSON.stringify(settings)) return;
  // drawn by an earlier version: the data set that was made of them tells
  const finished = text === null ? await readDataset(path.dirname(folder)).catch(() => null) : null;
  if (
    finished?.description.source.kind === kind &&
    path.resolve(finished.rootFolder) === path.resolve(folder)
  )
    return;
  const got = text === null ? 'pictures that it did not draw' : `others (${text.trim()})`;
  throw new UserError(
    `${folder}: expected a new folder, or faces drawn with ${JSON.stringify(settings)}, got ${got}. Choose another --out, or remove the folder.`,
  );
}

/**
 * Draws into `folder` (400 × 400 JPEG, CACD's file names) and offers it as a source; a finished folder of the same is left as it is.
 * @param onProgress called with finished and all pictures
 * @throws UserError for a folder with anything else in it
 */
export async function syntheticSource(
  folder: string,
  settings: SyntheticSettings,
  onProgress: (done: number, total: number) => void = () => undefined,
): Promise<FaceSource> {
  const source: FaceSource = {
    ...folderSource(folder),
    kind: `synthetic, ${settings.people} people, seed ${settings.seed}`,
  };
  const { people, seed } = settings;
  if (existsSync(folder)) {
    await checkDrawn(folder, { people, seed }, source.kind);
    return source;
  }
  const temporary = `${folder}.tmp`;
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true });
  const total = settings.people * PICTURES_PER_PERSON;
  const waiting = portraits(settings);
  let done = 0;
  const work = async (): Promise<void> => {
    for (const { name, svg } of waiting) {
      await writeFile(
        path.join(temporary, name),
        await sharp(Buffer.from(svg)).flatten().jpeg({ quality: JPEG_QUALITY }).toBuffer(),
      );
      onProgress(++done, total);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  await writeFile(path.join(temporary, DRAWN_FILE), `${JSON.stringify({ people, seed })}\n`);
  await rename(temporary, folder);
  return source;
}
