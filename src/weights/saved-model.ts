/** @file Writes and reads networks in tfjs' own format: `model.json` and `weights.bin`. */

import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../errors';
import type { tf } from '../engine/tf';
import { sha256Of } from '../files/digest';
import type { FileDigest } from '../files/digest';
import { writeDurably } from '../files/durable-write';
import { parseSealed, sealedJson } from '../files/sealed-json';
import { originalNameOfSaved } from '../models/named-weights';
import type { WeightSource } from '../models/named-weights';
import { MODEL_FILE } from './find-network';
import { isQuantized, readValues, storedBytes, storeValues, WEIGHT_TYPES } from './quantize';
import type { Quantization, WeightType } from './quantize';

const WEIGHTS_FILE = 'weights.bin';

/** What a network says of itself beside its weights, in `userDefinedMetadata` as tfjs names it. */
const metadataSchema = z.object({
  /** Of weights.bin. */
  weights_sha256: z.string().optional(),
  /** Last year of every group but the oldest, of the age head. */
  age_bounds: z.array(z.number()).optional(),
  /** Of a network that was written for others to use, and what that changed of its outputs, by name. */
  weights_type: z.enum(WEIGHT_TYPES).optional(),
  weights_error: z.record(z.string(), z.number()).optional(),
});

const originalType = z.literal('float32').optional();
const quantizationSchema = z.union([
  z.object({ dtype: z.literal('float16'), original_dtype: originalType }),
  z.object({
    dtype: z.literal('uint8'),
    scale: z.number(),
    min: z.number(),
    original_dtype: originalType,
  }),
]);

const modelSchema = z.object({
  userDefinedMetadata: metadataSchema.optional(),
  weightsManifest: z
    .array(
      z.object({
        paths: z.array(z.string()),
        weights: z.array(
          z.object({
            name: z.string(),
            shape: z.array(z.number().int().nonnegative()),
            dtype: z.literal('float32'),
            quantization: quantizationSchema.optional(),
          }),
        ),
      }),
    )
    .length(1),
});

/** Sizes and SHA-256 of files by name, to know a whole file from a damaged one. */
export type FileDigests = Record<string, FileDigest>;

/** An array as tfjs' manifest describes it. */
interface WeightSpec {
  readonly name: string;
  readonly shape: number[];
  readonly dtype: 'float32';
  readonly quantization?: Quantization;
}

/** Weights in the order of the layers, as tfjs' manifest describes them, and their bytes one behind the other. */
async function collectWeights(
  model: tf.LayersModel,
  type: WeightType,
): Promise<{ specs: WeightSpec[]; bytes: Buffer }> {
  const weights = model.layers.flatMap((layer) => layer.weights);
  const parts = await Promise.all(
    weights.map(async (weight) => {
      const values = (await weight.read().data()) as Float32Array;
      const name = weight.originalName;
      const shape = weight.shape.map((size) => size ?? 0);
      const { bytes, quantization } = storeValues(
        values,
        isQuantized(shape) ? type : 'float32',
        name,
      );
      const spec: WeightSpec = { name, shape, dtype: 'float32' };
      return { bytes, spec: quantization ? { ...spec, quantization } : spec };
    }),
  );
  return {
    specs: parts.map(({ spec }) => spec),
    bytes: Buffer.concat(parts.map(({ bytes }) => bytes)),
  };
}

/** What of {@link metadataSchema} is not written by itself. */
export type SavedMetadata = Omit<z.infer<typeof metadataSchema>, 'weights_sha256'>;

/**
 * Saves a layers model so that `tf.loadLayersModel('file://…/model.json')` opens it; returns digests by path relative to `directory`'s parent.
 * It is what `model.save` writes, without its copies of all weights, and on the disk when this returns.
 * @param type that matrices and kernels are stored in; vectors are float32
 * @throws UserError for weights that the type has not
 */
export async function saveModel(
  model: tf.LayersModel,
  directory: string,
  metadata: SavedMetadata = {},
  type: WeightType = 'float32',
): Promise<FileDigests> {
  await mkdir(directory, { recursive: true });
  const { specs, bytes } = await collectWeights(model, type);
  const weights = await writeDurably(path.join(directory, WEIGHTS_FILE), bytes);
  const userDefinedMetadata = { ...metadata, weights_sha256: weights.sha256 };
  const modelTopology: unknown = model.toJSON(null, false);
  const weightsManifest = [{ paths: [WEIGHTS_FILE], weights: specs }];
  const described = {
    format: 'layers-model',
    generatedBy: 'ipcgan',
    convertedBy: null,
    modelTopology,
    userDefinedMetadata,
    weightsManifest,
  };
  const name = path.basename(directory);
  return {
    [`${name}/${WEIGHTS_FILE}`]: weights,
    [`${name}/${MODEL_FILE}`]: await writeDurably(
      path.join(directory, MODEL_FILE),
      sealedJson(described),
    ),
  };
}

/** Where an array lies in weights.bin, and how. */
interface Position {
  readonly shape: number[];
  readonly start: number;
  readonly end: number;
  /** In numbers. */
  readonly length: number;
  readonly quantization: Quantization | undefined;
}

/** Opens a saved network, whatever its weights are stored in, as a source of float32 weights by original name. @throws UserError when it is damaged */
export async function openSavedModel(directory: string): Promise<WeightSource> {
  const file = path.join(directory, MODEL_FILE);
  const damaged = (got: string, cause?: unknown): UserError =>
    new UserError(
      `${file}: expected a network saved by ipcgan, got ${got}. Use another checkpoint.`,
      { cause },
    );
  let saved: z.infer<typeof modelSchema>;
  let bytes: Buffer;
  try {
    saved = modelSchema.parse(parseSealed(await readFile(file, 'utf8')));
    bytes = await readFile(path.join(directory, WEIGHTS_FILE));
  } catch (cause) {
    throw damaged(cause instanceof z.ZodError ? 'JSON of another form' : String(cause), cause);
  }
  const positions = new Map<string, Position>();
  let offset = 0;
  for (const { name, shape, quantization } of saved.weightsManifest[0]?.weights ?? []) {
    const length = shape.reduce((product, size) => product * size, 1);
    const end = offset + storedBytes(length, quantization);
    positions.set(originalNameOfSaved(name), { shape, start: offset, end, length, quantization });
    offset = end;
  }
  if (offset !== bytes.length)
    throw damaged(`${bytes.length} bytes of weights instead of ${offset}`);
  const { weights_sha256: expected, age_bounds: ageBounds } = saved.userDefinedMetadata ?? {};
  if (expected !== undefined && expected !== sha256Of(bytes))
    throw damaged(`a ${WEIGHTS_FILE} with other bytes than were saved`);
  return {
    label: directory,
    ageBounds,
    names: new Set(positions.keys()),
    read: (name) => {
      const position = positions.get(name);
      if (!position) throw damaged(`no variable ${name}`);
      const { shape, start, end, length, quantization } = position;
      const values = readValues(bytes.subarray(start, end), length, quantization);
      return Promise.resolve({ shape, values });
    },
  };
}
