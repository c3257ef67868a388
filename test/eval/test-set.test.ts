import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { readManifest } from '../../src/data/manifest';
import { chooseRealFaces } from '../../src/eval/test-set';
import { drawnDataset } from '../support/drawn-dataset';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();

test('real photographs of a group are of many people, two of each first; more of one only where there is nobody else', async () => {
  const dataset = await drawnDataset(newFolder(), 4);
  const [first] = await readManifest(dataset.directory);
  const of = (identity: string | null, count: number) =>
    Array.from({ length: count }, (_, i) => ({
      ...first!,
      group: 2,
      identity,
      path: `${identity}${i}.jpg`,
    }));
  const people = Array.from({ length: 8 }, (_, i) => of(`p${i}`, 30)).flat();
  const entries = [...people, ...of('once', 1), ...of(null, 3)];
  writeFileSync(
    path.join(dataset.directory, 'manifest.jsonl'),
    entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''),
  );
  const chosen = async (realFaces: number): Promise<(string | null)[]> =>
    (
      await chooseRealFaces(dataset, { part: 'test', faces: 1, realFaces, seed: 1, imageSize: 64 })
    ).map(({ identity }) => identity);
  const few = await chosen(12);
  expect([few.length, new Set(few).size]).toEqual([12, 6]);
  const more = await chosen(20);
  expect([
    more.length,
    new Set(more).size,
    more.filter((identity) => identity === null).length,
  ]).toEqual([20, 10, 3]);
  const all = await chosen(500);
  expect(all).toHaveLength(244);
});
