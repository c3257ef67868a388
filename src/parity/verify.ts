/** @file The proof: recomputes everything in a folder of the `seed-numbers` format. */

import { existsSync } from 'node:fs';
import path from 'node:path';
import type { CompileMode } from '../config/verbs/common';
import { tf } from '../engine/tf';
import { UserError } from '../errors';
import { namedWeights } from '../models/named-weights';
import { readPreprocessFixture, readStepFixture, readStoredArray } from './fixture';
import type { StepFixture } from './fixture';
import { buildFixtureInput, buildFixtureNetworks } from './fixture-networks';
import type { Row } from './comparison-rows';
import { rowsWithSpread } from './spread';
import type { Numbers } from './spread';
import { checkpointRows } from './verify-checkpoint';
import { DEEPFACE_FIXTURE, deepFaceRows } from './verify-deepface';
import { preprocessRows } from './verify-preprocess';
import {
  computeGradients,
  computeOutputs,
  gradientRows,
  lossRows,
  outputRows,
  traceRows,
} from './verify-step';

async function storedFake(directory: string, fixture: StepFixture): Promise<tf.Tensor4D> {
  const entry = fixture.arrays['generator/output'];
  if (!entry)
    throw new UserError(
      `${directory}/step.json: expected the array 'generator/output', got none. Gradients are compared at it.`,
    );
  return tf.tensor4d(await readStoredArray(directory, entry), [...entry.shape] as [
    number,
    number,
    number,
    number,
  ]);
}

/** Outputs, losses and gradients at the fixture's variables. */
async function networkRows(
  directory: string,
  fixture: StepFixture,
  { nets, input, fake }: Numbers,
): Promise<Row[]> {
  const outputs = await computeOutputs(nets, input, fake);
  const { losses, gradients } = await computeGradients(nets.networks, input, fake, fixture);
  return [
    ...(await outputRows(directory, fixture, outputs)),
    ...(fixture.losses ? lossRows(fixture.losses, losses) : []),
    ...(await gradientRows(directory, fixture, gradients)),
  ];
}

/**
 * Recomputes a folder's `step.json`, its checkpoint, `preprocess.json` and `deepface.json` where present.
 * @param images folder of the pictures that `preprocess.json` names
 * @param mode whether the trace's steps are one function, or op by op
 * @throws UserError when the folder is not of the format
 */
export async function verifyFixtures(
  directory: string,
  images: string,
  mode: CompileMode = 'auto',
): Promise<readonly Row[]> {
  const fixture = await readStepFixture(directory);
  const nets = await buildFixtureNetworks(fixture);
  const input = buildFixtureInput(fixture);
  const fake = await storedFake(directory, fixture);
  const computed = { nets, input, fake };
  const rows = await rowsWithSpread(computed, (numbers) =>
    networkRows(directory, fixture, numbers),
  );
  // the pictures' test mode and the trace both start from the fixture's variables
  if (existsSync(path.join(directory, 'preprocess.json'))) {
    rows.push(
      ...(await preprocessRows(
        directory,
        await readPreprocessFixture(directory),
        images,
        nets.networks.generator,
      )),
    );
  }
  let isFirst = true;
  const trace = (numbers: Numbers): Promise<Row[]> => {
    // op by op has the same bits, and needs no warming up
    const traced = traceRows(numbers.nets.networks, numbers.input, fixture, isFirst ? mode : 'off');
    isFirst = false;
    return traced;
  };
  rows.push(...(await rowsWithSpread(computed, trace)));
  rows.push(...(await checkpointRows(directory, fixture, nets.networks.generator, input)));

  if (existsSync(path.join(directory, DEEPFACE_FIXTURE)))
    rows.push(...(await deepFaceRows(directory)));

  tf.dispose([
    fake,
    input.source,
    input.real,
    input.trueLabel,
    input.falseLabel,
    ...(input.source227 ? [input.source227] : []),
  ]);
  const { generator, discriminator } = nets.networks;
  for (const model of [generator, discriminator, nets.alexNet])
    tf.dispose([...namedWeights(model).values()]);
  return rows;
}
