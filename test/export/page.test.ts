import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { openAger, pasteFaces } from '../../src/ageing/ager';
import type { Ager, AgedFace } from '../../src/ageing/ager';
import { openEngine } from '../../src/engine/open-engine';
import { decodeImage } from '../../src/images/image';
import type { RgbImage } from '../../src/images/pixels';
import { ASTRONAUT } from '../support/astronaut';
import { describeInChromium, newPage, openChromium } from '../support/chromium';
import type { WatchedPage } from '../support/chromium';
import {
  exportRandomPage,
  meanDifference,
  partOf,
  PATIENCE,
  pixelsOf,
  untilShown,
  untilState,
} from '../support/page';
import { serveFolder } from '../support/serve-folder';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();
const GROUPS = ['11-20', '21-30', '31-40', '41-50', '50+'];
/** Landmarks in another arithmetic: a hundredth of a pixel; in levels of 255, on average. */
const TOLERANCE = 1;
/** The same of a whole photograph, of which a face is about a tenth. */
const WHOLE_TOLERANCE = 0.1;

/** Whether a page is offered a graphics card, or a program that stands for one. */
async function offersWebgpu(browser: Browser, origin: string): Promise<boolean> {
  const { page } = await newPage(browser);
  await page.goto(`${origin}/style.css`);
  const isThere = `(async () => (await navigator.gpu?.requestAdapter()) != null)()`;
  return page.evaluate<boolean>(isThere);
}

/** Mean difference of a part of two pictures. */
const partDifference = async (
  a: RgbImage,
  b: RgbImage,
  part: Parameters<typeof partOf>[1],
): Promise<number> => meanDifference(await partOf(a, part), await partOf(b, part));

let exported: Awaited<ReturnType<typeof exportRandomPage>>;
let ager: Ager;
beforeAll(async () => {
  await openEngine();
  exported = await exportRandomPage(newFolder());
  ager = await openAger(exported.model);
});
afterAll(() => ager.dispose());

test('a page is a folder of files that needs nothing else', () => {
  const { folder, told } = exported;
  expect(told).toMatchObject({ form: 'web', out: folder, weights: { type: 'float16' } });
  expect(readdirSync(folder).sort()).toEqual([
    'MODEL.md',
    'app',
    'index.html',
    'model',
    'samples',
    'service-worker.js',
    'style.css',
    'vendor',
  ]);
  expect(readdirSync(path.join(folder, 'model')).sort()).toEqual([
    'MODEL.md',
    'ipcgan.json',
    'model.json',
    'weights.bin',
  ]);
});

test('what is kept for offline use is every file that the page may ask for', () => {
  const { folder } = exported;
  const script = readFileSync(path.join(folder, 'service-worker.js'), 'utf8');
  const page = JSON.parse(/^const PAGE = (.*);$/m.exec(script)?.[1] ?? '') as {
    version: string;
    files: string[];
  };
  const there = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .filter((file) => file !== 'MODEL.md' && file !== 'service-worker.js');
  expect(page.files.sort()).toEqual(['./', ...there].sort());
  expect(page.version).toMatch(/^[0-9a-f]{64}$/);
});

test('its policy lets it ask its own server for files, and nobody else for anything', () => {
  const html = readFileSync(path.join(exported.folder, 'index.html'), 'utf8');
  const policy = /http-equiv="Content-Security-Policy"\s+content="([^"]*)"/.exec(html)?.[1] ?? '';
  expect(policy.split('; ').sort()).toEqual([
    "base-uri 'none'",
    "connect-src 'self'",
    "default-src 'none'",
    "form-action 'none'",
    "img-src 'self' blob: data:",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "worker-src 'self'",
  ]);
});

describeInChromium('the page in Chromium', () => {
  let browser: Browser;
  let server: Awaited<ReturnType<typeof serveFolder>>;
  let watched: WatchedPage;
  let page: Page;
  let command: AgedFace;
  const portrait = (on = page): Promise<string> =>
    untilShown(on, () => on.getByRole('button', { name: 'Portrait, NASA' }).click());
  const large = (): Promise<RgbImage> => pixelsOf(page.locator('#picture'));
  const crop = (name: string, on = page): Promise<RgbImage> =>
    pixelsOf(on.getByRole('button', { name }).locator('canvas'));
  const show = (view: string): Promise<void> => page.getByText(view, { exact: true }).click();

  beforeAll(async () => {
    server = await serveFolder(exported.folder);
    browser = await openChromium();
    watched = await newPage(browser);
    page = watched.page;
    await page.goto(server.origin);
    command = (await ager.age(ASTRONAUT, { groups: [0, 4] }))[0]!;
  });
  afterAll(async () => {
    await browser.close();
    server.close();
  });

  test("shows the portrait's face at every age, as the command does, and the first before the others", async () => {
    expect(await untilState(page, 'ready', 'error')).toBe('Ready. Choose a photograph.');
    await page.evaluate(`void (() => {
      window.said = [];
      const status = document.getElementById('status');
      new MutationObserver(() => said.push(status.textContent)).observe(status, { childList: true });
    })()`);
    expect(await portrait()).toMatch(/^One face at 5 ages, in [\d.]+ s\.$/);
    const said = await page.evaluate<string[]>('said');
    expect(said.slice(0, 2)).toEqual([
      'Looking for faces…',
      expect.stringMatching(/^One face: 1 of 5 ages after [\d.]+ s…$/),
    ]);
    expect(await page.locator('.crop').allTextContents()).toEqual(['original', ...GROUPS]);
    const [young, old] = command.pictures;
    expect(meanDifference(await crop('Face, original'), command.input)).toBeLessThan(TOLERANCE);
    expect(meanDifference(await crop('Face, 11-20'), young!.image)).toBeLessThan(TOLERANCE);
    expect(meanDifference(await crop('Face, 50+'), old!.image)).toBeLessThan(TOLERANCE);
    await expect(page.locator('#age').textContent()).resolves.toBe('50+');
    expect(watched.errors).toEqual([]);
    expect(watched.requests.length).toBeGreaterThan(10);
    expect(watched.requests.filter((url) => !url.startsWith(server.origin))).toEqual([]);
  });

  test('says what computes, and on what it was trained', async () => {
    await page.getByText('About the model').click();
    const facts = await page.locator('#facts').innerText();
    expect(facts).toContain(
      'the processor (WebAssembly): this browser only emulates WebGL and offers no WebGPU',
    );
    expect(facts).toContain('Random numbers.');
    expect(await page.locator('#card').textContent()).toBe(
      readFileSync(path.join(exported.folder, 'model', 'MODEL.md'), 'utf8'),
    );
    await page.getByText('About the model').click();
  });

  test('shows a small face close up, and the whole photograph as the command puts it together', async () => {
    const closeUp = page.getByLabel('Close up');
    expect(await closeUp.isChecked()).toBe(true);
    const part = await large();
    await closeUp.uncheck();
    const whole = await large();
    expect([whole.width, whole.height]).toEqual([512, 512]);
    expect(part.width).toBeLessThan(whole.width / 2);
    expect(meanDifference(whole, await pasteFaces(ASTRONAUT, [command], 4))).toBeLessThan(
      WHOLE_TOLERANCE,
    );
  });

  test('moves between the ages by the keyboard, and by a click on a face', async () => {
    const slider = page.getByRole('slider', { name: 'Age' });
    const original = await decodeImage(ASTRONAUT);
    await slider.press('Home');
    expect(meanDifference(await large(), original)).toBe(0);
    await slider.press('ArrowRight');
    const between = await large();
    await page.getByRole('button', { name: 'Face, 11-20' }).click();
    expect(await slider.getAttribute('aria-valuetext')).toBe('11-20');
    const young = await large();
    // a tenth of the way
    const mixed = original.data.map((value, i) => value + 0.1 * (young.data[i]! - value));
    expect(meanDifference(between, { ...young, data: mixed })).toBeLessThan(WHOLE_TOLERANCE);
    expect(meanDifference(original, young)).toBeGreaterThan(5 * WHOLE_TOLERANCE);
  });

  test('compares with the original on either side of a line that moves', async () => {
    const aged = await large();
    await show('Compare');
    const wipe = page.getByRole('slider', { name: 'Where the original ends' });
    await wipe.fill('25');
    await wipe.press('ArrowRight');
    const compared = await large();
    const original = await decodeImage(ASTRONAUT);
    const at = Math.round(0.26 * 512);
    const left = { left: 0, top: 0, width: at - 1, height: 512 };
    const right = { left: at + 1, top: 0, width: 511 - at, height: 512 };
    expect(await partDifference(compared, original, left)).toBe(0);
    expect(await partDifference(compared, aged, right)).toBe(0);
    await show('Picture');
    expect(meanDifference(await large(), aged)).toBe(0);
  });

  test('shows where the face was changed, and nothing of it at the original', async () => {
    await show('Changes');
    const changed = await large();
    await page.getByRole('slider', { name: 'Age' }).press('Home');
    const none = await large();
    const outside = { left: 0, top: 400, width: 512, height: 112 };
    expect(await partDifference(changed, none, outside)).toBe(0);
    expect(meanDifference(changed, none)).toBeGreaterThan(0.1);
    await show('Picture');
  });

  test('saves the picture that is shown, at full size', async () => {
    await page.getByRole('button', { name: 'Face, 50+' }).click();
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save picture' }).click();
    const saved = await download;
    expect(saved.suggestedFilename()).toBe('face at 50 and over.png');
    expect(meanDifference(await decodeImage(await saved.path()), await large())).toBe(0);
  });

  test('saves a video that moves from the original to the oldest', async () => {
    await page.getByLabel('Close up').check();
    const slider = page.getByRole('slider', { name: 'Age' });
    await slider.press('Home');
    const original = await large();
    await slider.press('End');
    const old = await large();
    const download = page.waitForEvent('download', { timeout: PATIENCE });
    await page.getByRole('button', { name: 'Save video' }).click();
    const saved = await download;
    expect(saved.suggestedFilename()).toBe('face at all ages.webm');
    const video = readFileSync(await saved.path()).toString('base64');
    const player = await newPage(browser);
    const frames = await player.page.evaluate<string[]>(`(async () => {
      const video = document.createElement('video');
      video.muted = true;
      video.src = 'data:video/webm;base64,${video}';
      const frame = () => {
        const canvas = document.createElement('canvas');
        canvas.width = video.videoWidth;
        canvas.height = video.videoHeight;
        canvas.getContext('2d').drawImage(video, 0, 0);
        return canvas.toDataURL();
      };
      const first = new Promise((resolve) =>
        video.requestVideoFrameCallback(() => resolve(frame())),
      );
      const ended = new Promise((resolve) => video.addEventListener('ended', resolve));
      await video.play();
      await ended;
      return [await first, frame()];
    })()`);
    const { width, height } = original;
    const [first, last] = await Promise.all(
      frames.map(async (url) => {
        const frame = Buffer.from(url.split(',')[1]!, 'base64');
        const small = await sharp(frame).resize(width, height, { fit: 'fill' }).png().toBuffer();
        return decodeImage(small, 'a frame');
      }),
    );
    // what an encoder loses, against what age changes
    expect(meanDifference(first!, original)).toBeLessThan(meanDifference(first!, old));
    expect(meanDifference(last!, old)).toBeLessThan(meanDifference(last!, original));
  });

  test('of several faces each is changed or left, as is ticked', async () => {
    const pair = await sharp({
      create: { width: 1024, height: 512, channels: 3, background: 'white' },
    })
      .composite([
        { input: ASTRONAUT, left: 0, top: 0 },
        { input: ASTRONAUT, left: 512, top: 0 },
      ])
      .png()
      .toBuffer();
    const file = path.join(newFolder(), 'pair.png');
    writeFileSync(file, pair);
    const said = await untilShown(page, () => page.setInputFiles('#file', file));
    expect(said).toMatch(/^2 faces at 5 ages/);
    await page.getByLabel('Close up').setChecked(false);
    const faces = await ager.age(pair, { groups: [4] });
    const both = await large();
    expect(meanDifference(both, await pasteFaces(pair, faces, 4))).toBeLessThan(WHOLE_TOLERANCE);
    await page.getByLabel('Change face 1').uncheck();
    const one = await large();
    const left = { left: 0, top: 0, width: 512, height: 512 };
    const right = { ...left, left: 512 };
    expect(meanDifference(await partOf(one, left), await decodeImage(ASTRONAUT))).toBe(0);
    expect(await partDifference(one, both, right)).toBe(0);
  });

  const small = (): Promise<Buffer> => sharp(ASTRONAUT).resize(150).png().toBuffer();
  const blank = (): Promise<Buffer> =>
    sharp({ create: { width: 300, height: 200, channels: 3, background: 'grey' } })
      .png()
      .toBuffer();
  test.each([
    ['notes.png', () => Buffer.from('x'), 'notes.png is not a picture that this browser can read'],
    ['me.heic', () => Buffer.from('x'), 'me.heic is a HEIC picture, which browsers cannot read'],
    ['wall.png', blank, 'No face was found in this picture'],
    ['small.png', small, /^The largest face is \d+ pixels wide, fewer than 40/],
  ] as const)('says clearly what is wrong with %s', async (name, content, message) => {
    const file = path.join(newFolder(), name);
    writeFileSync(file, await content());
    const said = await untilShown(page, () => page.setInputFiles('#file', file));
    expect(said).toEqual(
      typeof message === 'string'
        ? expect.stringContaining(message)
        : expect.stringMatching(message),
    );
    expect(await page.locator('body').getAttribute('data-state')).toBe('error');
  });

  test('says that there is no camera', async () => {
    const said = await untilShown(page, () => page.getByRole('button', { name: 'camera' }).click());
    expect(said).toContain('No camera was found');
    expect(watched.errors).toEqual([]);
  });

  test('shows a photograph that is dropped', async () => {
    const bytes = readFileSync(ASTRONAUT).toString('base64');
    const said = await untilShown(page, () =>
      page.evaluate(`(async () => {
        const bytes = Uint8Array.from(atob('${bytes}'), (letter) => letter.charCodeAt(0));
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([bytes], 'dropped.png', { type: 'image/png' }));
        document.getElementById('drop').dispatchEvent(
          new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }),
        );
      })()`),
    );
    expect(said).toMatch(/^One face at 5 ages/);
  });

  test('cannot send anything elsewhere', async () => {
    const elsewhere = await serveFolder(exported.folder);
    const failed = `fetch('${elsewhere.origin}/index.html').then(() => 'sent', (error) => error.name)`;
    expect(await page.evaluate(failed)).toBe('TypeError');
    expect(watched.errors.at(-1)).toContain('Content Security Policy');
    elsewhere.close();
  });

  test.each([
    ['webgl', 'WebGL', []],
    ['webgpu', 'WebGPU', ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader']],
  ] as const)('by %s it shows the same', async (name, said, flags) => {
    const own = await openChromium(...flags);
    const {
      page: other,
      errors,
      requests,
    } = await newPage(own, {
      // it would ask for every file
      serviceWorkers: 'block',
    });
    other.setDefaultTimeout(PATIENCE);
    if (name === 'webgpu' && !(await offersWebgpu(own, server.origin))) {
      process.stderr.write(`SKIPPED: by WebGPU it shows the same: this Chromium offers none\n`);
      await own.close();
      return;
    }
    await other.goto(`${server.origin}/?backend=${name}`);
    const facts = other.locator('#facts');
    expect(await portrait(other)).toMatch(/^One face at 5 ages/);
    expect(await facts.textContent()).toContain(`the graphics card (${said})`);
    const picture = await crop('Face, 50+', other);
    expect(meanDifference(picture, command.pictures[1]!.image)).toBeLessThan(TOLERANCE);
    expect(requests.filter((url) => url.includes('/vendor/webgpu/'))).toHaveLength(
      name === 'webgpu' ? 1 : 0,
    );
    expect(errors).toEqual([]);
    await own.close();
  });
});
