/** @file `ipcgan.json`: what a generator's folder says of itself, so that nothing else is needed to use it. */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../errors';
import { UPSAMPLINGS } from '../models/generator-record';
import { MEAN_RGB } from '../images/pixel-range';
import { packageVersion } from '../files/package-version';
import type { FileDigest } from '../files/digest';
import { NewerFileError, refuseNewer } from '../files/format-version';
import { writeDurably } from '../files/durable-write';
import { parseSealed, sealedJson } from '../files/sealed-json';
import { WEIGHT_TYPES } from './quantize';

/** Its name, beside `model.json` and `weights.bin`. */
export const MODEL_MANIFEST = 'ipcgan.json';

/** Forms of a model's folder that are for other programs. */
const FOREIGN_FORMS = ['layers', 'onnx', 'web'] as const;
export type ForeignForm = (typeof FOREIGN_FORMS)[number];

const MANIFEST_VERSION = { key: 'format', newest: 1 } as const;

const manifestSchema = z.object({
  format: z.literal(MANIFEST_VERSION.newest),
  /** Version of ipcgan that wrote it. */
  ipcgan: z.string(),
  generator: z.object({
    kind: z.string(),
    channels: z.number().int().positive(),
    /** How the decoder doubles the size; absent in folders from before there was a choice, which have the original's. */
    upsampling: z.enum(UPSAMPLINGS).default('transposed'),
  }),
  /** Height and width of its pictures, in pixels. */
  image_size: z.number().int().positive(),
  age_groups: z
    .array(z.object({ name: z.string(), last_year: z.number().nullable() }))
    .min(2)
    .refine(
      (groups) =>
        groups.every(({ last_year: last }, i) => (last === null) === (i === groups.length - 1)),
      'groups with their last years, null for the oldest alone',
    ),
  /** What the plane of the label's group holds. */
  label_scale: z.number().positive(),
  /** The source: RGB in this range, minus the mean. */
  input: z.object({
    range: z.tuple([z.number(), z.number()]),
    mean_rgb: z.tuple([z.number(), z.number(), z.number()]),
  }),
  output: z.object({ range: z.tuple([z.number(), z.number()]) }),
  /** How batch norm is to be taken when it is shown: by the moving averages, or by the batch, as it was trained with one label a batch. */
  batch_norm: z.enum(['moving', 'batch']),
  /** Finished steps; null where nobody knows. */
  step: z.number().int().nullable(),
  trained_on: z
    .object({ source: z.string(), content_hash: z.string(), faces: z.number().int() })
    .nullable(),
  /** Who may use it for what, as far as the data tells. */
  licence: z.string(),
  /** What was last measured of it, by name. */
  figures: z.record(z.string(), z.number()),
  /** Of a model that was written for other programs, and that the commands here do not open: its form. */
  form: z.enum(FOREIGN_FORMS).optional(),
  /** Of a model that was exported: what its weights are stored in, and how far its pictures are from those of the float32 weights. */
  weights: z
    .object({
      type: z.enum(WEIGHT_TYPES),
      /** Of the measurement: drawn faces, each at every age group. */
      pictures: z.number().int(),
      /** Mean and largest difference of a channel of a pixel, in levels of 0..255. */
      error_mean: z.number(),
      error_max: z.number(),
    })
    .optional(),
});

/** The content of ipcgan.json. */
export type ModelManifest = z.infer<typeof manifestSchema>;

/** What a manifest is made of; the rest is the same for all. */
export interface ManifestFacts {
  readonly generator: ModelManifest['generator'];
  readonly imageSize: number;
  /** Last year of every group but the oldest. */
  readonly ageBounds: readonly number[];
  /** Names of all groups. */
  readonly groupNames: readonly string[];
  readonly labelScale: number;
  readonly batchNorm: ModelManifest['batch_norm'];
  readonly step: number | null;
  readonly trainedOn: ModelManifest['trained_on'];
  readonly licence: string;
  readonly figures: ModelManifest['figures'];
}

/** Makes the manifest of a generator of ours. */
export function toManifest(facts: ManifestFacts): ModelManifest {
  const { ageBounds, groupNames } = facts;
  return {
    format: MANIFEST_VERSION.newest,
    ipcgan: packageVersion(),
    generator: facts.generator,
    image_size: facts.imageSize,
    age_groups: groupNames.map((name, i) => ({ name, last_year: ageBounds[i] ?? null })),
    label_scale: facts.labelScale,
    input: { range: [0, 255], mean_rgb: [...MEAN_RGB] },
    output: { range: [-1, 1] },
    batch_norm: facts.batchNorm,
    step: facts.step,
    trained_on: facts.trainedOn,
    licence: facts.licence,
    figures: facts.figures,
  };
}

/** Last year of every group but the oldest. */
export const boundsOf = ({ age_groups: groups }: ModelManifest): number[] =>
  groups.flatMap(({ last_year: last }) => (last === null ? [] : [last]));

/** Writes it into a generator's folder, which has none. */
export const writeManifest = (directory: string, manifest: ModelManifest): Promise<FileDigest> =>
  writeDurably(path.join(directory, MODEL_MANIFEST), `${sealedJson(manifest, 2)}\n`);

/** Reads a folder's manifest; null where there is none. @throws UserError for one of another form, or of networks that see pictures otherwise */
export async function readManifestOf(directory: string): Promise<ModelManifest | null> {
  const file = path.join(directory, MODEL_MANIFEST);
  if (!existsSync(file)) return null;
  const wrong = (got: string, cause?: unknown): UserError =>
    new UserError(
      `${file}: expected what a generator says of itself, got ${got}. Copy the folder again, or use the version of ipcgan that wrote it.`,
      { cause },
    );
  let manifest: ModelManifest;
  try {
    const content: unknown = parseSealed(await readFile(file, 'utf8'));
    refuseNewer(file, content, MANIFEST_VERSION);
    manifest = manifestSchema.parse(content);
  } catch (cause) {
    if (cause instanceof NewerFileError) throw cause;
    throw wrong(cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause), cause);
  }
  const { mean_rgb: mean } = manifest.input;
  if (mean.join() !== MEAN_RGB.join())
    throw wrong(`the mean ${mean.join(', ')} in the place of ${MEAN_RGB.join(', ')}`);
  return manifest;
}
