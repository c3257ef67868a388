/** @file Lists, tables, data sets and journals: what tells which pictures there are. */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { openDataset } from '../../../src/data/open-dataset';
import { readLabelPairs, readList, withNamesOnDisc } from '../../../src/data/lists';
import { openJournal, readJournals } from '../../../src/data/prepare/journal';
import { cacdSource } from '../../../src/data/sources/cacd';
import { manifestSource } from '../../../src/data/sources/manifest-file';
import { isWithin } from '../../../src/files/real-path';
import { decodeImage, headerProblem } from '../../../src/images/image';
import { readPictureHeader } from '../../../src/images/picture-header';
import { filesOf } from '../target';
import type { Files, Target } from '../target';

const FIXTURES = path.resolve(__dirname, '../../fixtures');
const TABLES = ['faces.csv', 'faces.tsv', 'faces.jsonl', 'faces.json'];
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
);

/** @throws Error, which no user may see, for a name that leads out of its folder */
function expectInside(folder: string, names: readonly string[]): void {
  const outside = names.find((name) => !isWithin(path.join(folder, name), folder));
  if (outside !== undefined) throw new Error(`a name leads out of its folder: ${outside}`);
}

const LISTS: readonly Files[] = [
  filesOf({
    'train_age_group_0.txt': '20_Ann_1.jpg 0\nfolder name/Zoë 2.jpg 0\n14 Bob.png 0\n',
    'train.txt': '20_Ann_1.jpg 1\r\nfolder name/Zoë 2.jpg 3\r\n',
    'train_label_pair.txt': '0 1\n4 2\n3 0\n',
  }),
  filesOf({
    'train_age_group_0.txt': '\ufeffa.jpg 12\n\nb c.jpg 0\n',
    'train.txt': Buffer.from('Zo\u00eb.jpg 1\nb.jpg 2\n', 'latin1'),
    'train_label_pair.txt': Buffer.from('0 1\n1 0\n', 'utf16le'),
  }),
];

const lists: Target = {
  name: 'lists',
  make: () => Promise.resolve(LISTS),
  formOf: () => 'text',
  words: [' 1\n', 'a.jpg 0\n', '..\\a.jpg 1\n', '../a.jpg 1\n', '/a 1\n', '0 1\n'],
  read: async (folder) => {
    for (const name of ['train_age_group_0.txt', 'train.txt']) {
      const entries = await withNamesOnDisc(await readList(path.join(folder, name)), folder);
      expectInside(
        folder,
        entries.map((entry) => entry.name),
      );
    }
    await readLabelPairs(path.join(folder, 'train_label_pair.txt'), 5);
  },
};

const ROWS = [
  ['a.png', '34', 'ann', '2001', 'female', 'x', 'train'],
  ['sub/b.png', '30-39', 'bob', '', 'male', '', 'val'],
  ['./c "d".png', '(25, 32)', '', '1999', '', '', 'test'],
];
const COLUMNS = ['path', 'age', 'identity', 'year', 'gender', 'race', 'split'];
const asObjects = ROWS.map((row) =>
  Object.fromEntries(row.map((cell, i) => [COLUMNS[i] ?? '', cell])),
);
const asCsv = (separator: string): string =>
  [COLUMNS, ...ROWS]
    .map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(separator))
    .join('\n');

const tables: Target = {
  name: 'tables',
  make: () =>
    Promise.resolve(
      [
        { 'faces.csv': asCsv(',') },
        { 'faces.csv': `sep=;\r\n${asCsv(';')}` },
        { 'faces.tsv': asCsv('\t') },
        { 'faces.jsonl': asObjects.map((row) => JSON.stringify(row)).join('\n') },
        { 'faces.json': JSON.stringify(asObjects) },
      ].map((table) => filesOf({ ...table, 'images/a.png': PNG, 'images/sub/b.png': PNG })),
    ),
  formOf: (file) =>
    file.endsWith('.png')
      ? 'bytes'
      : file.endsWith('.json')
        ? 'json'
        : file.endsWith('.jsonl')
          ? 'lines'
          : 'text',
  words: ['path', 'age', '"a.png",34\n', 'sep=|\n', '10-12', '60+', '../a.png', 'sub/../../a.png'],
  read: async (folder, files) => {
    const table = TABLES.find((name) => files.has(name)) ?? 'faces.csv';
    const images = path.join(folder, 'images');
    const { records } = await manifestSource(images, path.join(folder, table)).list();
    expectInside(
      images,
      records.map(({ name }) => name),
    );
  },
};

const mat: Target = {
  name: 'mat',
  make: () =>
    Promise.resolve(
      ['plain', 'compressed'].map((name) =>
        filesOf({
          'meta.mat': readFileSync(path.join(FIXTURES, 'cacd-meta', `${name}.mat`)),
          'images/53_Robin_Williams_0001.jpg': PNG,
        }),
      ),
    ),
  formOf: () => 'bytes',
  read: (folder) => cacdSource(path.join(folder, 'images'), path.join(folder, 'meta.mat')).list(),
};

const DESCRIPTION = {
  version: 3,
  source: { kind: 'folder', images: '/faces' },
  root_folder: 'images',
  root_folder_from_here: 'images',
  seed: 1,
  split: 'identity',
  test_share: 0.2,
  validation_share: 0,
  pairs: 2,
  age_bounds: [20, 30, 40, 50],
  age_range: [11, 100],
  alignment: { aligned: true, face: 'centre', min_face: 64, min_sharpness: 0, crop_size: null },
  counts: {
    scanned: 5,
    kept: 5,
    rejected: 0,
    faces: 5,
    train: [1, 1, 1, 1, 1],
    valid: [0, 0, 0, 0, 0],
    test: [0, 0, 0, 0, 0],
  },
  people: { train: 5, valid: 0, test: 0, several: 0 },
  content_hash: 'f'.repeat(64),
};
const FACE = {
  path: 'a.png',
  original: 'raw/a.png',
  age: 15,
  group: 0,
  identity: 'ann',
  split: 'train',
  sha256: 'a'.repeat(64),
  landmarks: [
    [1, 2],
    [3, 4],
  ],
  quality: { score: 0.5, size: 100, sharpness: 3, yaw: null },
};

const datasetFiles = (description: object): Files =>
  filesOf({
    'dataset.json': JSON.stringify(description),
    'manifest.jsonl': [FACE, { ...FACE, path: 'b/c.png', group: 4, landmarks: null }]
      .map((face) => `${JSON.stringify(face)}\n`)
      .join(''),
    'train.txt': 'a.png 0\nb/c.png 4\n',
    'train_label_pair.txt': '0 1\n1 0\n',
    ...Object.fromEntries(
      [0, 1, 2, 3, 4].map((group) => [`train_age_group_${group}.txt`, `a.png ${group}\n`]),
    ),
    'images/a.png': PNG,
  });

const dataset: Target = {
  name: 'dataset',
  make: () => {
    const old: Record<string, unknown> = { ...DESCRIPTION };
    delete old.validation_share;
    const people = { train: 5, test: 0, both: 0 };
    const counts: Record<string, unknown> = { ...DESCRIPTION.counts };
    delete counts.valid;
    return Promise.resolve([
      datasetFiles(DESCRIPTION),
      datasetFiles({ ...old, version: 2, people, counts }),
    ]);
  },
  formOf: (file) =>
    file.endsWith('.json')
      ? 'json'
      : file.endsWith('.jsonl')
        ? 'lines'
        : file.endsWith('.txt')
          ? 'text'
          : 'bytes',
  read: async (folder) => {
    const { faces, rootFolder, batches } = await openDataset(folder);
    expectInside(
      rootFolder,
      faces.map((face) => face.path),
    );
    await (await batches({ imageSize: 8, batchSize: 1 })).next();
  },
};

const SETTINGS = { kind: 'folder', images: '/faces', tight: false, min_face: 64 };
const EXAMINED = [
  {
    name: 'a.png',
    faces: [
      {
        path: 'a.jpg',
        sha256: 'a'.repeat(64),
        hash: '0'.repeat(64),
        landmarks: null,
        quality: { score: null, size: null, sharpness: 1, yaw: null },
      },
    ],
  },
  { name: 'b.png', reason: 'no face', detail: 'none found' },
];

const journal: Target = {
  name: 'journal',
  make: () => {
    const lines = [SETTINGS, ...EXAMINED].map((line) => `${JSON.stringify(line)}\n`).join('');
    return Promise.resolve([
      filesOf({ 'journal.jsonl': lines }),
      filesOf({ 'journal-1-of-2.jsonl': lines, 'journal-2-of-2.jsonl': `${lines}{"name":` }),
    ]);
  },
  formOf: () => 'lines',
  read: async (folder, files) => {
    const examined = await readJournals(folder, SETTINGS);
    for (const [name, one] of examined) {
      const isWhole = name === one.name && ('faces' in one || typeof one.reason === 'string');
      if (!isWhole) throw new Error(`no examined picture: ${JSON.stringify(one)}`);
      if ('faces' in one)
        expectInside(
          folder,
          one.faces.map((face) => face.path),
        );
    }
    if (files.has('journal.jsonl')) await (await openJournal(folder, null, SETTINGS)).close();
  },
};

const picture = sharp({
  create: {
    width: 24,
    height: 16,
    channels: 3,
    background: '#4080c0',
    noise: { type: 'gaussian', mean: 128, sigma: 30 },
  },
});

const pictures: Target = {
  name: 'pictures',
  make: async () => [
    filesOf({
      a: await picture
        .clone()
        .jpeg()
        .withExif({ IFD0: { Copyright: 'x' } })
        .toBuffer(),
    }),
    filesOf({ a: await picture.clone().jpeg({ progressive: true }).toBuffer() }),
    filesOf({ a: await picture.clone().png().toBuffer() }),
    filesOf({ a: await picture.clone().png({ palette: true }).toBuffer() }),
    filesOf({ a: await picture.clone().webp().toBuffer() }),
    filesOf({ a: await picture.clone().gif().toBuffer() }),
    filesOf({ a: await picture.clone().tiff({ compression: 'none' }).toBuffer() }),
    filesOf({ a: await picture.clone().tiff({ compression: 'deflate', tile: true }).toBuffer() }),
  ],
  formOf: () => 'bytes',
  // 100 million pixels in three or four channels, and a copy
  mostGrowth: 1200 * 2 ** 20,
  read: async (folder, files) => {
    const file = path.join(folder, 'a');
    await headerProblem(file);
    await readPictureHeader(files.get('a') ?? Buffer.alloc(0));
    const { data, width, height } = await decodeImage(file);
    if (data.length !== 3 * width * height) throw new Error('a picture of another size');
  },
};

export const DATA_TARGETS: readonly Target[] = [lists, tables, mat, dataset, journal, pictures];
