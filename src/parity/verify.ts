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
  const rows: Row[] = [];

  const outputs = await computeOutputs(nets, input, fake);
  rows.push(...(await outputRows(directory, fixture, outputs)));
  const { losses, gradients } = await computeGradients(nets.networks, input, fake, fixture);
  if (fixture.losses) rows.push(...lossRows(fixture.losses, losses));
  rows.push(...(await gradientRows(directory, fixture, gradients)));
  // the pictures' test mode and the trace both start from the fixture's variables; only the trace moves them
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
  rows.push(...(await traceRows(nets.networks, input, fixture, mode)));
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
