import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ageClasses, identityClasses } from '../../src/data/classification-data';
import { readManifest } from '../../src/data/manifest';
import { drawnDataset } from '../support/drawn-dataset';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();

test('a tenth of every person is held out, of any age, and no picture is in two parts', async () => {
  const { classes, train, heldOut, strangers, test, note } = await identityClasses(
    await drawnDataset(newFolder(), 10),
    2,
  );
  expect([classes.length, train.length, heldOut.length, note]).toEqual([6, 54, 6, null]);
  expect([strangers.length, test.strangers.length, test.pictures]).toEqual([20, 20, []]);
  const names = [...train, ...heldOut, ...strangers, ...test.strangers].map(({ name }) => name);
  expect(new Set(names).size).toBe(100);
  expect(heldOut.map(({ label }) => label)).toEqual(classes.map((_, label) => label));
  // ten pictures of each, from 12 to 78 years old: neither everybody's youngest nor everybody's oldest
  const ages = heldOut.map(({ age }) => age ?? NaN).sort((a, b) => a - b);
  expect([ages[0]! < 45, ages.at(-1)! > 45]).toEqual([true, true]);
});

test('people are verified whom nothing was learnt from: none where pictures were split, and who has too many is passed over', async () => {
  const byPicture = await identityClasses(await drawnDataset(newFolder(), 4, 'image'), 2);
  expect([byPicture.strangers, byPicture.test.strangers]).toEqual([[], []]);
  expect(byPicture.note).toMatch(
    /^3 of 3 people of the test part are learnt from, too, and left out of verification$/,
  );

  const dataset = await drawnDataset(newFolder(), 10);
  const manifest = path.join(dataset.directory, 'manifest.jsonl');
  const entries = await readManifest(dataset.directory);
  const first = entries
    .filter(({ split }) => split === 'test')
    .sort((a, b) => (a.identity! < b.identity! ? -1 : 1))[0]!;
  const many = Array.from({ length: 500 }, (_, i) => ({ ...first, path: `more/${i}.jpg` }));
  mkdirSync(path.join(dataset.rootFolder, 'more'));
  const beginning = Buffer.from([0xff, 0xd8, 0xff]);
  for (const { path: name } of many) writeFileSync(path.join(dataset.rootFolder, name), beginning);
  writeFileSync(
    manifest,
    [...entries, ...many].map((entry) => `${JSON.stringify(entry)}\n`).join(''),
  );
  const { strangers } = (await identityClasses(dataset, 2)).test;
  expect(strangers).toHaveLength(10);
  expect(strangers.map(({ name }) => name)).not.toContain(first.path);
  rmSync(path.join(dataset.rootFolder, first.path));
  for (const classes of [() => identityClasses(dataset, 2), () => ageClasses(dataset)])
    await expect(classes()).rejects.toThrow(
      /(manifest\.jsonl|test\.txt): expected pictures under .*, got 1 wrong: line \d+ '/,
    );
});

test('age groups as classes have the names of the paper, and every picture of the data set is in one part', async () => {
  const { classes, train, heldOut, test } = await ageClasses(await drawnDataset(newFolder(), 6));
  expect(classes).toEqual(['11-20', '21-30', '31-40', '41-50', '50+']);
  const all = [...train, ...heldOut, ...test.pictures];
  expect([all.length, new Set(all.map(({ name }) => name)).size]).toEqual([60, 60]);
  for (const { age, label } of all)
    expect(label).toBe([20, 30, 40, 50].filter((last) => age! > last).length);
});

test('age groups are called as the data set calls them', async () => {
  const dataset = await drawnDataset(newFolder(), 6);
  const groupNames = ['0-20', ...dataset.groupNames.slice(1)];
  expect((await ageClasses({ ...dataset, groupNames })).classes).toEqual(groupNames);
});
