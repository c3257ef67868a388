/** @file Recomputes `preprocess.json`: pictures as the original feeds them, and its test mode. */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { ALEXNET_SIZE } from '../images/pixel-range';
import { tf } from '../engine/tf';
import { UserError } from '../errors';
import { loadTestImages } from '../data/batches';
import { decodeImage } from '../images/image';
import { ageAmongCompanions } from '../ageing/age-faces';
import { readStoredArray } from './fixture';
import type { PreprocessFixture } from './fixture';
import { meanDifferenceRow, fixedOutputRow, TOLERANCE } from './comparison-rows';
import type { Row } from './comparison-rows';
import type { RgbImage } from '../images/pixels';
import { subtractMean, toUnitRange } from '../images/pixels';
import { resizeBilinearLegacy, resizeOpenCv } from '../images/resize';

/** Where the pictures may lie under `--images`. */
const FOLDERS = ['', 'test', 'train'];
/** Half the range of [-1, 1] in grey levels: real pictures are compared in those. */
const GREY_LEVELS = 127.5;

function findImage(directory: string, name: string): string {
  const file = FOLDERS.map((folder) => path.join(directory, folder, name)).find(existsSync);
  if (!file)
    throw new UserError(
      `--images: expected the fixture's picture ${name} in ${directory}, got none. Give the folder that holds it.`,
    );
  return file;
}

async function decodeByTensorFlow(file: string): Promise<RgbImage> {
  const pixels = tf.node.decodeJpeg(await readFile(file), 3);
  const [height, width] = pixels.shape;
  const data = Uint8Array.from(await pixels.data());
  pixels.dispose();
  return { data, width, height };
}

async function imageRows(
  directory: string,
  fixture: PreprocessFixture,
  index: number,
  file: string,
): Promise<Row[]> {
  const rows: Row[] = [];
  const ours = await decodeImage(file);
  const theirs = await decodeByTensorFlow(file);
  for (const [name, entry] of Object.entries(fixture.arrays)) {
    const kind = new RegExp(`^preprocess/${index}/(source|target)\\d+$`).exec(name)?.[1];
    if (kind === undefined) continue;
    const expected = await readStoredArray(directory, entry);
    const size = entry.shape[0] ?? ALEXNET_SIZE;
    if (kind === 'target') {
      const [want, got] = [expected, toUnitRange(resizeOpenCv(ours, size))].map((values) =>
        values.map((value) => value * GREY_LEVELS),
      );
      rows.push(
        meanDifferenceRow(
          `${name} (real image, sharp)`,
          want as Float32Array,
          got as Float32Array,
          TOLERANCE.realImage,
        ),
      );
    } else {
      const source = (image: RgbImage): Float32Array =>
        subtractMean(resizeBilinearLegacy(image, size));
      rows.push(
        meanDifferenceRow(
          `${name} (tf.node.decodeJpeg)`,
          expected,
          source(theirs),
          TOLERANCE.sameDecoder,
        ),
      );
      rows.push(
        meanDifferenceRow(`${name} (sharp)`, expected, source(ours), TOLERANCE.otherDecoder),
      );
    }
  }
  return rows;
}

async function testModeRows(
  directory: string,
  fixture: PreprocessFixture,
  images: string,
  generator: tf.LayersModel,
): Promise<Row[]> {
  if (!fixture.test_mode) return [];
  const { first, others_sorted_by_name: others } = fixture.test_mode;
  const size = generator.inputs[0]?.shape[1] ?? 0;
  const tensorOf = async (names: readonly string[]): Promise<tf.Tensor4D> => {
    const files = names.map((name) => findImage(images, name));
    return tf.tensor4d(await loadTestImages(files, size), [names.length, size, size, 3]);
  };
  const source = await tensorOf([first]);
  const companions = await tensorOf(others);
  const rows: Row[] = [];
  for (const [name, entry] of Object.entries(fixture.arrays)) {
    const group = /^test_mode\/group(\d+)$/.exec(name)?.[1];
    if (group === undefined && name !== 'test_mode/source_batch_first') continue;
    const output =
      group === undefined
        ? tf.clone(source)
        : ageAmongCompanions(generator, source, companions, Number(group));
    rows.push(
      fixedOutputRow(
        name,
        await readStoredArray(directory, entry),
        (await output.data()) as Float32Array,
      ),
    );
    output.dispose();
  }
  tf.dispose([source, companions]);
  return rows;
}

/** Rows for every picture and array of `preprocess.json`. @param generator filled with the variables of `step.json` */
export async function preprocessRows(
  directory: string,
  fixture: PreprocessFixture,
  images: string,
  generator: tf.LayersModel,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [index, name] of fixture.images.entries())
    rows.push(...(await imageRows(directory, fixture, index, findImage(images, name))));
  return [...rows, ...(await testModeRows(directory, fixture, images, generator))];
}
