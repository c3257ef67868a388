import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import type { AgedFiles } from '../../src/ageing/age-files';
import { ContactSheet } from '../../src/ageing/contact-sheet';
import { runAge } from '../../src/cli/age';
import { resolveConfig } from '../../src/config/load';
import { openEngine } from '../../src/engine/open-engine';
import { tf } from '../../src/engine/tf';
import { decodeImage } from '../../src/images/image';
import { SHIPPED, shippedModel } from '../../src/weights/shipped';
import { ASTRONAUT } from '../support/astronaut';
import { temporaryFolders } from '../support/temporary';
import { writeTinyModel } from '../support/tiny-model';

type Settings = Readonly<Record<string, string | boolean>>;
type Told = Omit<AgedFiles, 'leftOut'> & { left_out: string[] };

const newFolder = temporaryFolders();
let models = '';
let model = '';
let masked = '';
let said: string[] = [];
let noted: string[] = [];

beforeAll(async () => {
  await openEngine();
  models = newFolder();
  model = path.join(models, SHIPPED.generator);
  masked = path.join(models, 'masked');
  await writeTinyModel(model, 'residual');
  await writeTinyModel(masked, 'masked');
});
beforeEach(() => {
  said = [];
  noted = [];
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => noted.push(String(text)) > 0);
});
afterEach(() => jest.restoreAllMocks());

/** Ages as the command does. @returns what `--json` prints */
async function age(photographs: readonly string[], settings: Settings = {}): Promise<Told> {
  const given = { model, json: true, out: path.join(newFolder(), 'aged'), ...settings };
  const behind = { word: null, paths: photographs };
  expect(await runAge(resolveConfig('age', given, behind), null, photographs)).toBe(0);
  return JSON.parse(said.pop() ?? '') as Told;
}

test('a portrait: the face is found, aged, and put back; everything else stays', async () => {
  const before = tf.memory().numTensors;
  const out = path.join(newFolder(), 'aged');
  const told = await age([ASTRONAUT], { out, to: '50+,25' });
  expect(tf.memory().numTensors).toBe(before);
  const at = (...parts: string[]): string => path.join(out, ...parts);
  const [photograph, ...others] = told.photographs;
  expect([others, told.left_out, told.sheet]).toEqual([[], [], at('contact-sheet.png')]);
  expect(photograph).toMatchObject({
    photograph: ASTRONAUT,
    pictures: [
      { group: 4, name: '50+', years: [51, null], file: at('astronaut_50+.png') },
      { group: 1, name: '21-30', years: [21, 30], file: at('astronaut_21-30.png') },
    ],
    faces: [
      {
        face: 1,
        input: at('faces/astronaut_face1.png'),
        pictures: [
          { name: '50+', file: at('faces/astronaut_face1_50+.png') },
          { name: '21-30', file: at('faces/astronaut_face1_21-30.png') },
        ],
      },
    ],
  });
  const [face] = photograph!.faces;
  expect(Math.hypot(face!.centre[0] - 220, face!.centre[1] - 120)).toBeLessThan(40);
  expect(face!.width).toBeGreaterThan(60);
  expect(readdirSync(out).sort()).toEqual([
    'astronaut_21-30.png',
    'astronaut_50+.png',
    'contact-sheet.png',
    'faces',
  ]);
  const source = await decodeImage(ASTRONAUT);
  const aged = await decodeImage(at('astronaut_50+.png'));
  expect([aged.width, aged.height]).toEqual([512, 512]);
  const differs = (x: number, y: number): number =>
    Math.abs((aged.data[3 * (512 * y + x)] ?? 0) - (source.data[3 * (512 * y + x)] ?? 0));
  const [x, y] = face!.centre;
  expect(Math.max(differs(x, y), differs(x + 15, y), differs(x, y + 15))).toBeGreaterThan(10);
  expect([differs(0, 0), differs(511, 511), differs(10, 500)]).toEqual([0, 0, 0]);
  const input = await decodeImage(at('faces/astronaut_face1.png'));
  expect([input.width, input.height]).toEqual([32, 32]);
});

test('what is said without --json is where the results are', async () => {
  const out = path.join(newFolder(), 'aged');
  const config = resolveConfig('age', { model, out, to: '50+' });
  await runAge(config, null, [ASTRONAUT]);
  expect(said.join('')).toBe(
    `${ASTRONAUT}, 1 face: ${out}/astronaut_50+.png\nall faces: ${out}/contact-sheet.png\n`,
  );
});

test('show_mask adds a mask to every face; without a mask it is an error', async () => {
  const told = await age([ASTRONAUT], { model: masked, to: '4', show_mask: true });
  const [aged] = told.photographs[0]!.faces[0]!.pictures;
  expect(aged!.mask).toMatch(/faces\/astronaut_face1_50\+_mask\.png$/);
  expect(existsSync(aged!.mask!)).toBe(true);
  const plain = await age([ASTRONAUT], { model: masked, to: '4' });
  expect(plain.photographs[0]!.faces[0]!.pictures[0]).not.toHaveProperty('mask');
  await expect(age([ASTRONAUT], { show_mask: true })).rejects.toThrow(
    '--show_mask: expected a generator that has a mask',
  );
});

test('what cannot be aged is left out with its reason; the rest is aged', async () => {
  const folder = newFolder();
  const write = (name: string, content: string | Buffer): void =>
    writeFileSync(path.join(folder, name), content);
  copyFileSync(ASTRONAUT, path.join(folder, 'me.png'));
  write('text.jpg', 'no picture');
  write('phone.heic', Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypheic0000')]));
  write(
    'wall.jpg',
    await sharp({ create: { width: 300, height: 300, channels: 3, background: '#88a' } })
      .jpeg()
      .toBuffer(),
  );
  const { photographs, left_out: leftOut } = await age([folder], { to: '50+' });
  expect(photographs.map(({ photograph }) => path.basename(photograph))).toEqual(['me.png']);
  expect(leftOut).toEqual([
    expect.stringMatching(/phone\.heic: expected a picture .* got HEIC, which .*Save it as JPEG/),
    expect.stringMatching(/text\.jpg: expected a whole picture/),
    expect.stringMatching(/wall\.jpg: expected a face, got no face: .*shows a face from the front/),
  ]);
  expect(noted.filter((text) => text.startsWith('left out: '))).toHaveLength(3);
});

test('min_face decides which faces are too small; where no photograph is aged that is the error', async () => {
  const out = path.join(newFolder(), 'aged');
  await expect(age([ASTRONAUT], { out, min_face: '400' })).rejects.toThrow(
    /astronaut\.png: expected a face, got too small: the widest face has \d+ pixels, fewer than 400\. Take a larger copy.*--min_face/,
  );
  expect(readdirSync(out)).toEqual(['faces']);
  expect((await age([ASTRONAUT], { min_face: '60' })).photographs).toHaveLength(1);
});

test('a result never takes the place of a photograph', async () => {
  const folder = newFolder();
  const [me, older] = ['me.png', 'me_50+.png'].map((name) => path.join(folder, name));
  for (const file of [me!, older!]) copyFileSync(ASTRONAUT, file);
  await expect(age([me!, older!], { out: folder, to: '50+' })).rejects.toThrow(
    `--out: expected a folder where no photograph is overwritten, got ${folder}, where ${older!} is one`,
  );
  expect(readFileSync(older!)).toEqual(readFileSync(ASTRONAUT));
});

test('Ctrl-C finishes the photograph, writes the sheet, and leaves nothing half-written', async () => {
  const folder = newFolder();
  for (const name of ['a.png', 'b.png', 'c.png']) copyFileSync(ASTRONAUT, path.join(folder, name));
  const out = path.join(newFolder(), 'aged');
  const config = resolveConfig('age', { model, out, to: '4', json: true });
  const add = jest.spyOn(ContactSheet.prototype, 'add').mockImplementationOnce(() => {
    process.emit('SIGINT');
    return Promise.resolve();
  });
  expect(await runAge(config, null, [folder])).toBe(130);
  const told = JSON.parse(said.pop() ?? '') as Told;
  expect(told).toMatchObject({ signal: 'SIGINT', sheet: path.join(out, 'contact-sheet.png') });
  expect(told.photographs).toHaveLength(1);
  expect(add).toHaveBeenCalledTimes(1);
  expect(readdirSync(out).sort()).toEqual(['a_50+.png', 'contact-sheet.png', 'faces']);
});

test('the model that comes with the package is found beside it; where it is not, an error says so', async () => {
  expect(shippedModel('generator', models)).toBe(model);
  expect(shippedModel('perceptual', models)).toBeNull();
  await expect(age([ASTRONAUT], { model: '/none' })).rejects.toThrow(
    '--model: expected a run, a checkpoint, or a TensorFlow 1 checkpoint, got /none',
  );
  if (shippedModel('generator') !== null) return;
  const config = resolveConfig('age', {});
  await expect(runAge(config, null, [ASTRONAUT])).rejects.toThrow(
    `--model: expected a trained model, got nothing, and this copy of ipcgan has no models/${SHIPPED.generator}.`,
  );
});
