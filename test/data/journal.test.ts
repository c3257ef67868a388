import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openJournal, readJournals } from '../../src/data/prepare/journal';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();
const SETTINGS = { kind: 'folder', images: '/faces', min_face: 64 };
const FACE = {
  path: 'a.jpg',
  sha256: 'a'.repeat(64),
  hash: '0'.repeat(16),
  landmarks: null,
  quality: { score: null, size: null, sharpness: 1, yaw: null },
};
const GOOD = { name: 'a.png', faces: [FACE] };
const line = (value: unknown): string => `${JSON.stringify(value)}\n`;

async function done(...lines: readonly string[]): Promise<string[]> {
  const folder = newFolder();
  writeFileSync(path.join(folder, 'journal.jsonl'), lines.join(''));
  return [...(await readJournals(folder, SETTINGS)).keys()];
}

test('what a power cut left of a line is a picture that is not done, and the others are', async () => {
  const rejected = { name: 'b.png', reason: 'no face', detail: 'none' };
  expect(
    await done(line(SETTINGS), '\0\0\0\0\n', line(GOOD), '{"name":"c.p\n', line(rejected)),
  ).toEqual(['a.png', 'b.png']);
  for (const broken of [null, 3, [], { name: 'a.png' }, { ...GOOD, faces: [{ path: 'a.jpg' }] }])
    expect(await done(line(SETTINGS), line(broken))).toEqual([]);
});

test('a crop that would lie outside of the data set is none', async () => {
  for (const name of ['../a.jpg', '/etc/passwd', 'a/../../b.jpg'])
    expect(await done(line(SETTINGS), line({ ...GOOD, faces: [{ ...FACE, path: name }] }))).toEqual(
      [],
    );
});

test.each([
  ['{"kind":'],
  ['1e999'],
  ['null'],
  ['\0\0'],
  [`${'['.repeat(20_000)}${']'.repeat(20_000)}`],
])('a first line that is none, %.10s, is an error that names the journal', async (first) => {
  await expect(done(`${first}\n`, line(GOOD))).rejects.toThrow(
    /journal\.jsonl: expected the settings of a data set in line 1, got .* Remove the file/,
  );
});

test('half a line at the end is cut off before more is written', async () => {
  const folder = newFolder();
  const file = path.join(folder, 'journal.jsonl');
  writeFileSync(file, `${line(SETTINGS)}${line(GOOD)}{"name":`);
  await (await openJournal(folder, null, SETTINGS)).close();
  expect(readFileSync(file, 'utf8')).toBe(`${line(SETTINGS)}${line(GOOD)}`);
});
