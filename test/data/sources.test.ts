import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cacdSource } from '../../src/data/sources/cacd';
import { fgNetSource, parseFgNetName } from '../../src/data/sources/fgnet';
import { folderSource } from '../../src/data/sources/folder';
import { manifestSource } from '../../src/data/sources/manifest-file';
import { readMatStructs } from '../../src/data/sources/mat-structs';
import { parseUtkFaceName, utkFaceSource } from '../../src/data/sources/utkface';
import { ageGroupNames } from '../../src/data/age-groups';
import { groupNamesOf } from '../../src/data/dataset';
import { readWrittenAge } from '../../src/data/sources/written-age';
import { readList, withNamesOnDisc } from '../../src/data/lists';
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
  [
    '100_1_0_20170110183726390.jpg.chip.jpg',
    { age: 100, identity: null, gender: 'female', race: 'white' },
  ],
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

test.each(['plain.mat', 'compressed.mat', 'hdf5.mat'])(
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
      /--meta: expected a whole file of MATLAB, got .*: .*(ends in the middle|unexpected end)/,
    );
  }
  const hdf5 = path.join(folder, 'hdf5.mat');
  writeFileSync(hdf5, readFileSync(fixture('hdf5.mat')).subarray(0, 5000));
  await expect(cacdSource(folder, hdf5).list()).rejects.toThrow(
    `--meta: expected a whole file of MATLAB, got ${hdf5}: it cannot be opened: it is cut off, or damaged. Download it again.`,
  );
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
    'path,age,identity,gender,race,split\n"a b.jpg",30,Ann,female, Asian,train\nsub/c.jpg,41,,,,valid\ngone.jpg,20,,,,\n',
  );
  const { records, rejected } = await manifestSource(folder, csv).list();
  expect(records).toEqual([
    { name: 'a b.jpg', age: 30, identity: 'Ann', gender: 'female', race: 'asian', split: 'train' },
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

/** What a table gives of a folder: ages by name, and the reasons of what is rejected. */
async function listed(folder: string, name: string, table: string | Buffer, bounds?: number[]) {
  const file = path.join(newFolder(), name);
  writeFileSync(file, table);
  const { records, rejected } = await manifestSource(folder, file, bounds).list();
  return {
    ages: Object.fromEntries(records.map(({ name: picture, age }) => [picture, age])),
    reasons: Object.fromEntries(
      rejected.map(({ name: picture, reason, detail }) => [picture, `${reason}: ${detail}`]),
    ),
  };
}

test('lists in lists without an end are a bad row like any other', async () => {
  const folder = folderOf('a.jpg', 'b.jpg', 'c.jpg');
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  const rows = [
    `{"path":"a.jpg","age":30,"year":${deep}}`,
    `{"path":"b.jpg","age":[${deep},${deep}]}`,
    '{"path":"c.jpg","age":[25,30]}',
  ];
  const { ages, reasons } = await listed(folder, 'faces.jsonl', rows.join('\n'));
  expect(Object.keys(ages)).toEqual(['c.jpg']);
  expect(reasons['a.jpg']).toMatch(/^bad row: faces.jsonl: row 1: year: expected a year, got /);
  expect(reasons['b.jpg']).toMatch(/^bad row: faces.jsonl: row 2: .* is no age$/);
});

test('rows of a manifest that are wrong, or leave the folder, are rejected like bad pictures, and the rest is used', async () => {
  const folder = folderOf('a.jpg', 'b.jpg', 'c.jpg', 'd.jpg', 'e.jpg');
  const rows = ['a.jpg,old', '../x.jpg,3', '/etc/passwd,4', 'b.jpg,30', './b.jpg,50', 'c.jpg,40'];
  const same = ['c.jpg,40', ',20', 'd.jpg,41,someday', 'e.jpg'];
  const table = ['path,age,year', ...rows, ...same].join('\n');
  expect(await listed(folder, 'faces.csv', table)).toEqual({
    ages: { 'c.jpg': 40 },
    reasons: {
      'a.jpg': 'bad row: faces.csv: row 1: old is no age',
      'b.jpg':
        'bad row: faces.csv: row 5: it is in row 4 already, where something else is said of it',
      'd.jpg': 'bad row: faces.csv: row 9: year: expected a year, got someday',
      'e.jpg': 'bad row: faces.csv: row 10: its age is blank',
      '../x.jpg': 'bad row: faces.csv: row 2: it leaves --images',
      '/etc/passwd': 'bad row: faces.csv: row 3: it leaves --images',
      'row 8': 'bad row: faces.csv: row 8: it has no path',
    },
  });
  expect(
    await listed(folder, 'x.jsonl', '{"path":"a.jpg","age":30}\n{"path":\n[1]\n'),
  ).toMatchObject({
    ages: { 'a.jpg': 30 },
    reasons: {
      'row 2': 'bad row: x.jsonl: row 2: it is no JSON: {"path":',
      'row 3': 'bad row: x.jsonl: row 3: expected {"path": …, "age": …}, got [1]',
    },
  });
});

test('a table of which no row can be used is an error', async () => {
  const folder = folderOf('a.jpg');
  await expect(listed(folder, 'x.csv', 'file,years\na.jpg,30\n')).rejects.toThrow(
    /x\.csv: expected the columns path and age \(identity, year, gender, race, split\), got file, years\. Name them so in the header line\.$/,
  );
  await expect(listed(folder, 'x.csv', 'path,age\na.jpg,old\nb.jpg,\n')).rejects.toThrow(
    /got 2 wrong and none right: row 1: old is no age; row 2: its age is blank\. Correct them\.$/,
  );
});

test.each<[string, string | Buffer]>([
  ['faces.jsonl', '\ufeff{"path":"zoë.jpg","age":30}\r\n'],
  ['faces.json', '[{"path":"zoë.jpg","age":"30"}]'],
  ['faces.ndjson', '{"Path":"zoë.jpg","Age":30}'],
  ['faces.csv', '\ufeffPath , AGE\r\nzoë.jpg,30\r\n'],
  ['faces.csv', 'path;age;identity\nzoë.jpg;30;"Kravitz, Zoë"\n'],
  ['faces.csv', 'sep=;\r\npath;age\r\nzoë.jpg;30\r\n'],
  ['faces.tsv', 'path\tage\nzoë.jpg\t30\n'],
  ['faces.csv', 'path|age\nzoë.jpg|30\n'],
  ['faces.csv', Buffer.from('path,age\nzoë.jpg,30\n', 'latin1')],
  ['faces.txt', Buffer.from('\ufeffpath\tage\r\nzoë.jpg\t30\r\n', 'utf16le')],
])('%s as a spreadsheet or a script saves it is read: %j', async (name, table) => {
  expect((await listed(folderOf('zoë.jpg'), name, table)).ages).toEqual({ 'zoë.jpg': 30 });
});

test.each([
  ['zoë.jpg'.normalize('NFD'), 'zoë.jpg'],
  ['zoë.jpg', 'zoë.jpg'.normalize('NFD')],
  ['sub/a b.jpg', 'sub\\a b.jpg'],
  ['sub/a.jpg', '.\\sub\\a.jpg'],
  // a name with a backslash in it, where there is one
  ['odd\\name.jpg', 'odd\\name.jpg'],
])('the picture %j is meant by %j of a table', async (picture, path_) => {
  const table = `${JSON.stringify({ path: path_, age: 30 })}\n`;
  expect(await listed(folderOf(picture), 'x.jsonl', table)).toEqual({
    ages: { [picture]: 30 },
    reasons: {},
  });
});

test.each<[string, string | Buffer]>([
  ['a quoted line of the separator', '"sep=;"\r\npath;age\r\na.jpg;30\r\n'],
  ['a tab as the separator that is said', 'sep=\t\npath\tage\na.jpg\t30\n'],
  [
    'UTF-16 with the big end first',
    Buffer.from('\ufeffpath\tage\na.jpg\t30\n', 'utf16le').swap16(),
  ],
  ['lines of an old Macintosh', 'path,age\ra.jpg,30\r'],
  ['a list of JSON over several lines', JSON.stringify([{ path: 'a.jpg', age: 30 }], null, 2)],
  ['one row of JSON', JSON.stringify({ path: 'a.jpg', age: 30 }, null, 2)],
])('a table with %s', async (_, table) => {
  const folder = folderOf('a.jpg');
  expect(await listed(folder, 'x.csv', table)).toEqual({ ages: { 'a.jpg': 30 }, reasons: {} });
});

test.each<[string, string | Buffer, string]>([
  ['no rows', 'path,age\n', 'x.csv: expected rows of path and age'],
  ['nothing', '', 'got none. Fill it in, or leave --manifest out.'],
  ['two columns of one name', 'path,age,Age\na.jpg,30,40\n', 'x.csv: two columns called age.'],
  [
    'an object',
    '{\n"images": [{"path": "a.jpg", "age": 30}]}',
    'an object of images instead of a list',
  ],
  ['a workbook', Buffer.from('PK\x03\x04xl'), 'a workbook or a zip; save it as CSV'],
  [
    'an old workbook',
    Buffer.from('d0cf11e0a1', 'hex'),
    'a workbook of an old Excel; save it as CSV',
  ],
  ['a packed file', Buffer.from('1f8b0800', 'hex'), 'a file packed by gzip; unpack it'],
])('a table of %s is said to be that', async (_, table, message) => {
  const folder = folderOf('a.jpg');
  await expect(listed(folder, 'x.csv', table)).rejects.toThrow(message);
});

test('genders are read as tables have them', async () => {
  const folder = folderOf('a.jpg', 'b.jpg', 'c.jpg', 'd.jpg');
  const csv = path.join(newFolder(), 'faces.csv');
  writeFileSync(csv, 'path,age,gender\na.jpg,30,F\nb.jpg,30,Man\nc.jpg,30,woman\nd.jpg,30,x\n');
  const { records, rejected } = await manifestSource(folder, csv).list();
  expect(records.map(({ gender }) => gender)).toEqual(['female', 'male', 'female']);
  expect(rejected.map(({ detail }) => detail)).toEqual([
    'faces.csv: row 4: gender: expected one of female, male, got x',
  ]);
});

test('a path in full that lies in the folder is one below it; of another system it leaves it', async () => {
  const folder = folderOf('sub/a.jpg');
  const table = `path,age\n${folder}/sub/a.jpg,30\nC:\\faces\\b.jpg,40\n`;
  expect(await listed(folder, 'x.csv', table)).toEqual({
    ages: { 'sub/a.jpg': 30 },
    reasons: { 'C:\\faces\\b.jpg': 'bad row: x.csv: row 2: it leaves --images' },
  });
});

test.each<[unknown, number | RegExp]>([
  [34, 34],
  ['34,5', 34.5],
  [' 34.0 ', 34],
  ['31-40', 35],
  ['(21, 30)', 25],
  ['[51;60]', 55],
  [[21, 30], 25],
  ['11 – 20', 15],
  ['60+', 60],
  ['50+', 51],
  ['34 years', 34],
  ['34y', 34],
  ['34.5 yrs old', 34.5],
  ['31-40 years', 35],
  ['60+ years', 60],
  ['51 plus', 51],
  ['60 and over', 60],
  ['60 or older', 60],
  ['>60', 61],
  ['>= 60', 60],
  ['over 50', 51],
  ['under 20', 19],
  ['<20', 19],
  ['20 or younger', 20],
  ['60s', 64],
  ['20s', /^20s lies in more than one age group \(11-20 to 21-30\)$/],
  ['over 40', /lies in more than one age group/],
  ['under 30', /lies in more than one age group/],
  ['18 months', /^18 months is no age$/],
  ['unknown', /^unknown is no age$/],
  ['n/a', /^n\/a is no age$/],
  ['30-39', /^30-39 lies in more than one age group \(21-30 to 31-40\)$/],
  ['(25, 32)', /lies in more than one age group/],
  ['40+', /lies in more than one age group/],
  ['39-31', /^39-31 is no range of ages$/],
  ['', /^its age is blank$/],
  ['  ', /^its age is blank$/],
  [null, /^its age is blank$/],
  [undefined, /^its age is blank$/],
  [-1, /^-1 is no age$/],
  ['-1', /^-1 is no age$/],
  ['999', /^999 is no age$/],
  ['45211', /^45211 is no age$/],
  [NaN, /^NaN is no age$/],
  ['old', /^old is no age$/],
  [
    '12-Oct',
    /^12-Oct is a date, which a spreadsheet may have made of a range: format the column as text$/,
  ],
  ['Oct-12', /is a date/],
  ['Oct 2012', /is a date/],
  ['2012-10-12', /is a date/],
  ['12.10.2012 00:00:00', /is a date/],
  [{}, /^\{\} is no age$/],
])('the age %j', (value, expected) => {
  const read = readWrittenAge(value, [20, 30, 40, 50]);
  if (typeof expected === 'number') expect(read).toEqual({ age: expected });
  else expect(read).toEqual({ problem: expect.stringMatching(expected) });
});

test('a range is of one group by the bounds of the data set', async () => {
  const folder = folderOf('a.jpg');
  const table = 'path,age\na.jpg,30-39\n';
  await expect(listed(folder, 'x.csv', table)).rejects.toThrow('lies in more than one age group');
  expect((await listed(folder, 'x.csv', table, [29, 39])).ages).toEqual({ 'a.jpg': 34 });
});

test('names of UTKFace that are broken as published are pictures, and have their age', async () => {
  const names = [
    '24_0_1_20170116220224657 .jpg.chip.jpg',
    '55_0_0_20170116232725357jpg.chip.jpg',
    '53__0_20170116184028385.jpg',
    '40_1__20170116184028385.jpg',
    '61_20170109142408075.jpg.chip.jpg',
    '26_1_2_20170116235150272 .jpg',
    '27_1_2_20170116235150272jpg',
    '28_1_2_20170116235150272.jpg ',
    '29_1_2_20170116235150272.pg.chip.jpg',
    '30_1_2_20170116.jpg',
  ];
  const { records, rejected } = await utkFaceSource(folderOf(...names)).list();
  expect(rejected).toEqual([]);
  expect(records.map(({ age }) => age).sort()).toEqual([24, 26, 27, 28, 29, 30, 40, 53, 55, 61]);
});

test('pictures in a format that is not read are said to be such', async () => {
  const { records, rejected } = await folderSource(
    folderOf('30_a.HEIC', '31_b.jfif', '32_c.JPEG', '33_d.cr2', '34_e.avif'),
  ).list();
  expect(records.map(({ name }) => name)).toEqual(['31_b.jfif', '32_c.JPEG', '34_e.avif']);
  expect(rejected.map(({ name, reason, detail }) => [name, reason, detail])).toEqual([
    ['30_a.HEIC', 'format', 'it is not read: save it as JPEG or PNG; ends in .HEIC'],
    ['33_d.cr2', 'format', 'it is not read: save it as JPEG or PNG; ends in .cr2'],
  ]);
});

test('a list of another system finds its pictures: a mark before its first name, letters composed otherwise, backslashes', async () => {
  const folder = folderOf('zoë.jpg'.normalize('NFD'), 'sub/a b.jpg');
  const list = path.join(newFolder(), 'train.txt');
  writeFileSync(list, '\ufeffzoë.jpg 1\r\nsub\\a b.jpg 2\r\ngone.jpg 0\r\n');
  expect(await withNamesOnDisc(await readList(list), folder)).toEqual([
    { name: 'zoë.jpg'.normalize('NFD'), label: 1, line: 1 },
    { name: 'sub/a b.jpg', label: 2, line: 2 },
    { name: 'gone.jpg', label: 0, line: 3 },
  ]);
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

test('the youngest group is named by the youngest age that is kept', () => {
  expect(ageGroupNames([20, 30])).toEqual(['11-20', '21-30', '30+']);
  expect(groupNamesOf({ age_bounds: [20, 30], age_range: [0, 100] })).toEqual([
    '0-20',
    '21-30',
    '30+',
  ]);
  expect(groupNamesOf({ age_bounds: [20, 30], age_range: [16, 60] })[0]).toBe('16-20');
  expect(groupNamesOf({ age_bounds: [5, 30], age_range: [11, 100] })[0]).toBe('0-5');
});
