/** @file MODEL.md of an exported model: what the program knows of it, and the places that whoever publishes it fills. */

import { markdownTable } from '../pages/markdown-table';
import type { ModelManifest } from '../weights/model-manifest';
import type { WeightType } from '../weights/quantize';
import type { NetworkOrigin } from './network-origin';

/** A place that the program cannot fill. */
const toFill = (what: string): string => `*To fill: ${what}.*`;

const figure = (value: number): string => value.toPrecision(4);

/** What the stored weights change, in a sentence. */
function weightsSentence({ weights }: ModelManifest): string {
  if (weights === undefined) return 'The weights are stored as they were trained, in float32.';
  const { type, pictures, error_mean: mean, error_max: largest } = weights;
  return (
    `Kernels are stored in ${type}. ` +
    `On ${pictures} pictures of drawn faces a channel of a pixel differs from that of the float32 weights by ${figure(mean)} levels of 255 on average, and by ${figure(largest)} at most.`
  );
}

function dataSentence({ trained_on: data, licence }: ModelManifest): string {
  const trained = data
    ? `Trained on ${data.faces} faces of ${data.source}; content hash of the data set ${data.content_hash.slice(0, 16)}.`
    : toFill('which photographs it was trained on, and how many');
  return `${trained}\n\nLicence: ${licence}`;
}

const figuresTable = ({ figures }: ModelManifest): string =>
  Object.keys(figures).length === 0
    ? 'None.'
    : markdownTable(
        ['figure', 'value'],
        Object.entries(figures).map(([name, value]) => [name, figure(value)] as const),
      );

/** How the commands here use a model's folder. */
export const FOR_COMMANDS = ['```sh', 'npx ipcgan age photograph.jpg --model THIS_FOLDER', '```'];

const INPUTS = [
  '`source` is [B, S, S, 3], RGB 0..255 minus the mean of each channel (`input.mean_rgb` in `ipcgan.json`); `label` is [B, K], 1 at the age group.',
  '`fake` is [B, S, S, 3] in [-1, 1]; `mask`, where there is one, is [B, S, S, 1]: how much of each pixel was changed.',
];

/** How a program uses stock layers. */
export const FOR_TENSORFLOW_JS = [
  '```js',
  "const generator = await tf.loadLayersModel('THIS_FOLDER/model.json'); // file://… in Node",
  'const [fake, mask] = [generator.predict([source, label])].flat();',
  '```',
  '',
  ...INPUTS,
];

/** How a program uses ONNX. */
export const FOR_ONNX = [
  '```python',
  "generator = onnxruntime.InferenceSession('THIS_FOLDER/generator.onnx')",
  "(fake,) = generator.run(['fake'], {'source': source, 'label': label})",
  '```',
  '',
  ...INPUTS,
];

/** How a page is looked at. */
export const FOR_BROWSERS = [
  '```sh',
  'python3 -m http.server --directory THIS_FOLDER 8000   # any server of files; then open http://localhost:8000',
  '```',
  '',
  'Photographs stay in the browser: the page sends nothing anywhere.',
];

/** The text of MODEL.md of a generator. @param name of the model's folder @param use how it is used, in lines of Markdown */
export function generatorCard(
  name: string,
  manifest: ModelManifest,
  use: readonly string[],
): string {
  const { generator, image_size: size, age_groups: groups, step, ipcgan } = manifest;
  return [
    `# ${name}`,
    '',
    `A generator that shows a face at other ages: kind \`${generator.kind}\`, ${size} × ${size} pixels, age groups ${groups.map((group) => group.name).join(', ')}.`,
    `Written by ipcgan ${ipcgan}${step === null ? '' : `, after ${step} steps of training`}. ${weightsSentence(manifest)}`,
    '',
    ...use,
    '',
    '## Data and licence',
    '',
    dataSentence(manifest),
    '',
    '## Recipe',
    '',
    toFill('the config file, the commands, the seed; hours and the machine'),
    '',
    '## Figures',
    '',
    toFill('the table of `ipcgan evaluate` on the test part, with intervals and baselines'),
    '',
    'What training measured last:',
    '',
    figuresTable(manifest),
    '',
    '## Where it fails',
    '',
    toFill('by age, and by the labels of gender and race that the data has'),
    '',
    '## Limits',
    '',
    `It paints ${size} × ${size} pixels: a larger face loses detail where it is painted over. It was shown upright faces that look ahead.`,
    'A picture of somebody older is a guess at what many people of that age look like, not a forecast for this person.',
    '',
    '## What not to use it for',
    '',
    'No decision about a person: no identification, no search for missing or wanted people, no estimate of age or health.',
    'No picture that is passed off as a photograph, and none of somebody who would not agree to it.',
    '',
  ].join('\n');
}

/** What is told of a perceptual network. */
export interface NetworkFacts {
  readonly type: WeightType;
  /** What the type changed, by name. */
  readonly error: Readonly<Record<string, number>>;
  readonly ageBounds: readonly number[] | undefined;
  /** Names of its outputs. */
  readonly outputs: readonly string[];
  readonly origin: NetworkOrigin;
}

/** The text of MODEL.md of a perceptual network. @param name of its folder */
export function networkCard(
  name: string,
  { type, error, ageBounds, outputs, origin }: NetworkFacts,
): string {
  const rows = Object.entries(error).map(([what, value]) => [what, figure(value)] as const);
  const ages = ageBounds ? `, age groups that end at ${ageBounds.join(', ')}` : '';
  return [
    `# ${name}`,
    '',
    `AlexNet at 227 × 227 for the losses of face ageing; outputs ${outputs.join(', ')}${ages}. Kernels are stored in ${type}.`,
    'One folder serves both `--alexnet_pretrained_model` and `--age_pretrained_model` of `ipcgan train`.',
    ...(origin.taughtBy === 'none' ? [] : [`It was taught by the teacher \`${origin.taughtBy}\`.`]),
    '',
    '## What the type of the weights changes',
    '',
    'Of each output the root mean square error on drawn faces, relative to its values; of ages the share of test pictures named right.',
    '',
    markdownTable(['output', 'error'], rows),
    '',
    '## How it was trained',
    '',
    origin.card === null
      ? toFill('data and licence, recipe, hours and the machine, figures')
      : origin.card.replaceAll(/^#/gm, '##'),
    '',
  ].join('\n');
}
