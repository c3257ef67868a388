import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { openEngine } from '../../src/engine/open-engine';
import { describeInChromium, newPage, openChromium } from '../support/chromium';
import { exportRandomPage, untilShown, untilState } from '../support/page';
import { serveFolder } from '../support/serve-folder';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();
const DRAWN = path.resolve(__dirname, '../../demo/drawn/cira-30.jpg');
const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds that keeps people out: rule and elements. */
async function accessProblems(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate<string[]>(`axe.run().then(({ violations }) => violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' ')))`);
}

/** Pixels that are beyond the window's right edge. */
const overhang = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - innerWidth');

const drawn = (page: Page): Promise<string> =>
  untilShown(page, () => page.getByRole('button', { name: 'Drawn: Cira' }).click());

/** What a camera that is a file shows: one picture, again and again. */
async function writeCamera(file: string): Promise<void> {
  const picture = await sharp(DRAWN).resize(640, 480, { fit: 'contain' }).jpeg().toBuffer();
  writeFileSync(file, picture);
}

describeInChromium('visits to the page', () => {
  let browser: Browser;
  let folder = '';
  let server: Awaited<ReturnType<typeof serveFolder>>;
  beforeAll(async () => {
    await openEngine();
    ({ folder } = await exportRandomPage(newFolder()));
    const camera = path.join(newFolder(), 'camera.mjpeg');
    await writeCamera(camera);
    server = await serveFolder(folder);
    browser = await openChromium(
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream',
      `--use-file-for-fake-video-capture=${camera}`,
    );
  });
  afterAll(async () => {
    await browser.close();
    server.close();
  });

  test.each([
    ['at a desk', { colorScheme: 'light' }],
    ['at a desk in the dark', { colorScheme: 'dark' }],
    ['on a phone', { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true }],
  ] as const)('nobody is kept out %s, and nothing is beyond the edge', async (_, options) => {
    const { page, errors } = await newPage(browser, options);
    await page.goto(server.origin);
    await untilState(page, 'ready', 'error');
    expect(await accessProblems(page)).toEqual([]);
    expect(await overhang(page)).toBe(0);
    expect(await drawn(page)).toMatch(/^One face at 5 ages/);
    await page.getByText('Compare').click();
    await page.getByText('About the model').click();
    expect(await accessProblems(page)).toEqual([]);
    expect(await overhang(page)).toBe(0);
    expect(errors).toEqual([]);
    await page.context().close();
  });

  test('by the keyboard alone: sample, view, age', async () => {
    const { page } = await newPage(browser);
    await page.goto(server.origin);
    await untilState(page, 'ready', 'error');
    const focused = (): Promise<string> =>
      page.evaluate('document.activeElement.id || document.activeElement.textContent.trim()');
    const places: string[] = [];
    for (let i = 0; i < 3; i++) {
      await page.keyboard.press('Tab');
      places.push(await focused());
    }
    expect(places).toEqual(['file', 'camera', 'Portrait, NASA']);
    await page.keyboard.press('Tab');
    await untilShown(page, () => page.keyboard.press('Enter'));
    await page.locator('#view-aged').focus();
    await page.keyboard.press('ArrowRight');
    expect(await page.locator('#stage').getAttribute('data-view')).toBe('wipe');
    await page.keyboard.press('ArrowRight');
    expect(await page.locator('#stage').getAttribute('data-view')).toBe('mask');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('close-up');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('slider');
    await page.keyboard.press('Home');
    expect(await page.locator('#age').textContent()).toBe('original');
    await page.context().close();
  });

  test('the camera is shown, and its picture taken, or not', async () => {
    const { page, errors } = await newPage(browser);
    await page.goto(server.origin);
    await untilState(page, 'ready', 'error');
    await page.getByRole('button', { name: 'Use the camera' }).click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.locator('#camera-dialog').waitFor({ state: 'hidden' });
    expect(await untilState(page, 'ready', 'error')).toBe('Ready. Choose a photograph.');
    const said = await untilShown(page, async () => {
      await page.getByRole('button', { name: 'Use the camera' }).click();
      await page.getByRole('button', { name: 'Take the picture' }).click();
    });
    expect(said).toMatch(/^One face at 5 ages/);
    expect(errors).toEqual([]);
    await page.context().close();
  });

  test('after a visit it works without a network', async () => {
    const own = await serveFolder(folder);
    const { page, errors } = await newPage(browser);
    await page.goto(own.origin);
    await page.locator('#offline').waitFor({ timeout: 240_000 });
    own.close();
    await page.reload();
    expect(await untilState(page, 'ready', 'error')).toBe('Ready. Choose a photograph.');
    expect(await drawn(page)).toMatch(/^One face at 5 ages/);
    expect(errors).toEqual([]);
    await page.context().close();
  });

  test('says what is wrong where a network is missing', async () => {
    const { page } = await newPage(browser, { serviceWorkers: 'block' });
    await page.route('**/model/ipcgan.json', (route) => route.fulfill({ status: 404 }));
    await page.goto(server.origin);
    const said = await untilState(page, 'ready', 'error');
    expect(said).toMatch(
      /^The networks could not be loaded \(model\/ipcgan\.json: 404\)\. Load the page/,
    );
    await page.context().close();
  });
});
