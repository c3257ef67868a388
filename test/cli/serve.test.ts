import { runServe } from '../../src/cli/serve';
import { resolveConfig } from '../../src/config/load';
import { VERB_KEYS } from '../../src/config/schema';
import * as service from '../../src/serve/service';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();
const TOKEN = '0123456789abcdef';
let said: string[] = [];
let noted: string[] = [];

beforeEach(() => {
  said = [];
  noted = [];
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => noted.push(String(text)) > 0);
});
afterEach(() => jest.restoreAllMocks());

/** What the service is started with, by the flags of a command line; it is asked to stop at once. */
async function startedWith(flags: Readonly<Record<string, string | boolean>>) {
  const stop = jest.fn(() => Promise.resolve());
  const start = jest.spyOn(service, 'startService').mockImplementation(() => {
    setImmediate(() => process.emit('SIGTERM'));
    return Promise.resolve({ url: 'http://127.0.0.1:1', open: () => 2, stop });
  });
  expect(await runServe(resolveConfig('serve', { model: 'a', ...flags }))).toBe(143);
  expect(stop).toHaveBeenCalledTimes(1);
  const { log, ...settings } = start.mock.calls[0]![0];
  log('a line');
  expect(noted).toEqual(['SIGTERM: finishing 2 requests\n', 'a line\n']);
  return settings;
}

test('every setting reaches the service', async () => {
  const file = path.join(newFolder(), 'token');
  writeFileSync(file, `${TOKEN}\n`);
  const flags = {
    api: true,
    json: true,
    model: 'm',
    host: '0.0.0.0',
    port: '81',
    token_file: file,
    max_body_mb: '1.5',
    max_megapixels: '2',
    max_faces: '3',
    queue: '4',
    batch: '5',
    body_seconds: '6',
    answer_seconds: '7',
    device: 'cpu',
  };
  // `config` is read before
  expect(Object.keys({ ...flags, config: '' }).sort()).toEqual(Object.keys(VERB_KEYS.serve).sort());
  expect(await startedWith(flags)).toEqual({
    model: 'm',
    device: 'cpu',
    host: '0.0.0.0',
    port: 81,
    api: true,
    token: TOKEN,
    limits: {
      bytes: 1_500_000,
      pixels: 2_000_000,
      faces: 3,
      requests: 4,
      batch: 5,
      arrival: 6000,
      answer: 7000,
    },
  });
  expect(said).toEqual(['{"url":"http://127.0.0.1:1","api":true}\n']);
});

test('the page alone, at this machine, is what comes without flags', async () => {
  process.env.IPCGAN_TOKEN = TOKEN;
  const settings = await startedWith({});
  delete process.env.IPCGAN_TOKEN;
  expect(settings).toMatchObject({ host: '127.0.0.1', port: 8080, api: false, token: null });
  expect(said).toEqual(['http://127.0.0.1:1: the page; Ctrl-C stops it\n']);
});

test('the API of another address needs a token, before anything is opened', async () => {
  const config = resolveConfig('serve', { model: 'nowhere', api: true, host: '0.0.0.0' });
  await expect(runServe(config)).rejects.toThrow('--host: expected this machine (127.0.0.1)');
});
