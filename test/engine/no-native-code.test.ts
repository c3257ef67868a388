/** An engine that is there, on a machine where our own native code cannot be compiled, or does not load. */

import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { loadNativeFunctions, nativeFunctions } from '../../src/engine/function/native-functions';
import { ensureEngine } from '../../src/engine/install/ensure';
import * as check from '../../src/engine/install/check';
import * as compiler from '../../src/engine/install/compile';
import { functionsFile, nativeOpsFile } from '../../src/engine/install/native-code';
import * as paths from '../../src/engine/install/paths';
import { TENSORFLOW_VERSION } from '../../src/engine/install/versions';
import { loadNativeOps } from '../../src/engine/kernels/native-ops';
import * as lock from '../../src/files/directory-lock';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();
const before = { ...process.env };
const said: string[] = [];
/** A whole engine that this checkout uses, without our native code. */
let engine: string;

beforeEach(() => {
  process.env.IPCGAN_ENGINE_DIR = newFolder();
  engine = path.join(process.env.IPCGAN_ENGINE_DIR, `${TENSORFLOW_VERSION}-cpu`);
  mkdirSync(engine);
  writeFileSync(path.join(engine, paths.COMPLETE_FILE), '{}');
  jest.spyOn(paths, 'isLinked').mockReturnValue(true);
  jest.spyOn(paths, 'linkedEngine').mockReturnValue(engine);
  said.length = 0;
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => (said.push(String(text)), true));
});
afterEach(() => {
  process.env = { ...before };
  jest.restoreAllMocks();
});

const WARNING = `engine: expected to compile ops of our own for this processor in `;

test('without g++ a line says so, and the command goes on', async () => {
  process.env.PATH = newFolder();
  await ensureEngine('cpu');
  expect(said.join('')).toContain(
    `${WARNING}${engine}, got: engine install: expected a C++ compiler (g++), got none.`,
  );
  expect(said.join('')).toContain('Going on without them, slower');
  expect(readdirSync(process.env.IPCGAN_ENGINE_DIR!)).toEqual([path.basename(engine)]);
  expect(loadNativeOps()).toBe(false);
});

test('with a g++ that fails, too', async () => {
  jest
    .spyOn(compiler, 'compile')
    .mockRejectedValue(new Error('expected g++ to build it, got: no header'));
  await ensureEngine('cpu');
  expect(said.join('')).toContain('got: expected g++ to build it, got: no header.');
});

test('in a cache that cannot be written, too: not even its lock', async () => {
  const readOnly = Object.assign(new Error("EROFS: read-only file system, open '/x'"), {
    code: 'EROFS',
  });
  jest.spyOn(lock, 'lockDirectory').mockRejectedValue(readOnly);
  await ensureEngine('cpu');
  expect(said.join('')).toContain('got: EROFS: read-only file system');
});

test('where it can be compiled it is, and the engine is tried', async () => {
  const args: string[][] = [];
  jest.spyOn(compiler, 'compile').mockImplementation((given) => {
    args.push([...given]);
    writeFileSync(given.at(-1)!, '');
    return Promise.resolve();
  });
  const tried = jest
    .spyOn(check, 'checkEngine')
    .mockResolvedValue({ device: 'cpu', backend: 'tensorflow', tfjs: '' });
  await ensureEngine('cpu');
  expect(args).toHaveLength(3);
  expect(tried).toHaveBeenCalledTimes(1);
  await ensureEngine('cpu');
  expect(args).toHaveLength(3);
});

test('code that another machine compiled and that does not load here is left out with a line', () => {
  for (const file of [nativeOpsFile(engine), functionsFile(engine)])
    writeFileSync(file, 'no library');
  expect(loadNativeOps()).toBe(false);
  loadNativeFunctions();
  expect(nativeFunctions()).toBeNull();
  expect(said).toHaveLength(2);
  for (const line of said) {
    expect(line).toContain('engine: expected native code of our own to load, got: ');
    expect(line).toContain('Going on without it, slower.');
  }
});
