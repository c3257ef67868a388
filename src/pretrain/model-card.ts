/** @file MODEL.md of a pretrained network: what it was trained on and how, what it reached, and what it may be used for. */

import { OF_LAUNCHING } from '../config/verbs/workers';
import { MOST_WITH_TEXT } from '../pages/confusion-picture';
import type { ClassificationData } from '../data/classification-data';
import { licenceOf } from '../data/licences';
import { markdownTable } from '../pages/markdown-table';
import type { HeldOutFigures } from './held-out';
import type { PretrainResults } from './write-results';

/** Settings that say where something lies, or how the command was called: nothing of the network. */
const OF_ONE_MACHINE: readonly string[] = [
  'config',
  'resume',
  'override',
  'json',
  'data',
  'root_folder',
  'run',
  'alexnet_pretrained_model',
  'age_pretrained_model',
  ...OF_LAUNCHING,
];

const TEACHER =
  'The teacher is the face recognition network of @vladmandic/face-api (MIT), itself trained on photographs of real people.';

/** Names and values, without headings. */
const table = (rows: readonly (readonly [string, string])[]): string =>
  markdownTable(['', ''], rows);

const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;

/** Shares as per cent; losses and correlations as they are. */
const figure = ([name, value]: readonly [string, number]): readonly [string, string] => [
  name.replace('held_out_', 'held-out ').replace('test_', '').replaceAll('_', ' '),
  /accuracy|within|tar/.test(name) ? percent(value) : value.toPrecision(4),
];

/** Of a data set without a validation part the test part chooses. */
function isChosenOnTest({ heldOut, test }: ClassificationData): boolean {
  const chosenBy = new Set(heldOut.map(({ name }) => name));
  return test.pictures.some(({ name }) => chosenBy.has(name));
}

const figureTable = ({ figures }: HeldOutFigures): string =>
  Object.keys(figures).length > 0 ? table(Object.entries(figures).map(figure)) : 'None.';

/** The text of MODEL.md. */
export function modelCard({ config, dataset, task, outcome }: PretrainResults): string {
  const { description } = dataset;
  const { best, test, bestStep, step, classes, heldOut } = outcome;
  const tested = task.data.test.pictures.length;
  const what =
    config.task === 'age'
      ? `age groups ${classes.join(', ')}`
      : task.descriptors
        ? 'face descriptors of a teacher'
        : `${classes.length} people`;
  const settings = Object.entries(config).filter(([name]) => !OF_ONE_MACHINE.includes(name));
  return [
    `# ${config.run}`,
    '',
    `AlexNet at 227 × 227 (RGB 0..255 minus 104, 117, 124), pretrained with \`ipcgan pretrain --task=${config.task}\` on ${what}.`,
    heldOut > 0
      ? `\`model/\` is the network of step ${bestStep}, the best on the held-out pictures; \`last/\` that of step ${step}.`
      : `\`model/\` and \`last/\` are the network of step ${step}; no picture was held out to choose a better one by.`,
    '',
    '## Data',
    '',
    `${description.source.kind}, ${task.data.train.length} pictures to learn from, ${heldOut} held out to choose by and ${tested} to test on; content hash ${description.content_hash.slice(0, 16)}.`,
    ...(task.data.note === null ? [] : [`${task.data.note}.`]),
    '',
    `Licence: ${licenceOf(description.source.kind)}`,
    ...(task.descriptors ? [TEACHER] : []),
    '',
    '## Figures on the test part',
    '',
    isChosenOnTest(task.data)
      ? 'These pictures chose the network, too: they make it look better than it is.'
      : 'Of the chosen network, measured once.',
    '',
    figureTable(test),
    '',
    '## Figures on the held-out pictures',
    '',
    'These pictures chose the network: they make it look better than it is.',
    '',
    figureTable(best),
    ...((test.confusion ?? best.confusion) && classes.length <= MOST_WITH_TEXT
      ? ['', '![Confusion matrix](confusion.png)']
      : []),
    '',
    '## Settings',
    '',
    table(settings.map(([name, value]) => [name, String(value)] as const)),
    '',
    '## Use',
    '',
    'Made for the loss of a face ageing network: it looks at generated pictures while that is trained. It makes mistakes, and not the same number for',
    'everybody: it is no ground for a decision about a person.',
    '',
  ].join('\n');
}
