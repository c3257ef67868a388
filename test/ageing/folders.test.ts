import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ageFolder } from '../../src/ageing/age-folder';
import type { AgedFolder } from '../../src/ageing/age-folder';
import type { Ager } from '../../src/ageing/ager';
import { passedOver, pictureNames } from '../../src/ageing/companions';
import { CELL_SIZE, SHEET_LABEL_WIDTH, SHEET_TOP } from '../../src/ageing/contact-sheet';
import { resultNames } from '../../src/ageing/result-names';
import { decodeImage, encodeJpeg, encodePng } from '../../src/images/image';
import type { RgbImage } from '../../src/images/pixels';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();
const SIZE = 8;
const plain = (width: number, height: number, value = 100): RgbImage => ({
  data: new Uint8Array(width * height * 3).fill(value),
  width,
  height,
});

/** Shows everybody as a grey square, as grey as the group is old. */
const ager = {
  label: 'grey',
  hasMask: false,
  groupNames: ['0-20', '21-30', '31-40'],
  ageCrops: (crops: readonly RgbImage[], groups: readonly number[]) =>
    Promise.resolve(
      crops.map(() => ({
        input: plain(SIZE, SIZE),
        pictures: groups.map((group) => ({
          group,
          name: '',
          image: plain(SIZE, SIZE, 50 * group),
          mask: null,
        })),
        place: null,
      })),
    ),
} as unknown as Ager;

const age = async (testDir: string): Promise<AgedFolder & { saved: string[] }> => {
  const saveDir = newFolder();
  const settings = { testDir, saveDir, groups: [1, 2], showMask: false };
  const aged = await ageFolder(ager, settings, () => undefined);
  return { ...aged, saved: readdirSync(saveDir).sort() };
};

test('results of two inputs never have one name', async () => {
  const folder = newFolder();
  const jpeg = await encodeJpeg(plain(SIZE, SIZE));
  for (const name of ['a.jpg', 'a.jpg_1.jpg', 'contact-sheet.png'])
    writeFileSync(path.join(folder, name), jpeg);
  const { saved, renamed, pictures } = await age(folder);
  expect(pictures).toBe(3);
  expect(renamed).toEqual([
    { name: 'a.jpg_1.jpg', results: 'a.jpg_1~2.jpg' },
    { name: 'contact-sheet.png', results: 'contact-sheet~2.png' },
  ]);
  expect(saved).toEqual(
    ['a.jpg', 'a.jpg_1~2.jpg', 'contact-sheet~2.png']
      .flatMap((name) => [name, `${name}_1.jpg`, `${name}_2.jpg`])
      .concat('contact-sheet.png')
      .sort(),
  );
});

test('names that other systems take for one are two', () => {
  const of = (...inputs: string[]) => resultNames(inputs, (name) => [name, `${name}_1.jpg`], []);
  expect(of('A.jpg', 'a.jpg')).toEqual(['A.jpg', 'a~2.jpg']);
  const composed = 'zoë.jpg';
  expect(of(composed, composed.normalize('NFD'))[1]).toBe('zoë~2.jpg'.normalize('NFD'));
  expect(of('b.jpg', 'c.jpg')).toEqual(['b.jpg', 'c.jpg']);
});

test('what is a picture and passed over is said: formats that are not read, and folders', async () => {
  const folder = newFolder();
  mkdirSync(path.join(folder, 'sub/deep'), { recursive: true });
  mkdirSync(path.join(folder, 'empty'));
  const names = ['a.jfif', 'b.JPEG', 'c.HEIC', 'd.txt', '.e.heic', 'sub/f.jpg', 'sub/deep/g.heic'];
  for (const name of names) writeFileSync(path.join(folder, name), 'x');
  // folders that are called as pictures are
  mkdirSync(path.join(folder, 'h.jpg'));
  writeFileSync(path.join(folder, 'h.jpg/i.jpg'), 'x');
  symlinkSync('sub', path.join(folder, 'k.jpg'));
  symlinkSync('a.jfif', path.join(folder, 'l.jpg'));
  expect(await pictureNames(folder, '--test_data_dir')).toEqual(['a.jfif', 'b.JPEG', 'l.jpg']);
  expect(await passedOver(folder)).toEqual([
    `${folder}/c.HEIC: it is not read: save it as JPEG or PNG`,
    `${folder}/h.jpg: a folder of 1 pictures, which are not looked at: name it as --test_data_dir`,
    `${folder}/k.jpg: a folder of 1 pictures, which are not looked at: name it as --test_data_dir`,
    `${folder}/sub: a folder of 2 pictures, which are not looked at: name it as --test_data_dir`,
  ]);
  const above = newFolder();
  mkdirSync(path.join(above, 'faces'));
  writeFileSync(path.join(above, 'faces/a.jpg'), 'x');
  await expect(pictureNames(above, '--test_data_dir')).rejects.toThrow(
    `--test_data_dir: expected a folder of pictures, got ${above}, which holds none. ${above}/faces: a folder of 1 pictures`,
  );
});

test('crops that are not square are said to be squeezed, and the sheet shows them so', async () => {
  const folder = newFolder();
  // black to the left and to the right, white between: cut to a square it would be white
  const wide = plain(30, 10, 255);
  for (let y = 0; y < 10; y++)
    for (let x = 0; x < 30; x++)
      if (x < 10 || x >= 20) wide.data.fill(0, (y * 30 + x) * 3, (y * 30 + x) * 3 + 3);
  writeFileSync(path.join(folder, 'wide.png'), await encodePng(wide));
  writeFileSync(path.join(folder, 'square.png'), await encodePng(plain(9, 9)));
  const { squeezed, contactSheet } = await age(folder);
  expect(squeezed).toEqual(['wide.png (30 x 10)']);
  const sheet = await decodeImage(readFileSync(contactSheet), 'the sheet');
  // the second row, for names are sorted
  const y = SHEET_TOP + CELL_SIZE + 4 + CELL_SIZE / 2;
  const at = (x: number): number => sheet.data[(y * sheet.width + SHEET_LABEL_WIDTH + x) * 3]!;
  expect(at(8)).toBeLessThan(30);
  expect(at(CELL_SIZE / 2)).toBeGreaterThan(225);
  expect(at(CELL_SIZE - 8)).toBeLessThan(30);
});
