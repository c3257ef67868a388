/** @file The networks of a pretraining run at step 0: the one that is trained, and the plain one that is saved. */

import { DESCRIPTOR_SIZE } from '../faces/descriptor';
import type { PretrainConfig } from '../config/schema';
import { toImageTensor, trainingBatches } from '../data/labelled-batches';
import { UserError } from '../errors';
import { checkAgeBounds, openWeights } from '../weights/weight-source';

import { ALEXNET_WIDTHS, NO_TRAINING_LAYERS, widthsWithHead } from '../models/alexnet';
import type { TrainingLayers } from '../models/alexnet';
import { widthsOf } from '../models/alexnet-widths';
import type { PretrainTask } from './task';
import {
  fittingLayers,
  insertBatchNorms,
  learningRates,
  shapeWithAge,
  takeLayers,
} from './network';
import type { AlexNetShape, AlexNetNetwork } from '../models/alexnet-network';
import { loadWeights } from '../models/named-weights';
import type { WeightSource } from '../models/named-weights';
import { buildAlexNet, initializeAlexNet, isAge } from '../models/alexnet-network';
import { startingNetwork } from './starting-network';

/** Both networks, and what of the trained one learns how fast. */
export interface StartingNetworks {
  readonly network: AlexNetNetwork;
  readonly plain: AlexNetNetwork;
  readonly factors: ReadonlyMap<string, number>;
}

/** Pictures that batch norm is set to when it is put into a trunk that had none. */
const CALIBRATION_PICTURES = 128;

/** Sets batch norm to some training pictures, so that layers that were trained without compute what they did. */
async function calibrate(
  plain: AlexNetNetwork,
  network: AlexNetNetwork,
  { data }: PretrainTask,
  seed: number,
  layers?: readonly string[],
): Promise<void> {
  const plan = {
    batchSize: CALIBRATION_PICTURES,
    seed,
    isAugmented: false,
    isBalanced: false,
    skipped: 0,
  };
  const { value: batch } = await trainingBatches(data, plan).next();
  const images = toImageTensor(batch);
  insertBatchNorms(plain, network, images, layers);
  images.dispose();
}

/** At random, or with what of a network fits. */
async function identityNetworks(
  config: PretrainConfig,
  task: PretrainTask,
  report: (text: string) => void,
): Promise<StartingNetworks> {
  const location = startingNetwork(config);
  const source =
    location === null ? null : await openWeights(location, '--alexnet_pretrained_model');
  const { conv1, conv2, conv3, conv4, conv5 } = source ? await widthsOf(source) : ALEXNET_WIDTHS;
  const shape: AlexNetShape = {
    widths: { ...widthsWithHead(config.head_width), conv1, conv2, conv3, conv4, conv5 },
    hasIdentity: true,
    descriptor: task.descriptors ? DESCRIPTOR_SIZE : null,
    people: task.descriptors ? null : task.data.classes.length,
    ageGroups: null,
  };
  const layers: TrainingLayers = { batchNorm: config.batch_norm, dropout: config.dropout };
  const network = buildAlexNet(shape, { trunk: layers, identity: layers, age: NO_TRAINING_LAYERS });
  const plain = buildAlexNet(shape);
  await initializeAlexNet(network, config.seed, null);
  if (source) {
    const taken = await fittingLayers(plain, source);
    await initializeAlexNet(plain, config.seed, null);
    await takeLayers(plain, taken, source);
    const normed = taken.filter(
      (layer) => config.batch_norm && network.weights.has(`${layer}_bn/gamma`),
    );
    if (normed.length > 0) await calibrate(plain, network, task, config.seed, normed);
    else for (const [name, variable] of plain.weights) network.weights.get(name)?.assign(variable);
    const others = [...plain.model.layers].filter(
      ({ name, weights }) => weights.length > 0 && !taken.includes(name),
    );
    const list = (names: readonly string[]): string =>
      names.map((name) => name.replace('alexnet/', '')).join(', ');
    report(
      `starting from ${source.label}: ${list(taken)}${others.length > 0 ? `; at random: ${list(others.map(({ name }) => name))}` : ''}`,
    );
  }
  return { network, plain, factors: learningRates(network, config) };
}

/**
 * Gives a plain network the age head of a source.
 * @throws UserError for one of other groups or another width, or none
 */
async function takeAgeHead(
  plain: AlexNetNetwork,
  source: WeightSource,
  ageBounds: readonly number[],
): Promise<void> {
  const flag = '--age_pretrained_model';
  checkAgeBounds(source, ageBounds, flag);
  const head = new Map([...plain.weights].filter(([name]) => isAge(name)));
  for (const [name, { shape }] of head) {
    const found = source.names.has(name) ? (await source.read(name)).shape : null;
    if (found?.join() === shape.join()) continue;
    throw new UserError(
      `${flag}: expected ${name} of [${shape.join()}] in ${source.label}, got ${found ? `[${found.join()}]` : 'none'}. ` +
        'The head is that of --head_width and of the age groups of the data; leave the flag out for one at random.',
    );
  }
  await loadWeights(head, source);
}

async function ageNetworks(
  config: PretrainConfig,
  task: PretrainTask,
  ageBounds: readonly number[],
): Promise<StartingNetworks> {
  const source = await openWeights(
    config.alexnet_pretrained_model ?? '',
    '--alexnet_pretrained_model',
  );
  const shape = await shapeWithAge(source, config, task.data.classes.length);
  if (task.descriptors && shape.descriptor === null) {
    throw new UserError(
      `--teacher: expected an identity network that a teacher taught in ${source.label}, got one without alexnet/descriptor. ` +
        'Pretrain it with --task=identity --teacher=face-descriptor, or leave --teacher out.',
    );
  }
  const isMoved = config.trunk === 'finetune';
  const network = buildAlexNet(shape, {
    trunk: { batchNorm: config.batch_norm && isMoved, dropout: 0 },
    identity: NO_TRAINING_LAYERS,
    age: { batchNorm: config.batch_norm, dropout: config.dropout },
  });
  const plain = buildAlexNet(shape);
  await initializeAlexNet(plain, config.seed, source);
  const head = config.age_pretrained_model;
  if (head !== null)
    await takeAgeHead(plain, await openWeights(head, '--age_pretrained_model'), ageBounds);
  // by random weights first: batch norm has factors and shifts of its own
  await initializeAlexNet(network, config.seed, null);
  const normed = plain.model.layers
    .map(({ name }) => name)
    .filter((name) => network.weights.has(`${name}_bn/gamma`) && (!isAge(name) || head !== null));
  if (normed.length > 0) await calibrate(plain, network, task, config.seed, normed);
  else for (const [name, variable] of plain.weights) network.weights.get(name)?.assign(variable);
  return { network, plain, factors: learningRates(network, config) };
}

/**
 * Builds and fills them.
 * @param report is told what of a given network is taken
 * @throws UserError when the trunk is missing, or is not what the teacher needs
 */
export const openStartingNetworks = (
  config: PretrainConfig,
  task: PretrainTask,
  ageBounds: readonly number[],
  report: (text: string) => void,
): Promise<StartingNetworks> =>
  config.task === 'age'
    ? ageNetworks(config, task, ageBounds)
    : identityNetworks(config, task, report);
