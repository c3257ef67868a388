/** @file Builds the networks of a run: generator and discriminator from a seed, the perceptual networks from their files. */

import { UserError } from '../errors';
import type { tf } from '../engine/tf';
import { isNetworkThere } from '../weights/find-network';
import { joinSources, openWeights, checkAgeBounds } from '../weights/weight-source';
import { isNeeded } from '../losses/term';
import type { LossTerm } from '../losses/term';
import type { FeatureLayer } from '../models/alexnet';
import {
  buildDiscriminator,
  DISCRIMINATOR_CHANNELS,
  unnormedStddev,
} from '../models/discriminator';
import type { DiscriminatorKind, DiscriminatorNorm } from '../models/discriminator';
import { widthsOf } from '../models/alexnet-widths';
import { buildProjectedDiscriminator, projectedStddev } from '../models/projected-discriminator';
import { buildPerceptualNetworks, disposePerceptual } from '../models/perceptual-networks';
import type { PerceptualNetworks } from '../models/perceptual-networks';
import type { GeneratorRecord, Upsampling } from '../models/generator-record';
import { generatorOfKind } from '../models/generators';
import { initializeWeights } from '../models/initialize';
import { loadWeights, namedWeights } from '../models/named-weights';
import type { WeightSource } from '../models/named-weights';
import { alexNetStddev } from '../models/alexnet-init';
import type { NetworkSettings } from '../weights/checkpoint';

/** What of a config decides the shape of the trained networks. */
export interface TrainedShape {
  readonly image_size: number;
  readonly age_groups: number;
  readonly age_bounds: readonly number[];
  /** Multiplier of the original's channels. */
  readonly width: number;
  /** What the plane of the label's group holds in the generator. */
  readonly label_scale: number;
  /** Kind of the generator. */
  readonly generator: string;
  readonly upsampling: Upsampling;
  readonly discriminator: DiscriminatorKind;
  readonly d_norm: DiscriminatorNorm;
}

/** Settings that a checkpoint needs to build its networks again. */
export function networkSettings(
  {
    image_size,
    age_groups,
    age_bounds,
    width,
    label_scale,
    generator,
    upsampling,
    discriminator,
    d_norm,
  }: TrainedShape,
  record: GeneratorRecord = generatorOfKind(generator, '--generator'),
): NetworkSettings {
  const channels = (original: number): number => Math.max(1, Math.round(original * width));
  return {
    image_size,
    age_groups,
    age_bounds: [...age_bounds],
    label_scale,
    generator: record.kind,
    upsampling,
    generator_channels: channels(record.channels),
    discriminator_channels: channels(DISCRIMINATOR_CHANNELS),
    discriminator,
    discriminator_norm: d_norm,
  };
}

/** A generator without weights yet. */
export const buildGeneratorOf = (
  settings: NetworkSettings,
  record: GeneratorRecord,
): tf.LayersModel =>
  record.build({
    imageSize: settings.image_size,
    ageGroups: settings.age_groups,
    channels: settings.generator_channels,
    labelScale: settings.label_scale,
    upsampling: settings.upsampling,
  });

/** A discriminator with its starting weights. @throws UserError for one that looks at features where there is no network that has some */
function buildDiscriminatorOf(
  settings: NetworkSettings,
  seed: number,
  perceptual: PerceptualNetworks | null,
): tf.LayersModel {
  const { image_size: imageSize, age_groups: ageGroups, discriminator_norm: norm } = settings;
  const channels = settings.discriminator_channels;
  if (settings.discriminator === 'patch') {
    const discriminator = buildDiscriminator({ imageSize, ageGroups, channels, norm });
    initializeWeights(discriminator, seed, norm === 'none' ? unnormedStddev : undefined);
    return discriminator;
  }
  if (!perceptual)
    throw new UserError(
      "--discriminator: expected perceptual networks for 'projected' to look through, got neither an identity nor an age term that opens them. Give --age_loss_weight or --fea_loss_weight above 0.",
    );
  const discriminator = buildProjectedDiscriminator({
    features: perceptual.projector.outputs.map(({ shape }) => shape.slice(1).map(Number)),
    ageGroups,
    channels,
  });
  initializeWeights(discriminator, seed, projectedStddev);
  return discriminator;
}

/**
 * Generator and discriminator with their starting weights.
 * @param perceptual what a projected discriminator looks through
 */
export function buildTrainedNetworks(
  settings: NetworkSettings,
  seed: number,
  record: GeneratorRecord = generatorOfKind(settings.generator, '--generator'),
  perceptual: PerceptualNetworks | null = null,
): { generator: tf.LayersModel; discriminator: tf.LayersModel } {
  const discriminator = buildDiscriminatorOf(settings, seed, perceptual);
  const generator = buildGeneratorOf(settings, record);
  initializeWeights(generator, seed);
  return { generator, discriminator };
}

/** Where the perceptual networks come from. */
export interface PretrainedFiles {
  readonly alexnet_pretrained_model: string;
  readonly age_pretrained_model: string;
  readonly second_age_model?: string | null;
  /** Go on with random weights for a file that does not exist. */
  readonly allow_untrained: boolean;
}

const SECOND = '--second_age_model';

const isTrunk = (name: string): boolean => /^alexnet\/conv\d\//.test(name);
const isAgeHead = (name: string): boolean => name.startsWith('alexnet/age_');

async function openUnlessUntrained(
  location: string,
  flag: string,
  allowUntrained: boolean,
): Promise<WeightSource | null> {
  if (allowUntrained && !isNetworkThere(location)) return null;
  return openWeights(location, flag);
}

/** The part of a source whose names pass. */
function narrowed(source: WeightSource, passes: (name: string) => boolean): WeightSource {
  return { ...source, names: new Set([...source.names].filter(passes)) };
}

/** Both files may hold the shared trunk; then they must hold the same one, or the age head would read another's features. */
async function checkSameTrunk(alexNet: WeightSource, age: WeightSource): Promise<void> {
  for (const name of [...age.names].filter(
    (candidate) => isTrunk(candidate) && alexNet.names.has(candidate),
  )) {
    const left = await alexNet.read(name);
    const right = await age.read(name);
    if (
      left.values.length === right.values.length &&
      left.values.every((value, i) => value === right.values[i])
    )
      continue;
    throw new UserError(
      `--age_pretrained_model: expected the trunk of --alexnet_pretrained_model (${alexNet.label}), got another ${name} in ${age.label}. ` +
        'Both heads share conv1 to conv5: pretrain the age head on this identity network.',
    );
  }
}

/** The perceptual networks that the weights ask for, and which parts of them are untrained. */
export interface LoadedPerceptualNetworks {
  readonly perceptual: PerceptualNetworks | null;
  /** Flags whose network was left at random weights. */
  readonly untrained: readonly string[];
}

/**
 * Builds and loads what the terms that are on look through; where none needs anything, nothing is built or read.
 * @throws UserError when a file is missing without `allow_untrained`, lacks a variable, or holds another trunk
 */
export async function loadPerceptualNetworks(
  terms: readonly LossTerm[],
  shape: { readonly featureLayer: FeatureLayer; readonly ageBounds: readonly number[] },
  files: PretrainedFiles,
  seed: number,
): Promise<LoadedPerceptualNetworks> {
  const needsFeatures = isNeeded(terms, 'features');
  const needsAges = isNeeded(terms, 'ages');
  if (!needsFeatures && !needsAges) return { perceptual: null, untrained: [] };
  const {
    alexnet_pretrained_model: alexNetFile,
    age_pretrained_model: ageFile,
    allow_untrained: allow,
  } = files;
  const age = needsAges
    ? await openUnlessUntrained(ageFile, '--age_pretrained_model', allow)
    : null;
  if (age) checkAgeBounds(age, shape.ageBounds, '--age_pretrained_model');
  // without an identity loss the trunk that came with the age head will do, where there is no other
  const needsAlexNet =
    needsFeatures || age === null || ![...age.names].some(isTrunk) || isNetworkThere(alexNetFile);
  const alexNet = needsAlexNet
    ? await openUnlessUntrained(alexNetFile, '--alexnet_pretrained_model', allow)
    : null;
  if (alexNet && age) await checkSameTrunk(alexNet, age);

  const sources = [
    ...(alexNet ? [narrowed(alexNet, (name) => !isAgeHead(name))] : []),
    ...(age ? [narrowed(age, alexNet ? isAgeHead : () => true)] : []),
  ];
  const secondFile = needsAges ? (files.second_age_model ?? null) : null;
  const second = secondFile === null ? null : await openWeights(secondFile, SECOND);
  if (second) checkAgeBounds(second, shape.ageBounds, SECOND);
  const joined = joinSources(sources.map(({ label }) => label).join(' and '), sources);
  const perceptual = buildPerceptualNetworks({
    featureLayer: needsFeatures ? shape.featureLayer : null,
    ageGroups: needsAges ? shape.ageBounds.length + 1 : null,
    widths: await widthsOf(joined),
    secondWidths: second && (await widthsOf(second)),
  });
  if (!perceptual) return { perceptual, untrained: [] };
  initializeWeights(perceptual.joint, seed, alexNetStddev);
  const hasTrunk = alexNet !== null || [...(age?.names ?? [])].some(isTrunk);
  const wanted = new Map(
    [...namedWeights(perceptual.joint)].filter(([name]) =>
      isAgeHead(name) ? age !== null : hasTrunk,
    ),
  );
  try {
    if (sources.length > 0) await loadWeights(wanted, joined);
    if (second && perceptual.secondAgeClassifier)
      await loadWeights(namedWeights(perceptual.secondAgeClassifier), second);
  } catch (error) {
    disposePerceptual(perceptual);
    throw error;
  }
  const untrained = [
    ...(needsAlexNet && !alexNet ? ['--alexnet_pretrained_model'] : []),
    ...(needsAges && !age ? ['--age_pretrained_model'] : []),
  ];
  return { perceptual, untrained };
}
