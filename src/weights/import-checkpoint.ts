/** @file Turns a TensorFlow 1 checkpoint into a checkpoint of ours: layers models that `test`, `train` and `tf.loadLayersModel` open. */

import path from 'node:path';
import type { tf } from '../engine/tf';
import { UserError } from '../errors';
import { expectNothingAt } from './import-places';
import { openCaffeArrays } from './caffe-arrays';
import type { CaffeInput } from './caffe-arrays';
import { isArrayFile } from './named-arrays';
import { saveModel } from './saved-model';
import { openTf1Bundle } from './tf1-bundle';
import type { Tf1Bundle } from './tf1-bundle';
import { boundsOf, toManifest, writeManifest } from './model-manifest';
import type { ModelManifest } from './model-manifest';
import { generatorShapeOf, openTf1Weights } from './weight-source';
import { ALEXNET_WIDTHS } from '../models/alexnet';
import type { AlexNetWidths } from '../models/alexnet';
import { buildDiscriminator } from '../models/discriminator';
import { GENERATORS } from '../models/generators';
import { isTrainable, loadWeights, namedWeights } from '../models/named-weights';
import { writeDurably } from '../files/durable-write';
import { sealedJson } from '../files/sealed-json';
import { replaceDirectory } from '../files/whole-directory';
import { buildAlexNet } from '../models/alexnet-network';
import { CHECKPOINT_STATE_FORMAT } from './checkpoint';

/** What was written, and what of the checkpoint found no place. */
export interface ImportOutcome {
  readonly written: readonly string[];
  /** Names of variables that belong to none of the networks: an optimiser's slots, a counter. */
  readonly unused: readonly string[];
}

/** What a source does not say of itself. */
export interface ImportSettings extends CaffeInput {
  /** The age groups of a generator that has so many. @throws UserError where nobody says them */
  readonly ageGroupsOf: (count: number) => {
    readonly ageBounds: readonly number[];
    readonly groupNames: readonly string[];
  };
}

const IMAGE_SIZE = 128;

/** A network as the checkpoint's shapes say. */
interface Found {
  readonly name: 'generator' | 'discriminator' | 'alexnet';
  readonly model: tf.LayersModel;
}

/** AlexNet as wide as a source has it, with the heads that it has; fc8, of other classes, is none of them. @throws UserError for odd widths */
function alexNetOf(from: string, widthOf: (layer: string) => number | undefined): tf.LayersModel {
  const odd = ['conv1', 'conv2', 'conv3', 'conv4', 'conv5'].filter(
    (layer) => (widthOf(layer) ?? 0) % 2 === 1,
  );
  if (odd.length > 0) {
    const got = odd.map((layer) => `${widthOf(layer) ?? ''} of ${layer}`).join(', ');
    throw new UserError(
      `--from: expected even numbers of outputs, for conv2, conv4 and conv5 have two groups, got ${got} in ${from}.`,
    );
  }
  const widths = Object.fromEntries(
    Object.entries(ALEXNET_WIDTHS).map(([layer, width]) => [layer, widthOf(layer) ?? width]),
  );
  return buildAlexNet({
    widths: widths as unknown as AlexNetWidths,
    hasIdentity: widthOf('fc7') !== undefined,
    descriptor: widthOf('descriptor') ?? null,
    people: widthOf('new_2') ?? null,
    ageGroups: widthOf('age_fc8') ?? null,
  }).model;
}

/** Caffe's arrays as a checkpoint of AlexNet alone. */
async function importArrays(from: string, to: string, input: CaffeInput): Promise<ImportOutcome> {
  const source = await openCaffeArrays(from, input);
  const widths = new Map<string, number>();
  for (const name of source.names)
    if (name.endsWith('/biases'))
      widths.set(name.split('/')[1] ?? '', (await source.read(name)).values.length);
  const model = alexNetOf(from, (layer) => widths.get(layer));
  const weights = namedWeights(model);
  await loadWeights(weights, source);
  await replaceDirectory(to, 'the imported network', (temporary) =>
    saveModel(model, path.join(temporary, 'alexnet')),
  );
  return { written: ['alexnet'], unused: [...source.names].filter((name) => !weights.has(name)) };
}

function findNetworks(
  { entries, prefix }: Tf1Bundle,
  generator: ReturnType<typeof generatorShapeOf>,
): Found[] {
  const shapeOf = (name: string): readonly number[] | undefined => entries.get(name)?.shape;
  const found: Found[] = [];
  if (generator !== null)
    found.push({
      name: 'generator',
      model: GENERATORS[0].build({ imageSize: IMAGE_SIZE, ...generator }),
    });
  const dChannels = shapeOf('discriminator/dis/weights')?.[3];
  const dInputs = shapeOf('discriminator/dis_1/weights')?.[2];
  if (dChannels !== undefined && dInputs !== undefined) {
    found.push({
      name: 'discriminator',
      model: buildDiscriminator({
        imageSize: IMAGE_SIZE,
        ageGroups: dInputs - dChannels,
        channels: dChannels,
      }),
    });
  }
  const widthOf = (layer: string): number | undefined => shapeOf(`alexnet/${layer}/biases`)?.[0];
  if (shapeOf('alexnet/conv1/weights') !== undefined) {
    found.push({ name: 'alexnet', model: alexNetOf(prefix, widthOf) });
  }
  return found;
}

/**
 * Reads a checkpoint's networks as wide as it has them and writes a directory that `test --checkpoint_dir` and
 * `train --source_checkpoint_dir` take.
 * @throws UserError when it holds none, a variable is missing or misshapen, or the target exists
 */
export async function importCheckpoint(
  from: string,
  to: string,
  settings: ImportSettings,
): Promise<ImportOutcome> {
  expectNothingAt(to);
  if (await isArrayFile(from)) return importArrays(from, to, settings);
  const bundle = await openTf1Bundle(from);
  const shape = generatorShapeOf(bundle);
  const manifest = shape && describeGenerator(bundle, shape, settings);
  const found = findNetworks(bundle, shape);
  if (found.length === 0)
    throw new UserError(
      `--from: expected generator, discriminator or alexnet variables in ${bundle.prefix}, got none of them.`,
    );
  const source = await openTf1Weights(bundle.prefix);
  const used = new Set<string>();
  for (const { name, model } of found) {
    // the discriminator's moving averages are used by nothing, and a checkpoint may lack them
    const variables = [...namedWeights(model)].filter(
      ([variable]) => isTrainable(variable) || bundle.entries.has(variable) || name === 'generator',
    );
    await loadWeights(new Map(variables), source);
    for (const [variable] of variables) used.add(variable);
  }
  await replaceDirectory(to, 'the imported networks', async (temporary) => {
    for (const { name, model } of found) await saveModel(model, path.join(temporary, name));
    if (manifest) {
      await writeManifest(path.join(temporary, 'generator'), manifest);
      await writeState(temporary, bundle, manifest);
    }
  });
  for (const { model } of found) model.dispose();
  return {
    written: found.map(({ name }) => name),
    unused: [...bundle.entries.keys()].filter((name) => !used.has(name)),
  };
}

/** The original counts its steps from zero. */
const finishedSteps = ({ step }: Tf1Bundle): number => (step ?? -1) + 1;

/** What the generator says of itself from now on: it was trained with one label a batch, as the original is. */
const describeGenerator = (
  bundle: Tf1Bundle,
  { ageGroups, channels }: { readonly ageGroups: number; readonly channels: number },
  { ageGroupsOf }: ImportSettings,
): ModelManifest =>
  toManifest({
    generator: { kind: GENERATORS[0].kind, channels, upsampling: 'transposed' },
    imageSize: IMAGE_SIZE,
    ...ageGroupsOf(ageGroups),
    labelScale: 1,
    batchNorm: 'batch',
    step: finishedSteps(bundle),
    trainedOn: null,
    licence: 'Not known to this program: ask those who trained the checkpoint.',
    figures: {},
  });

/** Lets the directory be opened as a checkpoint; it has no optimisers, and cannot be resumed. */
async function writeState(
  directory: string,
  bundle: Tf1Bundle,
  manifest: ModelManifest,
): Promise<void> {
  const networks = {
    image_size: IMAGE_SIZE,
    age_groups: manifest.age_groups.length,
    age_bounds: boundsOf(manifest),
    label_scale: manifest.label_scale,
    generator: manifest.generator.kind,
    generator_channels: manifest.generator.channels,
    upsampling: manifest.generator.upsampling,
    discriminator: 'patch' as const,
    discriminator_norm: 'batch' as const,
    discriminator_channels: bundle.entries.get('discriminator/dis/weights')?.shape[3] ?? 0,
  };
  const state = {
    format: CHECKPOINT_STATE_FORMAT,
    step: finishedSteps(bundle),
    networks,
    sampler: null,
    updates: { discriminator: 0, generator: 0 },
    files: {},
  };
  await writeDurably(path.join(directory, 'state.json'), `${sealedJson(state, 2)}\n`);
}
