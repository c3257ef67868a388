import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { resolveConfig } from '../../src/config/load';
import { ageClasses, identityClasses } from '../../src/data/classification-data';
import { checkHeaders, checkWhole } from '../../src/data/check-pictures';
import { readDataset } from '../../src/data/dataset';
import { openTrainingData, withDataset } from '../../src/train/training-data';
import { drawnDataset } from '../support/drawn-dataset';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();
const FORMATS = ['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif'] as const;

/** A folder with a picture of each format, and what is none. */
async function folderOf(others: Readonly<Record<string, string | Buffer>>): Promise<string> {
  const folder = newFolder();
  const picture = sharp({ create: { width: 64, height: 64, channels: 3, background: '#a52' } });
  for (const format of FORMATS)
    writeFileSync(
      path.join(folder, `a.${format}`),
      await picture.clone().toFormat(format).toBuffer(),
    );
  for (const [name, content] of Object.entries(others))
    writeFileSync(path.join(folder, name), content);
  return folder;
}

const listOf = (file: string, names: readonly string[]) => ({
  file: path.join('lists', file),
  entries: names.map((name, i) => ({ name, line: i + 1 })),
});

test('what is no picture by its first bytes is named, with every line of every list that names it', async () => {
  const others = {
    'empty.jpg': '',
    'pointer.jpg': 'version https://git-lfs.github.com/spec/v1\noid sha256:0\n',
    'phone.jpg': Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1', 'latin1'),
  };
  const folder = await folderOf(others);
  const good = FORMATS.map((format) => `a.${format}`);
  await checkHeaders([listOf('train.txt', good)], folder);
  const lists = [
    listOf('train.txt', [...good, ...Object.keys(others)]),
    listOf('train_age_group_0.txt', ['empty.jpg', 'gone.jpg']),
  ];
  const message = await checkHeaders(lists, folder).then(
    () => '',
    (error: unknown) => (error as Error).message,
  );
  expect(message).toContain(`${folder}: expected whole pictures, got 4 wrong: `);
  expect(message).toContain(
    "'empty.jpg' (train.txt line 7, train_age_group_0.txt line 1): an empty file",
  );
  expect(message).toContain("'pointer.jpg' (train.txt line 8): no picture by its first bytes");
  expect(message).toContain("'phone.jpg' (train.txt line 9): HEIC, which cannot be decoded here");
  expect(message).toMatch(/'gone\.jpg' \(train_age_group_0\.txt line 2\): .*ENOENT/);
  expect(message).toContain('Replace them, or remove these lines.');
});

test('what is cut off has a good beginning, and is found by decoding it; each picture is decoded once', async () => {
  const folder = await folderOf({});
  const whole = readFileSync(path.join(folder, 'a.jpeg'));
  writeFileSync(path.join(folder, 'cut.jpg'), whole.subarray(0, whole.length - 40));
  const lists = [
    listOf('train.txt', ['a.png', 'a.jpeg', 'cut.jpg']),
    listOf('test.txt', ['a.png']),
  ];
  await checkHeaders(lists, folder);
  const seen: number[] = [];
  await expect(checkWhole(lists, folder, (done) => seen.push(done))).rejects.toThrow(
    "got 1 wrong: 'cut.jpg' (train.txt line 3): ",
  );
  expect(seen).toEqual([1, 2, 3]);
});

describe('a prepared data set with a picture that is cut off', () => {
  let data = '';
  let picture = '';
  const open = async (flags: Readonly<Record<string, string | boolean>>) => {
    const config = {
      data,
      batch_size: '2',
      checkpoint_dir: path.join(newFolder(), 'run'),
      ...flags,
    };
    return openTrainingData(await withDataset(resolveConfig('train', config).config));
  };
  beforeAll(async () => {
    const { directory } = await drawnDataset(newFolder(), 10);
    data = path.join(newFolder(), 'data');
    mkdirSync(data);
    cpSync(directory, data, { recursive: true });
    picture = readFileSync(path.join(data, 'train.txt'), 'utf8').split(/ \d+\n/)[0] ?? '';
    const file = path.join((await readDataset(data)).rootFolder, picture);
    writeFileSync(file, readFileSync(file).subarray(0, 200));
  });

  test('check_data finds it before training; without, its beginning is good', async () => {
    await open({});
    await expect(open({ check_data: true })).rejects.toThrow(
      new RegExp(
        `expected whole pictures, got 1 wrong: '${picture}' \\(train_age_group_\\d\\.txt line \\d+, train\\.txt line 1\\)`,
      ),
    );
  });

  test('one that is empty is found always, by train and by both tasks of pretrain', async () => {
    const dataset = await readDataset(data);
    writeFileSync(path.join(dataset.rootFolder, picture), '');
    const said = /expected whole pictures, got 1 wrong: .*: an empty file/;
    await expect(open({})).rejects.toThrow(said);
    await expect(ageClasses(dataset)).rejects.toThrow(said);
    await expect(identityClasses(dataset, 1)).rejects.toThrow(said);
  });
});
