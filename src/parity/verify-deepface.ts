/** @file Recomputes DeepFace's embeddings: of the full network with made weights, and of a narrow one from both of Keras's files. */

import path from 'node:path';
import { z } from 'zod';
import { tf } from '../engine/tf';
import { buildDeepFace } from '../models/deepface';
import { assignValues, namedWeights } from '../models/named-weights';
import { loadDeepFace } from '../eval/judges/load-deepface';
import { readJson, readStoredArray } from './fixture';
import { fixedOutputRow, row, TOLERANCE } from './comparison-rows';
import type { Row } from './comparison-rows';
import { seedValues } from './seed-values';
import { distanceBetween } from '../statistics/pair-distances';

/** Its name in a folder of fixtures. */
export const DEEPFACE_FIXTURE = 'deepface.json';

const made = z.object({ shape: z.array(z.number().int()), low: z.number(), high: z.number() });
const fixtureSchema = z.object({
  input: made.extend({ name: z.string() }),
  full: z.object({
    variables: z.record(z.string(), made),
    embedding: z.object({ file: z.string(), shape: z.array(z.number().int()) }),
    euclidean_distance: z.number(),
  }),
  narrow_h5: z.object({
    file: z.string(),
    file_keras_v3: z.string(),
    embedding: z.array(z.array(z.number())),
  }),
});

type DeepFaceFixture = z.infer<typeof fixtureSchema>;

const sizeOf = (shape: readonly number[]): number =>
  shape.reduce((product, size) => product * size, 1);

async function embed(model: tf.LayersModel, { input }: DeepFaceFixture): Promise<Float32Array> {
  const embedding = tf.tidy(() => {
    const values = seedValues('', input.name, sizeOf(input.shape), input.low, input.high);
    return model.predictOnBatch(
      tf.tensor4d(values, input.shape as [number, number, number, number]),
    ) as tf.Tensor2D;
  });
  const values = (await embedding.data()) as Float32Array;
  embedding.dispose();
  return values;
}

/** The full network, every weight made from its name; F8 is not built. */
function fillByRule(model: tf.LayersModel, { full }: DeepFaceFixture): void {
  for (const [name, variable] of namedWeights(model)) {
    const key = `deepface/${name.replace(/weights$/, 'kernel').replace(/biases$/, 'bias')}`;
    const rule = full.variables[key];
    if (rule) assignValues(variable, seedValues('', key, sizeOf(rule.shape), rule.low, rule.high));
  }
}

const half = (values: Float32Array, which: 0 | 1): Float32Array =>
  values.subarray((which * values.length) / 2, ((which + 1) * values.length) / 2);

/** Relative. */
const distanceRow = (expected: number, got: number): Row =>
  row('deepface/distance', expected, got, Math.abs(got / expected - 1), TOLERANCE.output);

/** Rows for the full network and for both files. @throws UserError when the folder is not of the format */
export async function deepFaceRows(directory: string): Promise<Row[]> {
  const fixture = await readJson(path.join(directory, DEEPFACE_FIXTURE), fixtureSchema);
  const full = buildDeepFace();
  fillByRule(full, fixture);
  const got = await embed(full, fixture);
  const rows = [
    fixedOutputRow('deepface/F7', await readStoredArray(directory, fixture.full.embedding), got),
    distanceRow(fixture.full.euclidean_distance, distanceBetween(half(got, 0), half(got, 1))),
  ];
  tf.dispose([...namedWeights(full).values()]);
  for (const file of [fixture.narrow_h5.file, fixture.narrow_h5.file_keras_v3]) {
    const narrow = await loadDeepFace(path.join(directory, file), '--fixtures');
    rows.push(
      fixedOutputRow(
        `deepface/${file}`,
        Float32Array.from(fixture.narrow_h5.embedding.flat()),
        await embed(narrow, fixture),
      ),
    );
    tf.dispose([...namedWeights(narrow).values()]);
  }
  return rows;
}
