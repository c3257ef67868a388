/** @file The product: a model in, faces at other ages out. Folders, photographs and contact sheets stand on it. */

import { concatenated } from '../data/batches';
import { openEngine } from '../engine/open-engine';
import { tf } from '../engine/tf';
import type { Device } from '../engine/install/versions';
import { UserError } from '../errors';
import { alignFaces } from '../faces/align';
import type { AlignedFace, AlignOutcome, FaceChoice } from '../faces/align';
import { loadFaceFinder } from '../faces/detect';
import type { FaceFinder, OpenFaceFinder } from '../faces/detect';
import { pasteChange, pasteFace } from '../faces/paste-face';
import { decodeImage } from '../images/image';
import { openFaceAger, toImages, toMaskImages } from './age-faces';
import { loadCompanions } from './companions';
import { findGenerator, noteOnBatchNorm, openGenerator } from './open-generator';
import type { BatchNormBy, OpenGenerator, OpenGeneratorSettings } from './open-generator';
import { hasMask } from '../models/generator-outputs';
import type { GeneratorOutputs } from '../models/generator-outputs';
import type { RgbImage } from '../images/pixels';
import { subtractMean } from '../images/pixels';
import { resizeOpenCv } from '../images/resize';

/** A picture: the path of a file, a file's bytes, or pixels. */
export type ImageInput = string | Uint8Array | RgbImage;

/** How an ager is opened. */
export interface OpenAgerSettings extends OpenGeneratorSettings {
  /** How batch norm is taken; by the moving averages when absent: a face's picture then does not depend on its company. */
  readonly batchNorm?: BatchNormBy;
  /** Folder whose first 31 pictures are the company for `batchNorm: 'batch'`, which needs it, and which alone uses it. */
  readonly companions?: string;
  /** Where to compute, where no engine is open yet; `auto` takes a GPU where there is one. */
  readonly device?: Device;
}

/** How a picture is aged. */
export interface AgeSettings {
  /** Age groups to show everybody at, 0 the youngest; all but the youngest when absent. */
  readonly groups?: readonly number[];
  /** Whether faces are found and aligned, as photographs need it (the default); false for a crop like the training data's. */
  readonly align?: boolean;
  /** Which faces of a photograph; all when absent, from left to right. */
  readonly face?: FaceChoice;
  /** Smallest width of a face in the photograph, in pixels; 40 when absent. */
  readonly minFace?: number;
  /** What the picture is called in errors; its path when absent. */
  readonly name?: string;
}

/** Which faces of a photograph are looked for. */
export interface FindSettings extends Pick<AgeSettings, 'face' | 'minFace'> {
  /** More faces than this are refused before any is aligned, where all are asked for; any number when absent. */
  readonly mostFaces?: number;
}

/** A face at one age group. */
export interface AgedPicture {
  readonly group: number;
  /** Of the group, as `31-40`. */
  readonly name: string;
  /** S × S. */
  readonly image: RgbImage;
  /** S × S, where the generator painted over the input: white is all of it. Null for a generator without a mask. */
  readonly mask: RgbImage | null;
}

/** A face, and what it looks like at other ages. */
export interface AgedFace {
  /** As the generator saw it, S × S. */
  readonly input: RgbImage;
  /** One for each group asked for, in that order. */
  readonly pictures: readonly AgedPicture[];
  /** Where it is in the photograph, and how good; null for a crop that was not aligned. */
  readonly place: AlignedFace | null;
}

/** A generator at work. */
export interface Ager {
  /** Height and width of its pictures, in pixels. */
  readonly imageSize: number;
  /** Last year of every group but the oldest. */
  readonly ageBounds: readonly number[];
  /** Names of its age groups, as `31-40`, the youngest first. */
  readonly groupNames: readonly string[];
  /** Whether its pictures come with masks. */
  readonly hasMask: boolean;
  /** The model, for messages. */
  readonly label: string;
  /** Whether its weights are the moving average that training saved beside those of the last step. */
  readonly isAverage: boolean;
  /** What is worth saying of how its pictures are made; null where nothing is. */
  readonly note: string | null;
  /**
   * Shows the faces of a picture at other ages.
   * @throws UserError for no picture, no face in it, or groups that are not there
   */
  age(image: ImageInput, settings?: AgeSettings): Promise<AgedFace[]>;
  /**
   * The faces of a photograph, aligned as {@link Ager.ageCrops} takes them, or why there is none: the first half of {@link Ager.age}.
   * @throws UserError for no picture
   */
  findFaces(image: ImageInput, settings?: FindSettings): Promise<AlignOutcome>;
  /**
   * Faces that are crops like the training data's, of any size: each at every group. One batch: about 100 MB of memory a picture.
   * @returns by face, then by group
   */
  ageCrops(crops: readonly RgbImage[], groups: readonly number[]): Promise<AgedFace[]>;
  /** Frees every tensor of it. */
  dispose(): void;
}

const SMALLEST_FACE = 40;
const ADVICE = {
  'no face': 'Take one that shows a face from the front, upright and in the light.',
  'too small': 'Take a larger copy of the photograph, or allow smaller faces (--min_face).',
  'too many faces': 'Take a part of the photograph.',
} as const;
const CHANNELS = 3;

/** Decodes what is not pixels already. @throws UserError for no picture */
async function toPixels(image: ImageInput): Promise<RgbImage> {
  if (typeof image === 'string') return decodeImage(image);
  if (image instanceof Uint8Array) return decodeImage(Buffer.from(image), 'the picture');
  const { data, width, height } = image;
  if (width > 0 && height > 0 && data.length === width * height * CHANNELS) return image;
  throw new UserError(
    `the picture: expected ${width} x ${height} x ${CHANNELS} bytes of RGB, got ${data.length}. Leave out transparency, or give the file's bytes.`,
  );
}

/** The groups asked for, or all but the youngest. @param name what gave them, for errors @throws UserError for one that is not there */
export function chosenGroups(
  groups: readonly number[] | undefined,
  count: number,
  name: string,
): readonly number[] {
  const asked = groups ?? [];
  const wrong = asked.filter((group) => !Number.isInteger(group) || group < 0 || group >= count);
  if (wrong.length > 0)
    throw new UserError(
      `${name}: expected age groups from 0 to ${count - 1}, got ${wrong.join(', ')}. 0 is the youngest.`,
    );
  return asked.length > 0
    ? [...new Set(asked)]
    : Array.from({ length: count - 1 }, (_, i) => i + 1);
}

/**
 * A photograph with its aged faces in it, at one group.
 * @param faces of that photograph, as {@link Ager.age} found them
 */
export async function pasteFaces(
  photograph: ImageInput,
  faces: readonly AgedFace[],
  group: number,
): Promise<RgbImage> {
  let pasted = await toPixels(photograph);
  for (const { input, place, pictures } of faces) {
    const aged = pictures.find((picture) => picture.group === group);
    if (!place || !aged) continue;
    // a generator with a mask keeps its source: only what it changed is enlarged
    pasted = aged.mask
      ? await pasteChange(pasted, input, aged.image, place.transform)
      : await pasteFace(pasted, aged.image, place.transform);
  }
  return pasted;
}

/** Opens what normalises, and makes the generator lighter where that may be. */
async function prepare(
  opened: OpenGenerator,
  { batchNorm = 'moving', companions }: OpenAgerSettings,
): Promise<{ readonly generator: tf.LayersModel; readonly companions: tf.Tensor4D | null }> {
  const { generator, record, imageSize } = opened;
  if (batchNorm === 'moving') {
    const folded = record.fold(generator);
    if (folded !== generator) opened.dispose();
    return { generator: folded, companions: null };
  }
  if (companions === undefined)
    throw new UserError(
      'companions: expected a folder of 31 pictures for batch norm by the batch, got none. Name the training pictures.',
    );
  return {
    generator,
    companions: await loadCompanions(companions, imageSize, 'companions (--train_data_dir)'),
  };
}

/** The detector, loaded when the first photograph needs it. */
function faceFinderOnDemand(): { open(): Promise<FaceFinder>; dispose(): void } {
  let loading: Promise<FaceFinder> | null = null;
  let loaded: OpenFaceFinder | null = null;
  let isDisposed = false;
  const load = async (): Promise<FaceFinder> => {
    try {
      loaded = await loadFaceFinder();
    } catch (error) {
      // the next photograph tries again
      loading = null;
      throw error;
    }
    if (isDisposed) loaded.dispose();
    return loaded;
  };
  return {
    open: () => (loading ??= load()),
    dispose: () => {
      isDisposed = true;
      loaded?.dispose();
    },
  };
}

/**
 * Opens a model for ageing: a model's folder, a run, one of its checkpoints, or a TensorFlow 1 checkpoint. Opens the engine where it is
 * not open.
 * @throws UserError when there is no model, or it does not say its age groups
 */
export async function openAger(folder: string, settings: OpenAgerSettings = {}): Promise<Ager> {
  // a wrong path is said before a library is downloaded
  await findGenerator(folder, settings);
  await openEngine({ device: settings.device });
  const opened = await openGenerator(folder, settings);
  const { generator, companions } = await prepare(opened, settings).catch((error: unknown) => {
    opened.dispose();
    throw error;
  });
  const { imageSize, ageBounds, groupNames, label, isAverage } = opened;
  const faceAger = openFaceAger(generator, companions);
  const finder = faceFinderOnDemand();
  let isDisposed = false;
  const expectOpen = (): void => {
    if (isDisposed)
      throw new UserError(
        `${label}: expected an open ager, got one that is disposed. Open it again.`,
      );
  };

  const ageCrops = async (
    crops: readonly RgbImage[],
    groups: readonly number[],
  ): Promise<AgedFace[]> => {
    expectOpen();
    const shown = chosenGroups(groups, groupNames.length, 'groups');
    if (crops.length === 0) return [];
    const inputs = crops.map((crop) => ({
      data: resizeOpenCv(crop, imageSize),
      width: imageSize,
      height: imageSize,
    }));
    const pixels = concatenated(inputs.map(({ data }) => subtractMean(data)));
    const sources = tf.tensor4d(pixels, [inputs.length, imageSize, imageSize, CHANNELS]);
    const batches: GeneratorOutputs[] = [];
    const compute = async () => {
      for (const group of shown) batches.push(faceAger.age(sources, group));
      return Promise.all(
        batches.map(async ({ fake, mask }) => ({
          images: await toImages(fake),
          masks: mask ? await toMaskImages(mask) : [],
        })),
      );
    };
    const byGroup = await compute().finally(() => {
      for (const { fake, mask } of batches) tf.dispose(mask ? [fake, mask] : fake);
      sources.dispose();
    });
    return inputs.map((input, i) => ({
      input,
      pictures: shown.flatMap((group, k) => {
        const image = byGroup[k]?.images[i];
        const mask = byGroup[k]?.masks[i] ?? null;
        return image ? [{ group, name: groupNames[group] ?? '', image, mask }] : [];
      }),
      place: null,
    }));
  };

  const findFaces = async (
    image: ImageInput,
    { face = 'all', minFace = SMALLEST_FACE, mostFaces = Infinity }: FindSettings = {},
  ): Promise<AlignOutcome> => {
    expectOpen();
    const photograph = await toPixels(image);
    return alignFaces(await finder.open(), photograph, {
      face,
      minFace,
      mostFaces,
      isTight: false,
    });
  };

  const agePhotograph = async (
    photograph: RgbImage,
    groups: readonly number[],
    settings: AgeSettings,
  ): Promise<AgedFace[]> => {
    const found = await findFaces(photograph, settings);
    const { name = 'the picture' } = settings;
    if (!('faces' in found))
      throw new UserError(
        `${name}: expected a face, got ${found.reason}: ${found.detail}. ${ADVICE[found.reason]}`,
      );
    const aged = await ageCrops(
      found.faces.map(({ crop }) => crop),
      groups,
    );
    return aged.map((one, i) => ({ ...one, place: found.faces[i] ?? null }));
  };

  return {
    imageSize,
    ageBounds,
    groupNames,
    hasMask: hasMask(generator),
    label,
    isAverage,
    note: noteOnBatchNorm(opened, companions === null ? 'moving' : 'batch'),
    ageCrops,
    findFaces,
    age: async (image, asked = {}) => {
      expectOpen();
      const groups = chosenGroups(asked.groups, groupNames.length, 'groups');
      const pixels = await toPixels(image);
      if (asked.align === false) return ageCrops([pixels], groups);
      const named = typeof image === 'string' ? { name: image, ...asked } : asked;
      return agePhotograph(pixels, groups, named);
    },
    dispose: () => {
      if (isDisposed) return;
      isDisposed = true;
      faceAger.dispose();
      generator.dispose();
      companions?.dispose();
      finder.dispose();
    },
  };
}
