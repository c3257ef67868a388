/** @file `ipcgan export`. */

import type { Resolved } from '../config/load';
import type { VerbConfig } from '../config/schema';
import { openEngine } from '../engine/open-engine';
import { UserError } from '../errors';
import type { ForeignForm, ModelManifest } from '../weights/model-manifest';
import type { WeightType } from '../weights/quantize';
import { chosenModel } from './chosen-model';
import { printResult, say } from './print-result';

/** Settings, with the model that comes with the package where none was named. */
type ExportConfig = VerbConfig<'export'> & { readonly model: string };

/** What is said on stdout: for programs, and for readers. */
interface Told {
  readonly result: object;
  readonly text: string;
}

const MEGABYTE = 1e6;
const size = (bytes: number): string => `${(bytes / MEGABYTE).toFixed(1)} MB`;

/** What kernels are stored in: a page is loaded over a network. */
const typeOf = ({ to, weights_type: type }: ExportConfig): WeightType =>
  type === 'auto' ? (to === 'web' ? 'float16' : 'float32') : type;

/** What the type of the weights changed, where it was measured. */
const differenceOf = ({ weights }: ModelManifest): string =>
  weights
    ? `; its pictures of drawn faces differ by ${weights.error_mean.toFixed(3)} levels of 255 on average, ${weights.error_max.toFixed(2)} at most`
    : '';

async function generator(config: ExportConfig): Promise<Told> {
  const { model, out } = config;
  const type = typeOf(config);
  const { exportGenerator } = await import('../export/export-generator');
  const { manifest, bytes, label, isAverage } = await exportGenerator(model, out, type);
  return {
    result: {
      out,
      kind: 'generator',
      from: label,
      average: isAverage,
      bytes,
      weights: manifest.weights,
    },
    text: `${out}: the generator of ${label}${isAverage ? ', its moving average' : ''}, ${size(bytes)} in ${type}${differenceOf(manifest)}`,
  };
}

/** In the forms for other programs. */
async function stock(config: ExportConfig, form: ForeignForm): Promise<Told> {
  const { exportLayers, exportOnnx, exportPage } = await import('../export/export-stock');
  const { model, out } = config;
  const type = typeOf(config);
  const writers = {
    layers: () => exportLayers(model, out, type),
    onnx: () => exportOnnx(model, out),
    web: () => exportPage(model, out, type),
  };
  const { manifest, bytes, label, isAverage } = await writers[form]();
  const { weights } = manifest;
  const from = `${label}${isAverage ? ', its moving average' : ''}`;
  return {
    result: { out, kind: 'generator', form, from: label, average: isAverage, bytes, weights },
    text: `${out}: the generator of ${from}, as ${form}, ${size(bytes)}${differenceOf(manifest)}`,
  };
}

async function network(config: ExportConfig): Promise<Told> {
  const { model, out, data } = config;
  const type = typeOf(config);
  const { exportNetwork } = await import('../export/export-network');
  const { outputs, error, bytes } = await exportNetwork(model, out, type, data);
  const errors = outputs.map((name) => `${name} ${(100 * (error[name] ?? NaN)).toFixed(3)} %`);
  const { accuracy_float32: exact, accuracy } = error;
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const accuracies =
    exact === undefined || accuracy === undefined
      ? ''
      : `; ${percent(accuracy)} of the test pictures' ages right, ${percent(exact)} in float32`;
  return {
    result: { out, kind: 'network', from: model, bytes, weights: { type, error } },
    text: `${out}: the network of ${model}, ${size(bytes)} in ${type}; relative errors on drawn faces: ${errors.join(', ')}${accuracies}`,
  };
}

/** A generator for other programs. @throws UserError for a perceptual network */
async function forOthers(config: ExportConfig, form: ForeignForm): Promise<Told> {
  const { findKind } = await import('../export/find-kind');
  if ((await findKind(config.model)) === 'network')
    throw new UserError(
      `--model: expected a generator with --to=${form}, got ${config.model}, a perceptual network. Use --to=model.`,
    );
  await openEngine({ device: config.device });
  return stock(config, form);
}

/** What each form of `--to` writes. */
const FORMS: Readonly<Record<ExportConfig['to'], (config: ExportConfig) => Promise<Told>>> = {
  model: async (config) => {
    const { findKind } = await import('../export/find-kind');
    const kind = await findKind(config.model);
    if (kind === 'generator' && config.data !== null)
      throw new UserError(
        `--data: expected it with an age classifier, got it with ${config.model}, a generator. Leave it out; \`ipcgan evaluate\` measures generators.`,
      );
    await openEngine({ device: config.device });
    return kind === 'generator' ? generator(config) : network(config);
  },
  layers: (config) => forOthers(config, 'layers'),
  onnx: (config) => forOthers(config, 'onnx'),
  web: (config) => forOthers(config, 'web'),
};

/** Writes a trained network in a form for others to use. */
export async function runExport({ config }: Resolved<'export'>): Promise<number> {
  const { expectNoExport } = await import('../export/write-folder');
  expectNoExport(config.out);
  const model = chosenModel(config.model);
  if (config.model === null)
    say(`--model: none given; taking the one that comes with ipcgan, ${model}`);
  const { result, text } = await FORMS[config.to]({ ...config, model });
  printResult(config.json, result, text);
  return 0;
}
