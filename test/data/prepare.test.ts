import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { ageGroupNames, ageGroupOf } from '../../src/data/age-groups';
import { checkListedFiles, readLabelPairs, readList } from '../../src/data/lists';
import { readDataset } from '../../src/data/prepare/dataset';
import { drawLabelPairs, prepareDataset } from '../../src/data/prepare/prepare-dataset';
import { createRandom } from '../../src/data/random';
import { folderSource, parseFaceName } from '../../src/data/sources/folder';
import { drawFace } from '../../src/data/sources/synthetic/draw';
import { inventPerson } from '../../src/data/sources/synthetic/person';
import { drawScene } from '../../src/data/sources/synthetic/scene';
import { syntheticSource } from '../../src/data/sources/synthetic/synthetic';
import { describeWithShared, shared } from '../support/shared';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();
const SETTINGS = { seed: 1, testShare: 0.2, ageBounds: [20, 30, 40, 50], pairs: 40 };

test('years fall into the groups of the paper', () => {
  expect([11, 20, 21, 30, 31, 40, 41, 50, 51, 90].map((years) => ageGroupOf(years))).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4, 4]);
  expect(ageGroupNames()).toEqual(['11-20', '21-30', '31-40', '41-50', '50+']);
});

test.each([
  ['14_Aaron_Johnson_0001.jpg', { age: 14, identity: 'Aaron_Johnson' }],
  ['17_Alex_D._Linz_0001.jpg_0.jpg', { age: 17, identity: 'Alex_D._Linz' }],
  ['18_Jurnee_Smollett-Bell_0012.jpg', { age: 18, identity: 'Jurnee_Smollett-Bell' }],
  ['17_Zoë_Kravitz_0017.jpg', { age: 17, identity: 'Zoë_Kravitz' }],
  ['100_1_0_20170110183726390.jpg.chip.jpg', { age: 100, identity: null }],
  ['sub/30_x.png', { age: 30, identity: null }],
  ['portrait.jpg', null],
  ['999_a.jpg', null],
])('%s is read from both ends', (name, expected) => expect(parseFaceName(name)).toEqual(expected));

describe('a data set of drawn faces', () => {
  let out = '';
  beforeAll(async () => {
    out = path.join(newFolder(), 'drawn faces ë');
    const source = await syntheticSource(path.join(out, 'images'), { people: 6, seed: 4 });
    writeFileSync(path.join(out, 'images', '33_Broken_File_0001.jpg'), 'text');
    writeFileSync(path.join(out, 'images', 'notes.txt'), 'text');
    await prepareDataset(source, { ...SETTINGS, out });
  });

  test('every file scanned is kept or rejected with a reason', async () => {
    const { counts } = (await readDataset(out)).description;
    expect(counts).toMatchObject({ scanned: 62, kept: 60, rejected: 2 });
    const [header, ...lines] = readFileSync(path.join(out, 'rejected.csv'), 'utf8').trim().split('\n');
    expect(header).toBe('name,reason,detail');
    expect(lines.map((line) => line.split(',').slice(0, 2))).toEqual([
      ['notes.txt', 'not a picture'],
      ['33_Broken_File_0001.jpg', 'unreadable'],
    ]);
  });

  test('the lists hold every kept picture once, in the group of its age, and nobody in both halves', async () => {
    const [train, test] = [await readList(path.join(out, 'train.txt')), await readList(path.join(out, 'test.txt'))];
    expect(new Set([...train, ...test].map(({ name }) => name)).size).toBe(60);
    for (const { name, label } of train) expect(label).toBe(ageGroupOf(parseFaceName(name)!.age));
    const people = (entries: typeof train): Set<string> => new Set(entries.map(({ name }) => parseFaceName(name)!.identity!));
    expect([...people(train)].filter((person) => people(test).has(person))).toEqual([]);
    expect(test).toHaveLength(10);
    for (let group = 0; group < 5; group++) {
      expect(await readList(path.join(out, `train_age_group_${group}.txt`))).toEqual(train.filter(({ label }) => label === group));
    }
  });

  test('preparing again does nothing, and with another seed is refused', async () => {
    const source = folderSource(path.join(out, 'images'));
    expect((await prepareDataset(source, { ...SETTINGS, out })).isUnchanged).toBe(true);
    await expect(prepareDataset(source, { ...SETTINGS, seed: 2, out })).rejects.toThrow(
      /a data set made otherwise \(seed 1 there, 2 asked for\)/,
    );
  });

  test('the same seed makes the same lists', async () => {
    const again = newFolder();
    await prepareDataset(folderSource(path.join(out, 'images')), { ...SETTINGS, out: again });
    for (const name of readdirSync(again).filter((file) => file.endsWith('.txt'))) {
      expect(readFileSync(path.join(again, name), 'utf8')).toBe(readFileSync(path.join(out, name), 'utf8'));
    }
  });

  test('a list that names a missing picture, or leaves the root folder, is an error with its line', () => {
    expect(() => checkListedFiles('train.txt', [{ name: 'gone.jpg', label: 0 }], out)).toThrow('train.txt: expected pictures under');
    expect(() => checkListedFiles('train.txt', [{ name: 'gone.jpg', label: 0 }], out)).toThrow("line 1 'gone.jpg'");
  });
});

test('list lines are checked, names with spaces are not split', async () => {
  const folder = newFolder();
  const file = path.join(folder, 'train.txt');
  writeFileSync(file, '20_Zoë van Dyk_0001.jpg 3\n\nbad\n../x.jpg 1\n/etc/passwd 1\n');
  await expect(readList(file)).rejects.toThrow(/got 3 wrong: line 3 'bad'; line 4 '..\/x.jpg 1' leaves the root folder; line 5/);
  writeFileSync(file, '20_Zoë van Dyk_0001.jpg 3\n');
  expect(await readList(file)).toEqual([{ name: '20_Zoë van Dyk_0001.jpg', label: 3 }]);
  await expect(readList(path.join(folder, 'none.txt'))).rejects.toThrow('none.txt: expected a list file, got no such file');
  writeFileSync(file, '0 1\n2 2\n1 7\n');
  await expect(readLabelPairs(file, 5)).rejects.toThrow("got 2 wrong: line 2 '2 2'; line 3 '1 7'");
});

test('label pairs are balanced over the ordered pairs', () => {
  const pairs = drawLabelPairs(5, 200, createRandom(1)).map(String);
  const counts = new Map<string, number>();
  for (const pair of pairs) counts.set(pair, (counts.get(pair) ?? 0) + 1);
  expect([...counts.values()]).toEqual(new Array(20).fill(10));
});

test('an empty folder and one without ages say what was expected', async () => {
  const folder = newFolder();
  mkdirSync(path.join(folder, 'in'));
  writeFileSync(path.join(folder, 'in', 'portrait.jpg'), 'x');
  const prepared = prepareDataset(folderSource(path.join(folder, 'in')), { ...SETTINGS, out: path.join(folder, 'out') });
  await expect(prepared).rejects.toThrow(
    /expected pictures named AGE_….jpg .* got none that can be used of 1 files \(the first: portrait.jpg: its name does not begin with AGE_\)/,
  );
  await expect(folderSource(path.join(folder, 'missing')).list()).rejects.toThrow('--images: expected a folder of pictures');
});

test('a drawn person is the same for the same seed and greys with age', () => {
  const draw = (age: number): string => {
    const random = createRandom(8);
    return drawFace(inventPerson(0, random), age, drawScene(random));
  };
  expect(draw(30)).toBe(draw(30));
  expect(draw(30)).not.toBe(draw(70));
});

describeWithShared('the names of CACD’s 163,238 pictures', ['lists/cacd-image-names.txt.gz'], () => {
  test('all give an age and one of 2,000 people, and fill the groups as the data set does', () => {
    const names = gunzipSync(readFileSync(shared('lists/cacd-image-names.txt.gz')))
      .toString('utf8')
      .trim()
      .split('\n');
    const counts = [0, 0, 0, 0, 0];
    const people = new Set<string | null | undefined>();
    for (const parsed of names.map(parseFaceName)) {
      counts[ageGroupOf(parsed?.age ?? NaN)]!++;
      people.add(parsed?.identity);
    }
    expect(counts).toEqual([9640, 40705, 43135, 39759, 29999]);
    expect(people.size).toBe(2000);
    expect(people.has(null) || people.has(undefined)).toBe(false);
  });
});
