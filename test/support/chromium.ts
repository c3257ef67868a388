/** @file A page in headless Chromium, driven by its DevTools protocol through a pipe. */

import { spawn, spawnSync } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

/** The browser: `IPCGAN_CHROMIUM` names another. */
export const CHROMIUM = process.env.IPCGAN_CHROMIUM ?? 'chromium';
export const hasChromium = (): boolean => spawnSync(CHROMIUM, ['--version']).status === 0;

/** A page that is open. */
export interface OpenPage {
  /** URLs of everything that was asked for since it was opened, but what is in the URL itself. */
  readonly requests: readonly string[];
  /** Errors that the console says, exceptions among them. */
  readonly errors: readonly string[];
  goTo(url: string): Promise<void>;
  /** The value of an expression, awaited. */
  evaluate<T>(expression: string): Promise<T>;
  /** Calls a method of the DevTools protocol on the page. */
  send(method: string, params?: object): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Record<string, never>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

/** A window that is narrower is a phone's, in pixels. */
const PHONE = 600;

const FLAGS = [
  '--headless=new',
  '--no-sandbox',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--no-first-run',
  // WebGL without a graphics card
  '--enable-unsafe-swiftshader',
  '--remote-debugging-pipe',
];

/** Starts Chromium with one empty page. @param profile an empty folder for it */
export async function openPage(
  profile: string,
  { width, height }: { readonly width: number; readonly height: number },
): Promise<OpenPage> {
  const browser = spawn(CHROMIUM, [...FLAGS, `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => browser.once('close', () => resolve()));
  const [, , , toBrowser, fromBrowser] = browser.stdio as unknown as [
    null,
    null,
    null,
    Writable,
    Readable,
  ];
  const waiting = new Map<number, (message: Message) => void>();
  const requests: string[] = [];
  const errors: string[] = [];
  const take = ({ id, method, params, ...rest }: Message): void => {
    if (id !== undefined) waiting.get(id)?.({ id, ...rest });
    const said = params as unknown as {
      readonly request: { readonly url: string };
      readonly entry: { readonly level: string; readonly text: string };
      readonly exceptionDetails: { readonly exception?: { readonly description?: string } };
      readonly type: string;
      readonly args: readonly { readonly description?: string; readonly value?: unknown }[];
    };
    if (method === 'Network.requestWillBeSent' && !/^(data|blob):/.test(said.request.url))
      requests.push(said.request.url);
    if (method === 'Log.entryAdded' && said.entry.level === 'error') errors.push(said.entry.text);
    if (method === 'Runtime.exceptionThrown')
      errors.push(said.exceptionDetails.exception?.description ?? 'an exception');
    if (method === 'Runtime.consoleAPICalled' && said.type === 'error')
      errors.push(said.args.map((arg) => arg.description ?? String(arg.value)).join(' '));
  };
  let text = '';
  fromBrowser.setEncoding('utf8').on('data', (part: string) => {
    const messages = (text + part).split('\0');
    text = messages.pop() ?? '';
    for (const message of messages) take(JSON.parse(message) as Message);
  });
  let last = 0;
  const call = (
    method: string,
    params: object,
    sessionId?: string,
  ): Promise<Record<string, unknown>> =>
    new Promise((resolve, reject) => {
      last += 1;
      waiting.set(last, ({ id, result, error }) => {
        waiting.delete(id ?? 0);
        if (error) reject(new Error(`${method}: ${error.message}`));
        else resolve(result ?? {});
      });
      toBrowser.write(`${JSON.stringify({ id: last, method, params, sessionId })}\0`);
    });
  const close = async (): Promise<void> => {
    browser.kill();
    await ended;
  };
  let sessionId: string | undefined;
  const send: OpenPage['send'] = (method, params = {}) => call(method, params, sessionId);
  try {
    const { targetId } = await call('Target.createTarget', { url: 'about:blank' });
    const attached = await call('Target.attachToTarget', { targetId, flatten: true });
    sessionId = attached.sessionId as string;
    for (const domain of ['Page', 'Runtime', 'Network', 'Log']) await send(`${domain}.enable`);
    const metrics = { width, height, deviceScaleFactor: 1, mobile: width < PHONE };
    await send('Emulation.setDeviceMetricsOverride', metrics);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    requests,
    errors,
    send,
    goTo: async (url) => {
      await send('Page.navigate', { url });
    },
    evaluate: async <T>(expression: string): Promise<T> => {
      const { result, exceptionDetails } = (await send('Runtime.evaluate', {
        expression,
        awaitPromise: true,
        returnByValue: true,
      })) as { result: { value: T; description?: string }; exceptionDetails?: object };
      if (exceptionDetails) throw new Error(`${expression}: ${result.description ?? ''}`);
      return result.value;
    },
    close,
  };
}
