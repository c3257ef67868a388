/** @file Pages in headless Chromium, driven by Playwright. */

import { spawnSync } from 'node:child_process';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

/** The browser: `IPCGAN_CHROMIUM` names another. */
const CHROMIUM = process.env.IPCGAN_CHROMIUM ?? 'chromium';

/** Where it is; empty where it is not there. */
const place = spawnSync('sh', ['-c', 'command -v "$1"', 'sh', CHROMIUM], {
  encoding: 'utf8',
}).stdout.trim();

/** `describe` where there is Chromium; without it the tests are skipped, by name. */
export function describeInChromium(name: string, tests: () => void): void {
  if (place === '')
    process.stderr.write(`SKIPPED: ${name}: no ${CHROMIUM}; IPCGAN_CHROMIUM names one that is\n`);
  (place === '' ? describe.skip : describe)(name, tests);
}

/** Starts it; a test's page is a context of it. @param flags more of them */
export const openChromium = (...flags: readonly string[]): Promise<Browser> =>
  chromium.launch({
    executablePath: place,
    // WebGL without a graphics card
    args: ['--disable-dev-shm-usage', '--enable-unsafe-swiftshader', ...flags],
  });

/** A page, with what it asked for and said. */
export interface WatchedPage {
  readonly page: Page;
  /** URLs of everything that was asked for, but what is in the URL itself. */
  readonly requests: readonly string[];
  /** Errors that the console says, exceptions among them. */
  readonly errors: readonly string[];
}

/** A new page in a context of its own, which ends with the browser. */
export async function newPage(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const requests: string[] = [];
  const errors: string[] = [];
  context.on('request', (request) => {
    if (!/^(data|blob):/.test(request.url())) requests.push(request.url());
  });
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(error.message));
  return { page, requests, errors };
}
