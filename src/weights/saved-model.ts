/** @file Writes and reads networks in tfjs' own format: `model.json` and `weights.bin`. */

import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../errors';
import type { tf } from '../engine/tf';
import { sha256Of } from '../files/digest';
import type { FileDigest } from '../files/digest';
import { writeDurably } from '../files/durable-write';
import { originalNameOfSaved } from '../models/named-weights';
import type { WeightSource } from '../models/named-weights';
import { MODEL_FILE } from './find-network';

const WEIGHTS_FILE = 'weights.bin';
const FLOAT_BYTES = 4;

/** What a network says of itself beside its weights, in `userDefinedMetadata` as tfjs names it. */
const metadataSchema = z.object({
  /** Of weights.bin. */
  weights_sha256: z.string().optional(),
  /** Last year of every group but the oldest, of the age head. */
  age_bounds: z.array(z.number()).optional(),
});

const modelSchema = z.object({
  userDefinedMetadata: metadataSchema.optional(),
  weightsManifest: z
    .array(
      z.object({
        paths: z.array(z.string()),
        weights: z.array(
          z.object({ name: z.string(), shape: z.array(z.number()), dtype: z.literal('float32') }),
        ),
      }),
    )
    .length(1),
});

/** Sizes and SHA-256 of files by name, to know a whole file from a damaged one. */
export type FileDigests = Record<string, FileDigest>;

/** Weights in the order of the layers, as tfjs' manifest describes them, and their bytes one behind the other. */
async function collectWeights(
  model: tf.LayersModel,
): Promise<{ specs: { name: string; shape: number[]; dtype: 'float32' }[]; bytes: Buffer }> {
  const weights = model.layers.flatMap((layer) => layer.weights);
  const parts = await Promise.all(
    weights.map(async (weight) => {
      const values = await weight.read().data();
      return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
    }),
  );
  const specs = weights.map((weight) => ({
    name: weight.originalName,
    shape: weight.shape.map((size) => size ?? 0),
    dtype: 'float32' as const,
  }));
  return { specs, bytes: Buffer.concat(parts) };
}

/** What of {@link metadataSchema} is not written by itself. */
export type SavedMetadata = Pick<z.infer<typeof metadataSchema>, 'age_bounds'>;

/**
 * Saves a layers model so that `tf.loadLayersModel('file://…/model.json')` opens it; returns digests by path relative to `directory`'s parent.
 * It is what `model.save` writes, without its copies of all weights, and on the disk when this returns.
 */
export async function saveModel(
  model: tf.LayersModel,
  directory: string,
  metadata: SavedMetadata = {},
): Promise<FileDigests> {
  await mkdir(directory, { recursive: true });
  const { specs, bytes } = await collectWeights(model);
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
      JSON.stringify(described),
    ),
  };
}

/** Opens a saved network as a source of weights by original name. @throws UserError when it is damaged */
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
    saved = modelSchema.parse(JSON.parse(await readFile(file, 'utf8')));
    bytes = await readFile(path.join(directory, WEIGHTS_FILE));
  } catch (cause) {
    throw damaged(cause instanceof z.ZodError ? 'JSON of another form' : String(cause), cause);
  }
  const positions = new Map<string, { shape: number[]; offset: number; length: number }>();
  let offset = 0;
  for (const { name, shape } of saved.weightsManifest[0]?.weights ?? []) {
    const length = shape.reduce((product, size) => product * size, 1);
    positions.set(originalNameOfSaved(name), { shape, offset, length });
    offset += length * FLOAT_BYTES;
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
      const { shape, offset: start, length } = position;
      const values = new Float32Array(length);
      Buffer.from(values.buffer).set(bytes.subarray(start, start + length * FLOAT_BYTES));
      return Promise.resolve({ shape, values });
    },
  };
}
