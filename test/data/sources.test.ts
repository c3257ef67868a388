import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cacdSource } from '../../src/data/sources/cacd';
import { fgNetSource, parseFgNetName } from '../../src/data/sources/fgnet';
import { folderSource } from '../../src/data/sources/folder';
import { manifestSource } from '../../src/data/sources/manifest-file';
import { readMatStructs } from '../../src/data/sources/mat5';
import { parseUtkFaceName } from '../../src/data/sources/utkface';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();
const fixture = (name: string): string => path.resolve(__dirname, '../fixtures/cacd-meta', name);

function folderOf(...names: string[]): string {
  const folder = newFolder();
  for (const name of names) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), 'x');
  }
  return folder;
}

test.each([
  ['001A43a.JPG', { age: 43, identity: '001' }],
  ['082A05.jpg', { age: 5, identity: '082' }],
  ['1A43.jpg', null],
])('FG-NET’s %s', (name, expected) => expect(parseFgNetName(name)).toEqual(expected));

test.each([
  ['100_1_0_20170110183726390.jpg.chip.jpg', { age: 100, identity: null, gender: 'female' }],
  ['39_1_20170116174525125.jpg.chip.jpg', { age: 39, identity: null }],
  ['30_Ann_Davis_0001.jpg', null],
])('UTKFace’s %s', (name, expected) => expect(parseUtkFaceName(name)).toEqual(expected));

test('what is not named as the source expects is rejected with the pattern', async () => {
  const { records, rejected } = await fgNetSource(
    folderOf('001A43a.JPG', 'readme.txt', 'x.jpg', '.hidden.jpg'),
  ).list();
  expect(records).toEqual([{ name: '001A43a.JPG', age: 43, identity: '001' }]);
  expect(rejected).toEqual([
    { name: 'readme.txt', reason: 'not a picture', detail: 'ends in .txt' },
    { name: 'x.jpg', reason: 'no age', detail: 'its name is not NNNAMM.JPG' },
  ]);
});

test.each(['plain.mat', 'compressed.mat'])(
  '%s gives people, ages and years; the features are skipped',
  async (name) => {
    const structs = await readMatStructs(fixture(name), {
      celebrityData: ['name', 'birth'],
      celebrityImageData: ['name', 'age'],
    });
    expect(structs).toEqual({
      celebrityData: {
        name: ['Robin Williams', 'Zoë Kravitz', 'Ann B. Davis'],
        birth: [1951, 1988, 1926],
      },
      celebrityImageData: {
        name: [
          '53_Robin_Williams_0001.jpg',
          '54_Robin_Williams_0002.jpg',
          '17_Zoë_Kravitz_0001.jpg',
          '78_Ann_B._Davis_0001.jpg',
          '25_Zoë_Kravitz_0002.jpg',
        ],
        age: [53, 54, 17, 78, 25],
      },
    });
  },
);

test('CACD by its MATLAB file: person and year of each picture, also where a disc writes ë as e and two dots', async () => {
  const folder = folderOf(
    '53_Robin_Williams_0001.jpg',
    '17_Zoë_Kravitz_0001.jpg'.normalize('NFD'),
    '20_Nobody_Known_0001.jpg',
  );
  const { records, rejected } = await cacdSource(folder, fixture('compressed.mat')).list();
  expect(records).toEqual([
    {
      name: '17_Zoë_Kravitz_0001.jpg'.normalize('NFD'),
      age: 17,
      identity: 'Zoë Kravitz',
      year: 2005,
    },
    { name: '53_Robin_Williams_0001.jpg', age: 53, identity: 'Robin Williams', year: 2004 },
  ]);
  expect(rejected).toEqual([
    {
      name: '20_Nobody_Known_0001.jpg',
      reason: 'not listed',
      detail: 'compressed.mat has no row of it',
    },
  ]);
});

test('a MATLAB file that is cut in half, or is none, is one clear error', async () => {
  const folder = newFolder();
  for (const name of ['plain.mat', 'compressed.mat']) {
    const whole = readFileSync(fixture(name));
    writeFileSync(path.join(folder, name), whole.subarray(0, whole.length / 2));
    await expect(cacdSource(folder, path.join(folder, name)).list()).rejects.toThrow(
      /--meta: expected a whole MATLAB 5 file, got .*: .*(ends in the middle|unexpected end)/,
    );
  }
  writeFileSync(path.join(folder, 'text.mat'), 'text'.repeat(100));
  await expect(cacdSource(folder, path.join(folder, 'text.mat')).list()).rejects.toThrow(
    /no header of a little-endian MATLAB 5 file/,
  );
});

test('a manifest gives ages, people and parts; what it does not list and what is not there are rejected', async () => {
  const folder = folderOf('a b.jpg', 'sub/c.jpg', 'd.jpg');
  const csv = path.join(newFolder(), 'faces.csv');
  writeFileSync(
    csv,
    'path,age,identity,gender,split\n"a b.jpg",30,Ann,female,train\nsub/c.jpg,41,,,valid\ngone.jpg,20,,,\n',
  );
  const { records, rejected } = await manifestSource(folder, csv).list();
  expect(records).toEqual([
    { name: 'a b.jpg', age: 30, identity: 'Ann', gender: 'female', split: 'train' },
    { name: 'sub/c.jpg', age: 41, identity: null, split: 'valid' },
  ]);
  expect(rejected.map(({ name, reason }) => [name, reason])).toEqual([
    ['d.jpg', 'not listed'],
    ['gone.jpg', 'missing'],
  ]);
  const jsonl = path.join(newFolder(), 'faces.jsonl');
  writeFileSync(jsonl, '{"path": "d.jpg", "age": 50, "year": 2004}\n');
  expect((await manifestSource(folder, jsonl).list()).records).toEqual([
    { name: 'd.jpg', age: 50, identity: null, year: 2004 },
  ]);
});

test('rows of a manifest that are wrong, or leave the folder, are named', async () => {
  const csv = path.join(newFolder(), 'faces.csv');
  writeFileSync(csv, 'path,age\na.jpg,old\n../x.jpg,3\n/etc/passwd,4\nb.jpg,30\n./b.jpg,50\n');
  await expect(manifestSource(newFolder(), csv).list()).rejects.toThrow(
    /got 4 wrong: row 1: age .*; row 2: '..\/x.jpg' leaves --images; row 3: '\/etc\/passwd' leaves --images; row 5: 'b.jpg' is in row 4 already/,
  );
});

test('names that are no UTF-8 are read as Latin-1, and can still be opened', async () => {
  const folder = newFolder();
  const bytes = Buffer.concat([
    Buffer.from(`${folder}/`),
    Buffer.from('17_Zo\xeb_Kravitz_0001.jpg', 'latin1'),
  ]);
  writeFileSync(bytes, 'x');
  const { records } = await folderSource(folder).list();
  expect(records).toEqual([
    {
      name: '17_Zoë_Kravitz_0001.jpg',
      rawName: '17_Zoë_Kravitz_0001.jpg',
      age: 17,
      identity: 'Zoë_Kravitz',
    },
  ]);
});

test('a folder that cannot be read is rejected by name, and the rest is used', async () => {
  const folder = folderOf('30_a.jpg', 'locked/31_b.jpg');
  chmodSync(folder, 0o755);
  chmodSync(path.join(folder, 'locked'), 0o000);
  // nothing is locked for root: look as somebody else
  const isRoot = process.getuid?.() === 0;
  if (isRoot) process.seteuid?.(65534);
  try {
    const { records, rejected } = await folderSource(folder).list();
    expect(records.map(({ name }) => name)).toEqual(['30_a.jpg']);
    expect(rejected).toEqual([
      { name: 'locked', reason: 'unreadable', detail: 'a folder that cannot be read: EACCES' },
    ]);
  } finally {
    if (isRoot) process.seteuid?.(0);
    chmodSync(path.join(folder, 'locked'), 0o755);
  }
});

test('links: to a picture it counts, to nowhere or round in circles it is rejected', async () => {
  const folder = folderOf('30_a.jpg');
  symlinkSync(path.join(folder, '30_a.jpg'), path.join(folder, '31_b.jpg'));
  symlinkSync(path.join(folder, 'gone'), path.join(folder, '32_c.jpg'));
  symlinkSync(folder, path.join(folder, 'loop'));
  const { records, rejected } = await folderSource(folder).list();
  expect(records.map(({ name }) => name)).toEqual(['30_a.jpg', '31_b.jpg']);
  expect(rejected).toEqual([
    { name: '32_c.jpg', reason: 'unreadable', detail: 'a link that leads nowhere: ENOENT' },
    { name: 'loop', reason: 'link', detail: 'links to folders are not followed' },
  ]);
});
