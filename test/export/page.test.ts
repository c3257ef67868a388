import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openAger, pasteFaces } from '../../src/ageing/ager';
import { runExport } from '../../src/cli/export';
import { resolveConfig } from '../../src/config/load';
import { openEngine } from '../../src/engine/open-engine';
import type { RgbImage } from '../../src/images/pixels';
import { ASTRONAUT } from '../support/astronaut';
import { CHROMIUM, hasChromium, openPage } from '../support/chromium';
import type { OpenPage } from '../support/chromium';
import { writeRandomModel } from '../support/random-generator';
import { serveFolder } from '../support/serve-folder';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();
const isThere = hasChromium();
const IN_CHROMIUM = 'the page in Chromium';
if (!isThere)
  process.stderr.write(
    `SKIPPED: ${IN_CHROMIUM}: no ${CHROMIUM}; IPCGAN_CHROMIUM names one that is\n`,
  );
const GROUPS = ['11-20', '21-30', '31-40', '41-50', '50+'];
/** How often it is asked how the page stands, in ms. */
const OFTEN = 200;

let model = '';
let folder = '';
beforeAll(async () => {
  await openEngine();
  model = path.join(newFolder(), 'model');
  await writeRandomModel(model, { kind: 'shaded', upsampling: 'resize', labelScale: 1 });
  folder = path.join(newFolder(), 'page');
  const said = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  const config = resolveConfig('export', { to: 'web', model, out: folder, json: true });
  expect(await runExport(config)).toBe(0);
  const told = JSON.parse(String(said.mock.calls.at(-1)?.[0])) as unknown;
  said.mockRestore();
  expect(told).toMatchObject({ form: 'web', out: folder, weights: { type: 'float16' } });
});

test('a page is a folder of files that needs nothing else', () => {
  expect(readdirSync(folder).sort()).toEqual([
    'MODEL.md',
    'app',
    'index.html',
    'model',
    'sample.png',
    'style.css',
    'vendor',
  ]);
  expect(readdirSync(path.join(folder, 'model')).sort()).toEqual([
    'ipcgan.json',
    'model.json',
    'weights.bin',
  ]);
});

(isThere ? describe : describe.skip)(IN_CHROMIUM, () => {
  let page: OpenPage;
  let server: Awaited<ReturnType<typeof serveFolder>>;
  const status = (): Promise<string> =>
    page.evaluate('document.getElementById("status").textContent');
  /** Waits until a photograph is shown, or cannot be. @returns which */
  const outcome = async (): Promise<string> => {
    for (;;) {
      const state = await page.evaluate<string>('document.body?.dataset.state ?? ""');
      if (state === 'done' || state === 'error') return state;
      await new Promise((resolve) => setTimeout(resolve, OFTEN));
    }
  };
  /** Chooses a file as a click does. */
  const choose = async (file: string): Promise<void> => {
    const { root } = (await page.send('DOM.getDocument')) as { root: { nodeId: number } };
    const { nodeId } = await page.send('DOM.querySelector', {
      nodeId: root.nodeId,
      selector: '#file',
    });
    await page.evaluate('void (document.body.dataset.state = "busy")');
    await page.send('DOM.setFileInputFiles', { nodeId, files: [file] });
  };
  /** What a canvas shows. */
  const pixelsOf = async (label: string): Promise<RgbImage> => {
    const { rgba, width, height } = await page.evaluate<{
      rgba: number[];
      width: number;
      height: number;
    }>(`(() => {
      const canvas = document.querySelector('canvas[aria-label="${label}"]');
      const { width, height } = canvas;
      const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
      return { rgba: [...data], width, height };
    })()`);
    return { data: Uint8Array.from(rgba.filter((_, i) => i % 4 < 3)), width, height };
  };

  beforeAll(async () => {
    server = await serveFolder(folder);
    page = await openPage(newFolder(), { width: 1280, height: 1000 });
    await page.goTo(`${server.origin}/#sample`);
  });
  afterAll(async () => {
    await page.close();
    server.close();
  });

  test("shows the sample's face at every age, as the command does, and asks nobody else for anything", async () => {
    expect([await outcome(), await status()]).toEqual([
      'done',
      expect.stringContaining('One face at 5 age groups'),
    ]);
    expect(
      await page.evaluate(
        '[...document.querySelectorAll("#faces figcaption")].map((c) => c.firstChild.textContent)',
      ),
    ).toEqual(['original', ...GROUPS]);
    const ager = await openAger(model);
    const [face] = await ager.age(ASTRONAUT, { groups: [0, 4] });
    ager.dispose();
    const shown: readonly (readonly [string, RgbImage])[] = [
      ['Face, original', face!.input],
      ['Face, 11-20', face!.pictures[0]!.image],
      ['Face, 50+', face!.pictures[1]!.image],
      ['Photograph, 50+', await pasteFaces(ASTRONAUT, [face!], 4)],
    ];
    for (const [name, expected] of shown) {
      const got = await pixelsOf(name);
      expect([got.width, got.height]).toEqual([expected.width, expected.height]);
      const sum = got.data.reduce(
        (total, value, i) => total + Math.abs(value - expected.data[i]!),
        0,
      );
      // landmarks in another arithmetic: a hundredth of a pixel
      expect(sum / expected.data.length).toBeLessThan(1);
    }
    expect(page.errors).toEqual([]);
    expect(page.requests.length).toBeGreaterThan(10);
    expect(page.requests.filter((url) => !url.startsWith(server.origin))).toEqual([]);
  });

  test('moves between the ages by the keyboard', async () => {
    await page.evaluate('document.getElementById("slider").focus()');
    const key = { key: 'End', code: 'End', windowsVirtualKeyCode: 35 };
    await page.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', ...key });
    await page.send('Input.dispatchKeyEvent', { type: 'keyUp', ...key });
    expect(await page.evaluate('document.getElementById("group").textContent')).toBe('50+');
    const large = await pixelsOf('The photograph, 50+');
    expect(large).toEqual(await pixelsOf('Photograph, 50+'));
  });

  test.each([
    ['notes.png', 'hello', 'notes.png is not a picture that this browser can read'],
    ['me.heic', 'hello', 'me.heic is a HEIC picture, which browsers cannot read'],
  ])('says clearly what is wrong with %s', async (name, content, message) => {
    const file = path.join(newFolder(), name);
    writeFileSync(file, content);
    await choose(file);
    expect([await outcome(), await status()]).toEqual(['error', expect.stringContaining(message)]);
  });

  test('cannot send anything elsewhere', async () => {
    const elsewhere = await serveFolder(folder);
    const failed = `fetch('${elsewhere.origin}/index.html').then(() => 'sent', (error) => error.name)`;
    expect(await page.evaluate(failed)).toBe('TypeError');
    expect(page.errors.at(-1)).toContain('Content Security Policy');
    elsewhere.close();
  });
});
