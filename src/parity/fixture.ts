/** @file Reads a folder of numbers in the `seed-numbers` format. */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../errors';
import { leavesFolder } from '../files/real-path';
import { FEATURE_LAYERS } from '../models/alexnet';

const shape = z.array(z.number().int().nonnegative());
const made = z.object({ shape, low: z.number(), high: z.number() });
const summary = z.object({
  shape: shape.optional(),
  sum: z.number(),
  l2: z.number(),
  first: z.array(z.number()),
  last: z.array(z.number()),
});
const stored = z.object({ file: z.string(), shape });
const losses = z.object({
  d_loss: z.number(),
  g_loss: z.number(),
  fea_loss: z.number(),
  age_loss: z.number(),
});

const stepSchema = z.object({
  salt: z.string().default(''),
  batch: z.number().int().positive(),
  true_label: z.number().int().nonnegative(),
  false_label: z.number().int().nonnegative(),
  weights: z.object({ gan: z.number(), fea: z.number(), age: z.number() }),
  fea_layer: z.enum(FEATURE_LAYERS),
  adam: z.object({
    learning_rate: z.number(),
    beta1: z.number(),
    beta2: z.number(),
    epsilon: z.number(),
  }),
  variables: z.record(z.string(), made),
  inputs: z.record(z.string(), made),
  arrays: z.record(z.string(), stored).default({}),
  losses: losses.optional(),
  gradients: z.record(z.string(), summary).default({}),
  trace: z.array(losses.extend({ step: z.number().int() })).default([]),
  after_step_1: z.record(z.string(), summary).default({}),
  moving_after_step_1: z.record(z.string(), summary).default({}),
  checkpoint: z.object({ prefix: z.string(), variables: z.record(z.string(), summary) }).optional(),
});

const preprocessSchema = z.object({
  images: z.array(z.string()),
  mean_rgb: z.array(z.number()).length(3),
  test_mode: z.object({ first: z.string(), others_sorted_by_name: z.array(z.string()) }).optional(),
  arrays: z.record(z.string(), stored),
});

/** `step.json`: settings, how variables and inputs are made, and what the original graph computes from them. */
export type StepFixture = z.infer<typeof stepSchema>;
/** `preprocess.json`: pictures as the original feeds them. */
export type PreprocessFixture = z.infer<typeof preprocessSchema>;
/** Sum, l2 norm, and the first and last eight values of an array. */
export type Summary = z.infer<typeof summary>;
/** The four losses of one step, weighted. */
export type Losses = z.infer<typeof losses>;

/** Reads and checks a JSON file of a folder of fixtures. @throws UserError when it is absent or of another form */
export async function readJson<T>(file: string, schema: z.ZodType<T>): Promise<T> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new UserError(
      `${file}: expected a JSON file, got ${String(cause)}. Give --fixtures a folder in the seed-numbers format.`,
      {
        cause,
      },
    );
  }
  const result = schema.safeParse(parsed);
  if (!result.success)
    throw new UserError(
      `${file}: expected the seed-numbers format, got\n${z.prettifyError(result.error)}`,
    );
  return result.data;
}

/** @throws UserError when `step.json` is absent or of another form */
export const readStepFixture = (directory: string): Promise<StepFixture> =>
  readJson(path.join(directory, 'step.json'), stepSchema);

/** @throws UserError when `preprocess.json` is of another form */
export const readPreprocessFixture = (directory: string): Promise<PreprocessFixture> =>
  readJson(path.join(directory, 'preprocess.json'), preprocessSchema);

/** Reads one stored array of little-endian float32. @throws UserError when its size does not fit its shape */
export async function readStoredArray(
  directory: string,
  entry: { file: string; shape: readonly number[] },
): Promise<Float32Array> {
  const file = path.join(directory, entry.file);
  if (leavesFolder(entry.file))
    throw new UserError(
      `${directory}: expected arrays in the folder of fixtures, got ${entry.file}. Copy it there.`,
    );
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    throw new UserError(
      `${file}: expected an array of shape [${entry.shape.join()}], got ${String(cause)}`,
      { cause },
    );
  }
  const expected = 4 * entry.shape.reduce((product, size) => product * size, 1);
  if (bytes.length !== expected)
    throw new UserError(
      `${file}: expected ${expected} bytes for shape [${entry.shape.join()}], got ${bytes.length}`,
    );
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}
