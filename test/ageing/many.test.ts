import {
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { openAger } from '../../src/ageing/ager';
import type { Ager } from '../../src/ageing/ager';
import { ageMany, surveyMany } from '../../src/ageing/many/age-many';
import type { ManyOutcome, ManyWork, PictureAger } from '../../src/ageing/many/age-many';
import { modelDigest } from '../../src/ageing/many/model-digest';
import { cropAger, photographAger, stemOf } from '../../src/ageing/many/picture-agers';
import { folderOfPictures, listOfPictures, shardOf } from '../../src/ageing/many/pictures';
import type { NamedPicture, PictureSource } from '../../src/ageing/many/pictures';
import type { ResultLine } from '../../src/ageing/many/results';
import { UserError } from '../../src/errors';
import { openEngine } from '../../src/engine/open-engine';
import { lockDirectory } from '../../src/files/directory-lock';
import { ASTRONAUT } from '../support/astronaut';
import { temporaryFolders } from '../support/temporary';
import { writeTinyModel } from '../support/tiny-model';

const newFolder = temporaryFolders();
const FLAGS = { folder: 'age', out: '--out' };

/** Gives every picture a file; those whose names begin with `wall` have no face. */
const plainAger = (batch: number, seen: string[] = []): PictureAger => ({
  batch,
  age: (pictures) => {
    seen.push(...pictures.map(({ name }) => name));
    return Promise.resolve(
      pictures.map((one) =>
        path.basename(one.name).startsWith('wall')
          ? new UserError(`${one.name}: expected a face, got no face.`)
          : { pictures: [], faces: [{ ...FACE, input: stemOf(one) }] },
      ),
    );
  },
});
const FACE = { face: 1, centre: null, width: null, pictures: [] };

async function writePicture(file: string, value: number): Promise<void> {
  mkdirSync(path.dirname(file), { recursive: true });
  const { r, g, b } = { r: value, g: (3 * value) % 256, b: 255 - value };
  await sharp({ create: { width: 24, height: 24, channels: 3, background: { r, g, b } } })
    .linear([1, 1, 1], [0, 0, 0])
    .png()
    .toFile(file);
}

/** So many pictures, in folders of three. */
async function writePictures(count: number): Promise<string> {
  const folder = newFolder();
  for (let i = 0; i < count; i++)
    await writePicture(path.join(folder, `person ${Math.floor(i / 3)}`, `${i % 3}.png`), 7 * i);
  return folder;
}

const workOf = (source: PictureSource, out: string, more: Partial<ManyWork> = {}): ManyWork => ({
  source,
  out,
  shard: null,
  settings: { weights: 'a', groups: '50+' },
  isStopped: () => false,
  onProgress: () => undefined,
  ...more,
});

/** All lines of all manifests, in the order of names. */
const linesIn = (out: string): ResultLine[] =>
  readdirSync(out)
    .filter((name) => name.startsWith('manifest'))
    .flatMap((name) => readFileSync(path.join(out, name), 'utf8').split('\n').slice(0, -1))
    .map((line) => JSON.parse(line) as ResultLine)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
const namesIn = (out: string): string[] => linesIn(out).map(({ name }) => name);

async function picturesOf(source: PictureSource): Promise<NamedPicture[]> {
  const all: NamedPicture[] = [];
  for await (const one of source.pictures()) all.push(one);
  return all.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Files of results by their paths. */
const filesIn = (out: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(out, { recursive: true })
      .map(String)
      .filter((name) => /\.(png|jpg)$/.test(name) && statSync(path.join(out, name)).isFile())
      .map((name) => [name, readFileSync(path.join(out, name)).toString('base64')]),
  );

test.each([1, 2, 3, 7, 24])(
  'in %d parts every picture is aged once, and a part does not know the others',
  async (count) => {
    const folder = await writePictures(20);
    const out = path.join(newFolder(), 'out');
    const source = folderOfPictures(folder, out, FLAGS);
    const seen: string[] = [];
    let pictures = 0;
    for (let index = count; index >= 1; index--) {
      const work = workOf(source, out, { shard: { index, count } });
      const outcome: ManyOutcome = await ageMany(work, plainAger(3, seen));
      expect(path.basename(outcome.manifest)).toBe(`manifest-${index}-of-${count}.jsonl`);
      pictures += outcome.pictures;
    }
    const all = (await picturesOf(source)).map(({ name }) => name);
    expect([all.length, pictures, [...seen].sort(), namesIn(out)]).toEqual([20, 20, all, all]);
    expect(new Set(linesIn(out).map(({ id }) => id)).size).toBe(20);
    expect(await surveyMany(source, out, 5)).toEqual({ open: [], aged: 20, leftOut: 0 });
  },
);

test('shares of parts are alike', () => {
  const ids = Array.from({ length: 3000 }, (_, i) => stemOfNumber(i));
  for (const count of [2, 3, 10]) {
    const sizes = new Array<number>(count).fill(0);
    for (const id of ids) sizes[shardOf(id, count) - 1]!++;
    // six standard deviations
    const spread = 6 * Math.sqrt((3000 / count) * (1 - 1 / count));
    for (const size of sizes) expect(Math.abs(size - 3000 / count)).toBeLessThan(spread);
  }
});
/** Any 16 digits, as far from one another as digests are. */
const stemOfNumber = (i: number): string =>
  ((BigInt(i + 1) * 0x9e3779b97f4a7c15n) & 0xffffffffffffffffn).toString(16).padStart(16, '0');

test('what was stopped goes on, in other parts too: nothing twice, nothing lost', async () => {
  const folder = await writePictures(20);
  const out = path.join(newFolder(), 'out');
  const source = folderOfPictures(folder, out, FLAGS);
  const seen: string[] = [];
  const isStopped = (): boolean => seen.length >= 4;
  const first = await ageMany(workOf(source, out, { isStopped }), plainAger(4, seen));
  expect(first).toMatchObject({ pictures: 4, aged: 4, resumed: 0 });
  const { open } = await surveyMany(source, out, 2);
  expect(open).toEqual([1, 2]);
  for (const index of [1, 2])
    await ageMany(workOf(source, out, { shard: { index, count: 2 } }), plainAger(4, seen));
  const last = await ageMany(workOf(source, out), plainAger(4, seen));
  expect(last).toMatchObject({ pictures: 20, aged: 20, leftOut: 0, resumed: 20 });
  expect(seen).toHaveLength(20);
  expect(namesIn(out)).toEqual([...seen].sort());
});

test('a line that a killed process left half is written again', async () => {
  const folder = await writePictures(6);
  const out = path.join(newFolder(), 'out');
  const source = folderOfPictures(folder, out, FLAGS);
  await ageMany(workOf(source, out), plainAger(1));
  const file = path.join(out, 'manifest.jsonl');
  const lines = readFileSync(file, 'utf8').split('\n');
  const whole = lines.slice(0, 3).join('\n');
  const half = lines[3]!.slice(0, 30);
  writeFileSync(file, `${whole}\n${half}`);
  const seen: string[] = [];
  expect(await ageMany(workOf(source, out), plainAger(1, seen))).toMatchObject({ resumed: 3 });
  expect(seen).toHaveLength(3);
  expect(readFileSync(file, 'utf8').split('\n').sort()).toEqual([...lines].sort());
});

test('everything that is a picture by its name has a line, and what is none says why', async () => {
  const folder = await writePictures(1);
  const at = (...names: string[]): string => path.join(folder, ...names);
  writeFileSync(at('text.jpg'), 'no picture');
  writeFileSync(at('phone.HEIC'), '');
  writeFileSync(at('notes.txt'), '');
  writeFileSync(at('.hidden.png'), '');
  symlinkSync('/nowhere/at/all', at('gone.png'));
  symlinkSync('.', at('loop'));
  await writePicture(at('deep', 'er', 'wall.png'), 3);
  writeFileSync(
    Buffer.concat([Buffer.from(`${folder}/`), Buffer.from('zo\xeb.png', 'latin1')]),
    readFileSync(at('person 0', '0.png')),
  );
  const out = path.join(newFolder(), 'out');
  const source = folderOfPictures(folder, out, FLAGS);
  const outcome = await ageMany(workOf(source, out), plainAger(8));
  expect(outcome).toMatchObject({ pictures: 7, aged: 2, leftOut: 5 });
  const errors = linesIn(out).map((line) => [line.name, 'error' in line ? line.error : null]);
  expect(errors).toEqual([
    ['deep/er/wall.png', 'deep/er/wall.png: expected a face, got no face.'],
    ['gone.png', 'gone.png: a link that leads nowhere: ENOENT'],
    ['loop', 'loop: links to folders are not followed'],
    ['person 0/0.png', null],
    ['phone.HEIC', 'phone.HEIC: it is not read: save it as JPEG or PNG'],
    ['text.jpg', expect.stringMatching(/^text\.jpg: expected a whole picture/)],
    ['zo\xeb.png', null],
  ]);
  expect(await ageMany(workOf(source, out), plainAger(8))).toMatchObject({
    resumed: 7,
    leftOut: 5,
  });
});

test('a list: paths beside it or absolute, each once, whatever ends its lines; one that is not there says so', async () => {
  const folder = await writePictures(4);
  const elsewhere = path.join(newFolder(), 'far.png');
  await writePicture(elsewhere, 9);
  const list = path.join(folder, 'all.txt');
  const lines = [
    'person 0/0.png',
    './person 0/1.png',
    'person 0/0.png',
    '',
    elsewhere,
    'no.png',
    'person 0',
  ];
  writeFileSync(list, `\ufeff${lines.join('\r\n')}`);
  const out = path.join(folder, 'out');
  const source = listOfPictures(list);
  expect((await picturesOf(source)).map(({ id }) => id.length)).toEqual(Array(6).fill(16));
  const seen: string[] = [];
  const totals: number[] = [];
  const onProgress = (_: number, total: number): void => void totals.push(total);
  await ageMany(workOf(source, out, { onProgress }), plainAger(2, seen));
  expect([...seen].sort()).toEqual([elsewhere, 'person 0/0.png', 'person 0/1.png'].sort());
  expect(totals.at(-1)).toBe(6);
  expect(linesIn(out).flatMap((line) => ('error' in line ? [line.error] : []))).toEqual([
    expect.stringMatching(/^no\.png: expected a picture, got ENOENT/),
    expect.stringMatching(/^person 0: expected a picture, got EISDIR/),
  ]);
  // the same picture has the same number in its folder and in a list beside it
  const inFolder = await picturesOf(folderOfPictures(folder, '/elsewhere', FLAGS));
  const inList = await picturesOf(source);
  const [one] = inFolder;
  expect(inList.find(({ name }) => name === one!.name)?.id).toBe(one!.id);
});

test('a directory holds pictures aged in one way; of two ways at once one is refused', async () => {
  const folder = await writePictures(3);
  const out = path.join(newFolder(), 'out');
  const source = folderOfPictures(folder, out, FLAGS);
  const settings = { weights: 'b', groups: '50+' };
  const two = await Promise.allSettled([
    ageMany(workOf(source, out, { shard: { index: 1, count: 2 } }), plainAger(1)),
    ageMany(workOf(source, out, { shard: { index: 2, count: 2 }, settings }), plainAger(1)),
  ]);
  const refused = two.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []));
  expect(refused).toEqual([
    expect.stringMatching(
      /ageing\.json: expected pictures aged with the same settings, got weights "[ab]" there, "[ab]" asked for\. Choose another directory/,
    ),
  ]);
});

test.each(['{"weights":', '[]', 'null', ''])(
  'settings of a directory that read %j are refused by name',
  async (text) => {
    const folder = await writePictures(1);
    const out = newFolder();
    writeFileSync(path.join(out, 'ageing.json'), text);
    const source = folderOfPictures(folder, out, FLAGS);
    await expect(ageMany(workOf(source, out, {}), plainAger(1))).rejects.toThrow(
      /ageing\.json: expected the settings that its pictures were aged with, got /,
    );
  },
);

test('parts of another count are not aged at the same time, nor the same part twice', async () => {
  const folder = await writePictures(3);
  const out = path.join(newFolder(), 'out');
  const source = folderOfPictures(folder, out, FLAGS);
  const never = (): never => {
    throw new Error('held');
  };
  const unlock = await lockDirectory(out, 'lock-2-of-3', never);
  const part = (index: number, count: number): Promise<ManyOutcome> =>
    ageMany(workOf(source, out, { shard: { index, count } }), plainAger(1));
  await expect(part(1, 2)).rejects.toThrow(
    `--shard: expected parts of 3, as the process works in that has ${path.join(out, 'lock-2-of-3')}, got parts of 2. Wait for it`,
  );
  await expect(ageMany(workOf(source, out), plainAger(1))).rejects.toThrow('got all at once');
  await expect(part(2, 3)).rejects.toThrow(/expected a directory and a part that nobody ages, got/);
  await part(1, 3);
  await unlock();
  expect((await part(1, 2)).pictures).toBeGreaterThanOrEqual(0);
});

test('a picture that the machine failed on is in no manifest, and aged next time; the others are aged', async () => {
  const folder = await writePictures(5);
  // reading it is an error of the machine
  symlinkSync('/proc/self/mem', path.join(folder, 'far.png'));
  const out = path.join(newFolder(), 'out');
  const source = folderOfPictures(folder, out, FLAGS);
  await expect(ageMany(workOf(source, out), plainAger(4))).rejects.toThrow(
    `${out}: expected every picture aged, got 1 that the machine failed on: far.png (EIO: i/o error, read). Look at`,
  );
  expect(linesIn(out)).toHaveLength(5);
  expect((await surveyMany(source, out, 1)).open).toEqual([1]);
});

test('what is wrong with folders and lists is said', async () => {
  const folder = await writePictures(1);
  expect(() => folderOfPictures(folder, path.join(folder, 'aged'), FLAGS)).toThrow(
    `--out: expected a directory outside of the pictures', got ${folder}/aged, which is in ${folder}.`,
  );
  expect(() => folderOfPictures(`${folder}/none`, '/out', FLAGS)).toThrow(
    'age: expected a folder of pictures, got',
  );
  expect(() => listOfPictures(folder)).toThrow(
    `--list: expected a text file with the path of a picture on each line, got ${folder}, which is none`,
  );
  const empty = newFolder();
  const out = path.join(newFolder(), 'out');
  await expect(
    ageMany(workOf(folderOfPictures(empty, out, FLAGS), out), plainAger(1)),
  ).rejects.toThrow(`${empty}: expected pictures, got none`);
  writeFileSync(path.join(out, 'manifest.jsonl'), '{"name": "x"}\n');
  await expect(surveyMany(listOfPictures(ASTRONAUT), out, 1)).rejects.toThrow(
    /manifest\.jsonl, line 1: expected JSON with the id of a picture, got \{"name": "x"\}\. Remove the line/,
  );
});

describe('with a generator', () => {
  let ager: Ager;
  let masked: Ager;
  let models = '';
  beforeAll(async () => {
    await openEngine();
    models = newFolder();
    await writeTinyModel(path.join(models, 'plain'), 'residual');
    await writeTinyModel(path.join(models, 'masked'), 'masked');
    ager = await openAger(path.join(models, 'plain'));
    masked = await openAger(path.join(models, 'masked'));
  });
  afterAll(() => {
    ager.dispose();
    masked.dispose();
  });

  test('crops in parts and after a stop have the pictures that they have in one go, to the last byte', async () => {
    const folder = await writePictures(21);
    await sharp(path.join(folder, 'person 0', '0.png'))
      .resize(30, 20, { fit: 'fill' })
      .jpeg()
      .toFile(path.join(folder, 'wide.jpg'));
    const at = { whole: path.join(newFolder(), 'a'), parts: path.join(newFolder(), 'b') };
    const agerFor = (out: string) => cropAger(ager, { groups: [1, 4], out, showMask: false });
    const source = folderOfPictures(folder, at.whole, FLAGS);
    await ageMany(workOf(source, at.whole), agerFor(at.whole));
    let batches = 0;
    const isStopped = (): boolean => ++batches > 12;
    await ageMany(workOf(source, at.parts, { isStopped }), agerFor(at.parts));
    expect(linesIn(at.parts)).toHaveLength(8);
    for (const index of [3, 1, 2])
      await ageMany(workOf(source, at.parts, { shard: { index, count: 3 } }), agerFor(at.parts));
    expect(linesIn(at.parts)).toEqual(linesIn(at.whole));
    const files = filesIn(at.whole);
    expect(Object.keys(files)).toHaveLength(22 * 3);
    expect(filesIn(at.parts)).toEqual(files);
    const wide = linesIn(at.whole).find(({ name }) => name === 'wide.jpg');
    expect(wide).toMatchObject({
      oblong: [30, 20],
      faces: [{ centre: null, pictures: [{ group: 1 }, { group: 4, years: [51, null] }] }],
    });
    const named = linesIn(at.whole).flatMap((line) =>
      'faces' in line
        ? line.faces.flatMap(({ input, pictures }) => [input, ...pictures.map(({ file }) => file)])
        : [],
    );
    expect(named.sort()).toEqual(Object.keys(files).sort());
  });

  test('a photograph’s files and masks are named in its line', async () => {
    const folder = newFolder();
    const list = path.join(folder, 'list');
    writeFileSync(list, `${ASTRONAUT}\n`);
    const out = path.join(newFolder(), 'out');
    const how = { groups: [4], out, minFace: 40, showMask: true };
    await ageMany(workOf(listOfPictures(list), out), photographAger(masked, how));
    const [line] = linesIn(out);
    const stem = `${line!.id.slice(0, 3)}/astronaut-${line!.id}`;
    expect(line).toMatchObject({
      name: ASTRONAUT,
      pictures: [{ group: 4, name: '50+', file: `${stem}_50+.png` }],
      faces: [
        {
          face: 1,
          input: `faces/${stem}_face1.png`,
          pictures: [
            { file: `faces/${stem}_face1_50+.png`, mask: `faces/${stem}_face1_50+_mask.png` },
          ],
        },
      ],
    });
    expect(Object.keys(filesIn(out))).toHaveLength(4);
    expect(() => photographAger(ager, how)).toThrow('--show_mask: expected a generator that has');
  });

  test('models are told apart by what is in them, not by where they lie', async () => {
    const [one, other] = ['plain', 'masked'].map((name) => path.join(models, name));
    const copy = path.join(newFolder(), 'copy');
    await writeTinyModel(copy, 'residual');
    expect(await modelDigest(one!)).toMatch(/^[0-9a-f]{16}$/);
    expect(await modelDigest(copy)).toBe(await modelDigest(one!));
    expect(await modelDigest(other!)).not.toBe(await modelDigest(one!));
  });
});
