import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { checkAccess } from '../../src/serve/service';
import { hasToken, isLoopback, readToken } from '../../src/serve/token';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();
const TOKEN = '0123456789abcdef';

function fileOf(content: string): string {
  const file = path.join(newFolder(), 'token');
  writeFileSync(file, content);
  return file;
}

test('comes from a file, or from the environment where there is none', () => {
  expect(readToken(fileOf(`${TOKEN}\n`), { IPCGAN_TOKEN: 'other-other-other' })).toBe(TOKEN);
  expect(readToken(null, { IPCGAN_TOKEN: TOKEN })).toBe(TOKEN);
  expect(readToken(null, {})).toBeNull();
});

test.each(['', 'short', '0123456789abcde', '0123456789 abcdef', `${TOKEN}\n${TOKEN}`])(
  '%j is no token',
  (text) => {
    expect(() => readToken(fileOf(text), {})).toThrow('--token_file: expected a token of at least');
    expect(() => readToken(null, { IPCGAN_TOKEN: text })).toThrow('IPCGAN_TOKEN: expected a token');
  },
);

test('an error never shows the token', () => {
  const file = fileOf('a secret with blanks');
  expect(() => readToken(file, {})).toThrow(/^--token_file: (?!.*secret)/);
});

test('a file that is not there is an error, whatever the environment has', () => {
  expect(() => readToken('/nowhere/token', { IPCGAN_TOKEN: TOKEN })).toThrow(
    '--token_file: expected a file with a token, got ENOENT',
  );
});

test('is compared whole', () => {
  expect(hasToken(`Bearer ${TOKEN}`, TOKEN)).toBe(true);
  for (const header of [undefined, '', 'Bearer', `Bearer ${TOKEN}0`, `Bearer ${TOKEN} x`])
    expect(hasToken(header, TOKEN)).toBe(false);
});

test.each(['127.0.0.1', '127.1.2.3', 'localhost', 'LOCALHOST', '::1', '[::1]'])(
  '%s is this machine',
  (host) => {
    expect(isLoopback(host)).toBe(true);
    expect(() => checkAccess({ host, api: true, token: null })).not.toThrow();
  },
);

test.each(['0.0.0.0', '::', '192.168.1.2', 'example.org', '127.example.org', ''])(
  '%s is open to others: the API needs a token there',
  (host) => {
    expect(isLoopback(host)).toBe(false);
    const message = `--host: expected this machine (127.0.0.1) for an API without a token, got ${host}`;
    expect(() => checkAccess({ host, api: true, token: null })).toThrow(message);
    expect(() => checkAccess({ host, api: true, token: TOKEN })).not.toThrow();
    expect(() => checkAccess({ host, api: false, token: null })).not.toThrow();
  },
);
