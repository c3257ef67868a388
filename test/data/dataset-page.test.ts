import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import type { DatasetDescription } from '../../src/data/dataset';
import type { ManifestEntry } from '../../src/data/manifest';
import { writeDatasetPage } from '../../src/data/prepare/dataset-page';
import { countEscaped, HOSTILE } from '../support/hostile';
import { temporaryFolders } from '../support/temporary';

const folders = temporaryFolders();

const entry: ManifestEntry = {
  path: `${HOSTILE}.png`,
  age: 25,
  group: 1,
  identity: HOSTILE,
  split: 'train',
  sha256: '',
  landmarks: Array.from({ length: 68 }, (_, i) => [i, 2 * i]),
  quality: { score: 0.9, size: 80, sharpness: 1, yaw: -3 },
};

const description = {
  source: { kind: HOSTILE },
  seed: 1,
  split: 'identity',
  age_bounds: [20],
  age_range: [11, 100],
  counts: {
    scanned: 4,
    kept: 2,
    rejected: 2,
    faces: 3,
    train: [0, 1],
    valid: [0, 0],
    test: [0, 2],
  },
  people: { train: 1, valid: 0, test: 1, several: 1 },
} as unknown as DatasetDescription;

async function pageOf(entries: readonly ManifestEntry[]): Promise<string> {
  const rootFolder = folders();
  const pixels = { width: 8, height: 8, channels: 3, background: '#888' } as const;
  writeFileSync(
    path.join(rootFolder, entry.path),
    await sharp({ create: pixels }).png().toBuffer(),
  );
  const file = path.join(rootFolder, 'report.html');
  const rejected = [
    { name: HOSTILE, reason: 'unreadable', detail: HOSTILE },
    { name: 'a', reason: 'unreadable', detail: 'b' },
  ];
  await writeDatasetPage(file, { description, entries, rejected, rootFolder });
  return readFileSync(file, 'utf8');
}

test('names of files and people are escaped, in text and in attributes; counts are shown', async () => {
  const page = await pageOf([entry, { ...entry, age: 28, split: 'test' }]);
  // title and heading, a reject's name and detail, three times two faces in caption and title
  expect(countEscaped(page)).toBe(2 + 2 + 3 * 2 * 2);
  const row = (...cells: string[]): string =>
    `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
  expect(page).toContain(row('1: 20+', '1', '0', '2', '3', '0.0 %', '66.7 %'));
  expect(page).toContain(row('0: 11-20', '0', '0', '0', '0', '–', '–'));
  expect(page).toContain('<b>1 in more than one part</b>');
  expect(page).toMatch(/<td>unreadable<\/td><td>2<\/td>/);
  // two faces at random, and the same two as the worst
  expect(page.match(/class="point"/g)).toHaveLength(4 * 68);
  expect(page.match(/class="mark"/g)).toHaveLength(4 * 5);
  // ages, and four qualities, beside the overlays
  expect(page.match(/<svg/g)).toHaveLength(5 + 4);
  // the second of two bars of two years
  expect(page.includes('>27</text>')).toBe(true);
});

test('a face without landmarks has no drawing over it, and an unknown quality no chart', async () => {
  const quality = { score: null, size: null, sharpness: 1, yaw: null };
  const page = await pageOf([{ ...entry, landmarks: null, quality }]);
  expect(page.includes('The pictures came aligned: nobody looked for landmarks.')).toBe(true);
  expect(page.match(/<svg/g)).toHaveLength(2);
});
