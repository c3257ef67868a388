import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { crc32, deflateSync, gunzipSync } from 'node:zlib';
import sharp from 'sharp';
import { ageGroupNames, ageGroupOf } from '../../src/data/age-groups';
import { checkListedFiles, readLabelPairs, readList } from '../../src/data/lists';
import { readDataset } from '../../src/data/dataset';
import { formatManifest, readManifest } from '../../src/data/manifest';
import type { ManifestEntry } from '../../src/data/manifest';
import { drawLabelPairs } from '../../src/data/prepare/compose';
import { prepareDataset } from '../../src/data/prepare/prepare-dataset';
import { safeName, safeNames } from '../../src/data/prepare/safe-names';
import { splitRecords } from '../../src/data/prepare/split';
import { MachineError } from '../../src/errors';
import { createRandom } from '../../src/statistics/random';
import { folderSource, parseFaceName } from '../../src/data/sources/folder';
import { manifestSource } from '../../src/data/sources/manifest-file';
import { drawFace } from '../../src/data/sources/synthetic/draw';
import { inventPerson } from '../../src/data/sources/synthetic/person';
import { drawScene } from '../../src/data/sources/synthetic/scene';
import { syntheticSource } from '../../src/data/sources/synthetic/synthetic';
import { PREPARE } from '../support/prepare';
import { describeWithShared, shared } from '../support/shared';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();

test('years fall into the groups of the paper', () => {
  expect([11, 20, 21, 30, 31, 40, 41, 50, 51, 90].map((years) => ageGroupOf(years))).toEqual([
    0, 0, 1, 1, 2, 2, 3, 3, 4, 4,
  ]);
  expect(ageGroupNames()).toEqual(['11-20', '21-30', '31-40', '41-50', '50+']);
  expect(ageGroupNames([5, 17])).toEqual(['0-5', '6-17', '17+']);
});

test.each([
  ['14_Aaron_Johnson_0001.jpg', { age: 14, identity: 'Aaron_Johnson' }],
  ['17_Alex_D._Linz_0001.jpg_0.jpg', { age: 17, identity: 'Alex_D._Linz' }],
  ['18_Jurnee_Smollett-Bell_0012.jpg', { age: 18, identity: 'Jurnee_Smollett-Bell' }],
  ['17_Zoë_Kravitz_0017.jpg', { age: 17, identity: 'Zoë_Kravitz' }],
  ['100_1_0_20170110183726390.jpg.chip.jpg', { age: 100, identity: null }],
  ['30_x.png', { age: 30, identity: null }],
  ['portrait.jpg', null],
])('%s is read from both ends', (name, expected) => expect(parseFaceName(name)).toEqual(expected));

describe('a data set of drawn faces', () => {
  const SETTINGS = { ...PREPARE, validationShare: 0.2 };
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
    const [header, ...lines] = readFileSync(path.join(out, 'rejected.csv'), 'utf8')
      .trim()
      .split('\n');
    expect(header).toBe('name,reason,detail');
    expect(lines.map((line) => line.split(',').slice(0, 2))).toEqual([
      ['notes.txt', 'not a picture'],
      ['33_Broken_File_0001.jpg', 'unreadable'],
    ]);
  });

  test('the lists hold every kept picture once, in the group of its age, and nobody in two parts', async () => {
    const train = await readList(path.join(out, 'train.txt'));
    const valid = await readList(path.join(out, 'valid.txt'));
    const test = await readList(path.join(out, 'test.txt'));
    expect(new Set([...train, ...valid, ...test].map(({ name }) => name)).size).toBe(60);
    for (const { name, label } of train) expect(label).toBe(ageGroupOf(parseFaceName(name)!.age));
    const people = (entries: typeof train): Set<string> =>
      new Set(entries.map(({ name }) => parseFaceName(name)!.identity!));
    const all = [train, valid, test].flatMap((entries) => [...people(entries)]);
    expect([all.length, new Set(all).size]).toEqual([6, 6]);
    expect([valid.length, test.length]).toEqual([10, 10]);
    for (const [part, entries] of Object.entries({ train, valid, test }))
      for (let group = 0; group < 5; group++) {
        expect(await readList(path.join(out, `${part}_age_group_${group}.txt`))).toMatchObject(
          entries.flatMap(({ name, label }) => (label === group ? [{ name, label }] : [])),
        );
      }
    const { counts, people: counted, validation_share } = (await readDataset(out)).description;
    const perGroup = (entries: typeof train): number[] =>
      [0, 1, 2, 3, 4].map((group) => entries.filter(({ label }) => label === group).length);
    expect(counts).toMatchObject({ valid: perGroup(valid), test: perGroup(test) });
    expect(counted).toEqual({ train: 4, valid: 1, test: 1, several: 0 });
    expect(validation_share).toBe(0.2);
    const splits = (await readManifest(out)).map(({ path: name, split }) => [name, split]);
    expect(new Map(splits as [string, string][])).toEqual(
      new Map(
        Object.entries({ train, valid, test }).flatMap(([part, entries]) =>
          entries.map(({ name }) => [name, part] as const),
        ),
      ),
    );
  });

  test('preparing again does nothing, and with another seed is refused', async () => {
    const source = await syntheticSource(path.join(out, 'images'), { people: 6, seed: 4 });
    expect(await prepareDataset(source, { ...SETTINGS, out })).toMatchObject({ isUnchanged: true });
    await expect(prepareDataset(source, { ...SETTINGS, seed: 2, out })).rejects.toThrow(
      /a data set made otherwise \(seed 1 there, 2 asked for\)/,
    );
    await expect(
      prepareDataset(source, { ...SETTINGS, validationShare: 0.1, out }),
    ).rejects.toThrow(/\(validation_share 0\.2 there, 0\.1 asked for\)/);
  });

  test('the same seed makes the same lists', async () => {
    const again = newFolder();
    await prepareDataset(folderSource(path.join(out, 'images')), { ...SETTINGS, out: again });
    for (const name of readdirSync(again).filter((file) => file.endsWith('.txt'))) {
      expect(readFileSync(path.join(again, name), 'utf8')).toBe(
        readFileSync(path.join(out, name), 'utf8'),
      );
    }
  });

  test('a list that names a missing picture, or leaves the root folder, is an error with its line', async () => {
    await expect(
      checkListedFiles('train.txt', [{ name: 'gone.jpg', line: 5 }], out),
    ).rejects.toThrow(/^train\.txt: expected pictures under .*line 5 'gone\.jpg'/);
  });
});

test('a part of nothing, a group without a picture and people in several parts are said', async () => {
  const images = path.join(newFolder(), 'drawn');
  await syntheticSource(images, { people: 2, seed: 1 });
  const warningsFor = async (settings: object): Promise<readonly string[]> => {
    const made = await prepareDataset(folderSource(images), {
      ...PREPARE,
      ...settings,
      out: newFolder(),
    });
    return 'warnings' in made ? made.warnings : [];
  };
  // a person of the two is half of every group: too much for either part
  expect(await warningsFor({ testShare: 0.1, validationShare: 0.1 })).toEqual([
    expect.stringMatching(/^no picture is held out for validation: .* on the test part, unless/),
    expect.stringMatching(/^no picture is held out for testing: nothing can be evaluated/),
  ]);
  expect(await warningsFor({ testShare: 0.5, validationShare: 0 })).toEqual([]);
  expect(await warningsFor({ testShare: 0.2, validationShare: 0.2, split: 'image' })).toContain(
    '2 people are in more than one part',
  );
});

test('list lines are checked, names with spaces are not split', async () => {
  const folder = newFolder();
  const file = path.join(folder, 'train.txt');
  writeFileSync(file, '20_Zoë van Dyk_0001.jpg 3\n\nbad\n../x.jpg 1\n/etc/passwd 1\n');
  await expect(readList(file)).rejects.toThrow(
    /got 3 wrong: line 3 'bad'; line 4 '..\/x.jpg 1' leaves the root folder; line 5/,
  );
  writeFileSync(file, '\n20_Zoë van Dyk_0001.jpg 3\n');
  expect(await readList(file)).toEqual([{ name: '20_Zoë van Dyk_0001.jpg', label: 3, line: 2 }]);
  await expect(readList(path.join(folder, 'none.txt'))).rejects.toThrow(
    'none.txt: expected a list file, got no such file',
  );
  writeFileSync(file, '0 1\n2 2\n1 7\n');
  await expect(readLabelPairs(file, 5)).rejects.toThrow("got 2 wrong: line 2 '2 2'; line 3 '1 7'");
});

test.each([
  ['path', '../secret.jpg'],
  ['path', '/etc/passwd'],
  ['path', 'a\\..\\..\\b.jpg'],
  ['original', 'a/../../b.jpg'],
])('a manifest whose %s is %s is refused with its line', async (key, name) => {
  const folder = newFolder();
  const entry: ManifestEntry = {
    path: 'a..b/..c.jpg',
    original: 'a/b.jpg',
    age: 30,
    group: 1,
    identity: null,
    split: 'train',
    sha256: '',
    landmarks: null,
    quality: { score: null, size: null, sharpness: 1, yaw: null },
  };
  const file = path.join(folder, 'manifest.jsonl');
  writeFileSync(file, formatManifest([entry, entry]));
  expect(await readManifest(folder)).toEqual([entry, entry]);
  writeFileSync(file, formatManifest([entry, { ...entry, [key]: name }, entry]));
  await expect(readManifest(folder)).rejects.toThrow(
    `manifest.jsonl: expected pictures inside of their folder, got 1 wrong: line 2 '${name}' leaves the root folder. Correct these lines, or prepare the data again.`,
  );
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
  const prepared = prepareDataset(folderSource(path.join(folder, 'in')), {
    ...PREPARE,
    out: path.join(folder, 'out'),
  });
  await expect(prepared).rejects.toThrow(
    /expected faces with ages in .* got none that can be used of 1 files \(1 for no age, the first of them portrait\.jpg: its name is not AGE_….jpg\)/,
  );
  await expect(folderSource(path.join(folder, 'missing')).list()).rejects.toThrow(
    '--images: expected a folder of pictures',
  );
});

test('a folder that has changed since is not taken for the one that was prepared', async () => {
  const images = newFolder();
  const out = newFolder();
  await syntheticSource(path.join(images, 'drawn'), { people: 2, seed: 1 });
  await prepareDataset(folderSource(images), { ...PREPARE, out });
  writeFileSync(path.join(images, '30_New_One_0001.jpg'), 'x');
  await expect(prepareDataset(folderSource(images), { ...PREPARE, out })).rejects.toThrow(
    /20 pictures there, 21 now, with other names, ages, people or labels/,
  );
});

test('a table that says other ages now is not taken for the one that was prepared', async () => {
  const images = path.join(newFolder(), 'drawn');
  const out = newFolder();
  await syntheticSource(images, { people: 2, seed: 1 });
  const table = path.join(newFolder(), 'faces.csv');
  const write = (older: number): void =>
    writeFileSync(
      table,
      [
        'path,age',
        ...readdirSync(images)
          .filter((name) => name.endsWith('.jpg'))
          .map((name, i) => `${name},${20 + i + older}`),
      ].join('\n'),
    );
  write(0);
  await prepareDataset(manifestSource(images, table), { ...PREPARE, out });
  expect(await prepareDataset(manifestSource(images, table), { ...PREPARE, out })).toMatchObject({
    isUnchanged: true,
  });
  write(5);
  await expect(prepareDataset(manifestSource(images, table), { ...PREPARE, out })).rejects.toThrow(
    /with other names, ages, people or labels/,
  );
});

test('crops are not written among their photographs, whatever links lead there, and drawn faces not where others are', async () => {
  const home = newFolder();
  const images = path.join(home, 'images');
  await syntheticSource(images, { people: 2, seed: 1 });
  symlinkSync(home, path.join(home, 'link'));
  const before = readdirSync(images);
  const settings = { ...PREPARE, isAligned: false };
  for (const [from, out] of [
    [images, home],
    [images, path.join(home, 'link')],
    [home, path.join(home, 'set')],
  ] as const)
    await expect(prepareDataset(folderSource(from), { ...settings, out })).rejects.toThrow(
      /--out: expected a directory apart from --images, got .*would lie in one another\./,
    );
  expect(readdirSync(images)).toEqual(before);
  // a folder of the first versions, which says nothing of itself: its data set does
  await prepareDataset(await syntheticSource(images, { people: 2, seed: 1 }), {
    ...PREPARE,
    out: home,
  });
  rmSync(path.join(images, '.drawn.json'));
  expect((await syntheticSource(images, { people: 2, seed: 1 })).kind).toBe(
    'synthetic, 2 people, seed 1',
  );
  await expect(syntheticSource(images, { people: 3, seed: 1 })).rejects.toThrow(
    /expected a new folder, or faces drawn with .*"people":3.* got pictures that it did not draw/,
  );
  mkdirSync(path.join(home, 'others'));
  await expect(syntheticSource(path.join(home, 'others'), { people: 2, seed: 1 })).rejects.toThrow(
    /got pictures that it did not draw/,
  );
});

describe('bad input', () => {
  /** Reason by name, of pictures that were turned down. */
  const reasonsOf = (out: string): Record<string, string> =>
    Object.fromEntries(
      readFileSync(path.join(out, 'rejected.csv'), 'utf8')
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.split(',').slice(0, 2) as [string, string]),
    );

  /** A PNG's head that claims so many pixels; nothing behind it. */
  function pngOf(width: number, height: number): Buffer {
    const chunk = (type: string, body: Buffer): Buffer => {
      const typed = Buffer.concat([Buffer.from(type), body]);
      const length = Buffer.alloc(4);
      const crc = Buffer.alloc(4);
      length.writeUInt32BE(body.length);
      crc.writeUInt32BE(crc32(typed));
      return Buffer.concat([length, typed, crc]);
    };
    const head = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0]);
    head.writeUInt32BE(width, 0);
    head.writeUInt32BE(height, 4);
    return Buffer.concat([
      Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]),
      chunk('IHDR', head),
      chunk('IDAT', deflateSync(Buffer.alloc(100))),
      chunk('IEND', Buffer.alloc(0)),
    ]);
  }

  test('every kind of picture is either used or turned down with a reason', async () => {
    const images = newFolder();
    const out = newFolder();
    const write = (name: string, content: Buffer | string): void =>
      writeFileSync(path.join(images, name), content);
    const face = (index: number): ReturnType<typeof sharp> => {
      const random = createRandom(index);
      return sharp(
        Buffer.from(drawFace(inventPerson(index, random), 30, drawScene(random))),
      ).flatten();
    };
    const whole = await face(1).jpeg().toBuffer();
    write('20_plain.jpg', whole);
    write('21_cut.jpg', whole.subarray(0, whole.length / 2));
    write('22_empty.jpg', '');
    write('23_text.jpg', 'no picture');
    write('24_cmyk.jpg', await face(2).toColourspace('cmyk').jpeg().toBuffer());
    write('25_deep.png', await face(3).toColourspace('rgb16').png().toBuffer());
    write('26_clear.png', await face(4).ensureAlpha(0.5).png().toBuffer());
    const frames = [
      await face(5).resize(64).raw().toBuffer(),
      await face(6).resize(64).raw().toBuffer(),
    ];
    const animated = (pages: Buffer[]): ReturnType<typeof sharp> =>
      sharp(Buffer.concat(pages), { raw: { width: 64, height: 128, channels: 3, pageHeight: 64 } });
    write('27_moves.gif', await animated(frames).gif().toBuffer());
    write('28_moves.webp', await animated(frames.reverse()).webp().toBuffer());
    write('29_bomb.png', pngOf(30_000, 30_000));
    write('30_ blank  and 😀 .jpg', await face(7).jpeg().toBuffer());
    write('31_line\nbreak.jpg', whole);
    write('9_child.jpg', whole);
    write('32_Case.jpg', await face(8).jpeg().toBuffer());
    write('32_case.jpg', await face(9).jpeg().toBuffer());
    await prepareDataset(folderSource(images), { ...PREPARE, out });
    expect(reasonsOf(out)).toEqual({
      '21_cut.jpg': 'unreadable',
      '22_empty.jpg': 'unreadable',
      '23_text.jpg': 'unreadable',
      '29_bomb.png': 'unreadable',
      '31_line?break.jpg': 'name',
      '9_child.jpg': 'age',
    });
    expect(readFileSync(path.join(out, 'rejected.csv'), 'utf8')).toMatch(
      /29_bomb.png,unreadable,Input image exceeds pixel limit/,
    );
    const kept = [
      ...(await readList(path.join(out, 'train.txt'))),
      ...(await readList(path.join(out, 'test.txt'))),
    ]
      .map(({ name }) => name)
      .sort();
    expect(kept).toEqual(
      [
        '20_plain.jpg',
        '24_cmyk.jpg',
        '25_deep.png',
        '26_clear.png',
        '27_moves.gif',
        '28_moves.webp',
        '30_ blank  and 😀 .jpg',
        '32_Case.jpg',
        '32_case.jpg',
      ].sort(),
    );
    const { counts } = (await readDataset(out)).description;
    expect([counts.scanned, counts.kept + counts.rejected]).toEqual([15, 15]);
  });

  test('a disk that cannot be read rejects nothing: the others are done, it is named, and three in a row end the work', async () => {
    const images = path.join(newFolder(), 'drawn');
    const out = newFolder();
    await syntheticSource(images, { people: 1, seed: 1 });
    const prepare = (): Promise<unknown> =>
      prepareDataset(folderSource(images), { ...PREPARE, split: 'image', out });
    // the kernel answers that with EIO
    const fail = (name: string): void => symlinkSync('/proc/self/mem', path.join(images, name));
    const advice =
      "Look at the machine's memory and disks. The same command examines these pictures again, and what is done stays done. " +
      `A picture that fails every time: remove it from ${images}, or leave it out of the list.`;
    fail('99_Far_End_0001.jpg');
    await expect(prepare()).rejects.toThrow(
      new MachineError(
        `${out}: expected every picture examined, got 1 that the machine failed on: 99_Far_End_0001.jpg (EIO: i/o error, read). No data set is written without them. ${advice}`,
      ),
    );
    const done = (): number =>
      readFileSync(path.join(out, 'journal.jsonl'), 'utf8').trim().split('\n').length - 1;
    expect([readdirSync(out), done()]).toEqual([['journal.jsonl'], 10]);
    for (const name of ['99_Far_End_0002.jpg', '99_Far_End_0003.jpg', '99_Far_End_0004.jpg'])
      fail(name);
    await expect(prepare()).rejects.toThrow(
      /expected to examine pictures, got 3 in a row that the machine failed on: 99_Far_End_000\d\.jpg \(EIO/,
    );
    expect([readdirSync(out), done()]).toEqual([['journal.jsonl'], 10]);
    for (const name of readdirSync(images).filter((one) => one.startsWith('99_Far')))
      rmSync(path.join(images, name));
    await prepare();
    expect((await readDataset(out)).description.counts).toMatchObject({ kept: 10, rejected: 0 });
  });

  test('copies: one of several stays, and none where they are said to be two people', async () => {
    const images = newFolder();
    const out = newFolder();
    const draw = (index: number, quality: number): Promise<Buffer> => {
      const random = createRandom(index);
      return sharp(Buffer.from(drawFace(inventPerson(index, random), 30, drawScene(random))))
        .flatten()
        .jpeg({ quality })
        .toBuffer();
    };
    writeFileSync(path.join(images, '30_Ann_One_0001.jpg'), await draw(1, 95));
    writeFileSync(path.join(images, '30_Ann_One_0002.jpg'), await draw(1, 40));
    writeFileSync(path.join(images, '30_Bea_Two_0001.jpg'), await draw(2, 95));
    writeFileSync(path.join(images, '30_Cid_Three_0001.jpg'), await draw(2, 60));
    writeFileSync(path.join(images, '30_Dee_Four_0001.jpg'), await draw(3, 95));
    await prepareDataset(folderSource(images), { ...PREPARE, out });
    expect(
      readFileSync(path.join(out, 'rejected.csv'), 'utf8').trim().split('\n').slice(1),
    ).toEqual([
      '30_Ann_One_0002.jpg,duplicate,the same picture as 30_Ann_One_0001.jpg',
      '30_Bea_Two_0001.jpg,duplicate,"the same picture as 30_Cid_Three_0001.jpg, which is said to be of another person"',
      '30_Cid_Three_0001.jpg,duplicate,"the same picture as 30_Bea_Two_0001.jpg, which is said to be of another person"',
    ]);
  });
});

test('names of crops: no folder, no control character, not too long, and different even where case does not count', () => {
  expect(safeName('a/b\nc:d.JPG')).toBe('a__b_c_d');
  expect(safeName('30_Zoe\u0308.jpg')).toBe('30_Zoë');
  expect(safeName('.jpg')).toBe('_');
  expect(Buffer.byteLength(safeName(`${'😀'.repeat(100)}.jpg`))).toBeLessThanOrEqual(180);
  const records = ['x.jpg', 'X.png', 'x~2.jpg'].map((name) => ({ name, age: 30, identity: null }));
  expect([...safeNames(records).values()]).toEqual(['x', 'X~2', 'x_2']);
});

test('both held-out parts have nearly the same share of every group, in whole people', () => {
  const random = createRandom(3);
  const faces = Array.from({ length: 400 }, (_, person) =>
    Array.from({ length: 5 + random.nextInt(60) }, (_unused, i) => ({
      original: `${person}-${i}`,
      identity: `p${person}`,
      group: random.nextInt(5),
    })),
  ).flat();
  const shares = { testShare: 0.1, validationShare: 0.15 };
  const split = splitRecords(faces, 5, shares, 'identity', createRandom(1));
  const shareOf = (of: typeof split, part: string, members: typeof faces): number =>
    members.filter((face) => of.get(face) === part).length / members.length;
  for (let group = 0; group < 5; group++) {
    const members = faces.filter((face) => face.group === group);
    expect(shareOf(split, 'test', members)).toBeCloseTo(0.1, 2);
    expect(shareOf(split, 'valid', members)).toBeCloseTo(0.15, 2);
  }
  const people = (part: string): string[] => [
    ...new Set(faces.filter((face) => split.get(face) === part).map(({ identity }) => identity)),
  ];
  const all = ['train', 'valid', 'test'].flatMap(people);
  // nobody is in two of them
  expect([all.length, new Set(all).size]).toEqual([400, 400]);
  const byImage = splitRecords(faces, 5, shares, 'image', createRandom(1));
  expect(shareOf(byImage, 'test', faces)).toBeCloseTo(0.1, 2);
  expect(shareOf(byImage, 'valid', faces)).toBeCloseTo(0.15, 2);
  // who is tested on does not depend on who is chosen by, and a share of 0 is nobody
  const without = splitRecords(
    faces,
    5,
    { testShare: 0.1, validationShare: 0 },
    'identity',
    createRandom(1),
  );
  expect(faces.filter((face) => without.get(face) === 'valid')).toEqual([]);
  expect(faces.filter((face) => without.get(face) === 'test')).toEqual(
    faces.filter((face) => split.get(face) === 'test'),
  );
});

test('faces whose source says their part keep it, and the others are split', () => {
  const faces = Array.from({ length: 40 }, (_, i) => ({
    original: `${i}`,
    identity: null,
    group: i % 2,
    split: ([undefined, 'train', 'valid', 'test'] as const)[i % 4],
  }));
  const shares = { testShare: 0.2, validationShare: 0.2 };
  const split = splitRecords(faces, 2, shares, 'identity', createRandom(1));
  for (const face of faces) if (face.split) expect(split.get(face)).toBe(face.split);
  const free = faces.filter(({ split: own }) => own === undefined).map((face) => split.get(face));
  // a fifth of ten each
  expect(
    ['train', 'valid', 'test'].map((part) => free.filter((one) => one === part).length),
  ).toEqual([6, 2, 2]);
});

test('a drawn person is the same for the same seed and greys with age', () => {
  const draw = (age: number): string => {
    const random = createRandom(8);
    return drawFace(inventPerson(0, random), age, drawScene(random));
  };
  expect(draw(30)).toBe(draw(30));
  expect(draw(30)).not.toBe(draw(70));
});

describeWithShared(
  'the names of CACD’s 163,238 pictures',
  ['lists/cacd-image-names.txt.gz'],
  () => {
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
  },
);

test('aligned pictures that are not square are counted, and it is said what training does to them', async () => {
  const drawn = await syntheticSource(path.join(newFolder(), 'faces'), { people: 4, seed: 1 });
  const [first = ''] = readdirSync(drawn.rootFolder).filter((name) => name.endsWith('.jpg'));
  const file = path.join(drawn.rootFolder, first);
  writeFileSync(
    file,
    await sharp(file).extract({ left: 0, top: 0, width: 100, height: 80 }).toBuffer(),
  );
  const outcome = await prepareDataset(folderSource(drawn.rootFolder), {
    ...PREPARE,
    out: path.join(newFolder(), 'data'),
  });
  if ('shard' in outcome) throw new Error('expected a data set');
  const { counts } = outcome.description;
  expect(counts.oblong).toBe(1);
  expect(outcome.warnings).toContain(
    `1 of ${counts.faces} pictures are not square: training squeezes them into squares, as the original does, and faces get wider or narrower. Crop them first, or leave --aligned out`,
  );
});
