/** @file Reads a fixture's TensorFlow 1 checkpoint: every variable exactly, and the generator's output from it. */

import path from 'node:path';
import type { tf } from '../engine/tf';
import { ageByBatchStatistics } from '../ageing/age-faces';
import { openTf1Bundle } from '../weights/tf1-bundle';
import { openTf1Weights } from '../weights/weight-source';
import { loadWeights, namedWeights } from '../models/named-weights';
import type { StepInput } from '../train/forward';
import { readStoredArray } from './fixture';
import type { StepFixture } from './fixture';
import { exactRow, fixedOutputRow, row, TOLERANCE } from './comparison-rows';
import type { Row } from './comparison-rows';

const OUTPUT = 'checkpoint/generator_output';

/** Rows for every variable of the checkpoint, for names that only one side has, and for the generator filled from it. Moves the generator. */
export async function checkpointRows(
  directory: string,
  fixture: StepFixture,
  generator: tf.LayersModel,
  input: StepInput,
): Promise<Row[]> {
  if (!fixture.checkpoint) return [];
  const prefix = path.join(directory, fixture.checkpoint.prefix);
  const bundle = await openTf1Bundle(prefix);
  const rows: Row[] = [];
  for (const [name, expected] of Object.entries(fixture.checkpoint.variables)) {
    const quantity = `checkpoint/${name}`;
    rows.push(
      bundle.entries.has(name)
        ? exactRow(quantity, expected, await bundle.read(name))
        : row(quantity, expected.l2, 'missing', Infinity, TOLERANCE.summation),
    );
  }
  const extra = [...bundle.entries.keys()].filter(
    (name) => !(name in (fixture.checkpoint?.variables ?? {})),
  );
  rows.push(
    row('checkpoint (variables that the fixture does not list)', 0, extra.length, extra.length, 0),
  );

  await loadWeights(namedWeights(generator), await openTf1Weights(prefix));
  const stored = fixture.arrays[OUTPUT];
  if (!stored) return rows;
  const output = ageByBatchStatistics(generator, input.source, fixture.true_label);
  rows.push(
    fixedOutputRow(
      OUTPUT,
      await readStoredArray(directory, stored),
      (await output.data()) as Float32Array,
    ),
  );
  output.dispose();
  return rows;
}
