import type { Browser, Page } from 'playwright-core';
import { openAger } from '../../src/ageing/ager';
import type { AgedFace } from '../../src/ageing/ager';
import { openEngine } from '../../src/engine/open-engine';
import { ASTRONAUT } from '../support/astronaut';
import { describeInChromium, newPage, openChromium } from '../support/chromium';
import { exportRandomPage, meanDifference, PATIENCE, pixelsOf, untilShown } from '../support/page';
import { serveFolder } from '../support/serve-folder';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();
/** Landmarks in another arithmetic: levels of 255, on average. */
const TOLERANCE = 1;

/**
 * Before the page's own scripts: counts what is given to the graphics card, and takes the card away when `window.loseWhen` says so,
 * in the middle of the work.
 */
const WATCH_CARD = (loseWhen: string): string => `
  window.given = 0;
  window.isLost = false;
  window.loseWhen = ${loseWhen};
  const afterEach = (prototype, name, lose) => {
    const own = prototype[name];
    prototype[name] = function (...values) {
      const result = own.apply(this, values);
      window.given += 1;
      window.loseCard = () => {
        window.isLost = true;
        lose(this);
      };
      if (!window.isLost && window.loseWhen()) window.loseCard();
      return result;
    };
  };
  afterEach(WebGL2RenderingContext.prototype, 'drawElements', (gl) =>
    gl.getExtension('WEBGL_lose_context').loseContext());
  if (window.GPUAdapter) {
    const request = GPUAdapter.prototype.requestDevice;
    GPUAdapter.prototype.requestDevice = async function (...values) {
      return (window.device = await request.apply(this, values));
    };
    afterEach(GPUQueue.prototype, 'submit', () => window.device.destroy());
  }
`;

/** Whether a page is offered a graphics card, or a program that stands for one. */
const HAS_WEBGPU = `(async () => (await navigator.gpu?.requestAdapter()) != null)()`;
const WEBGPU = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

describeInChromium('a graphics card that is lost', () => {
  let server: Awaited<ReturnType<typeof serveFolder>>;
  let command: AgedFace;
  beforeAll(async () => {
    await openEngine();
    const { folder, model } = await exportRandomPage(newFolder());
    const ager = await openAger(model);
    command = (await ager.age(ASTRONAUT, { groups: [4] }))[0]!;
    ager.dispose();
    server = await serveFolder(folder);
  });
  afterAll(() => server.close());

  let browser: Browser;
  afterEach(() => browser.close());
  /** A page by a graphics card, which is lost then. */
  async function open(backend: string, loseWhen: string): ReturnType<typeof newPage> {
    browser = await openChromium(...(backend === 'webgpu' ? WEBGPU : []));
    const watched = await newPage(browser, { serviceWorkers: 'block' });
    watched.page.setDefaultTimeout(PATIENCE);
    await watched.page.addInitScript(WATCH_CARD(loseWhen));
    await watched.page.goto(`${server.origin}/?backend=${backend}`);
    return watched;
  }
  const portrait = (page: Page): Promise<string> =>
    untilShown(page, () => page.getByRole('button', { name: 'Portrait, NASA' }).click());
  /** The portrait is there, by the processor, and it is the command's. */
  async function expectTheCommands(page: Page, said: string, technology: string): Promise<void> {
    expect(said).toMatch(/^One face at 5 ages/);
    expect(await page.evaluate('isLost')).toBe(true);
    expect(await page.locator('#facts').textContent()).toContain(
      `the processor (WebAssembly): this browser fails with ${technology}`,
    );
    const shown = await pixelsOf(page.getByRole('button', { name: 'Face, 50+' }).locator('canvas'));
    expect(meanDifference(shown, command.pictures[0]!.image)).toBeLessThan(TOLERANCE);
  }

  test.each([
    ['WebGL', 'while the page tries it', 'given === 2'],
    ['WebGL', 'while the networks are prepared', 'given === 60'],
    ['WebGL', 'after the first age', "document.body.dataset.state === 'first'"],
    ['WebGPU', 'while the networks are prepared', 'given === 3'],
  ])('of %s, %s: the page goes on with the processor', async (technology, _when, lost) => {
    const { page, errors } = await open(technology.toLowerCase(), `() => ${lost}`);
    if (technology === 'WebGPU' && !(await page.evaluate(HAS_WEBGPU))) {
      process.stderr.write('SKIPPED: a lost card of WebGPU: this Chromium offers none\n');
      return;
    }
    await expectTheCommands(page, await portrait(page), technology);
    expect(errors).toEqual([]);
  });

  test('while nothing is computed: the next photograph is by the processor', async () => {
    const { page, errors } = await open('webgl', '() => false');
    await page.locator('body[data-state="ready"]').waitFor();
    await page.evaluate('loseCard()');
    await expectTheCommands(page, await portrait(page), 'WebGL');
    expect(errors).toEqual([]);
  });
});
