/** @file Our own native code: TensorFlow ops (src/engine/native), functions (src/engine/function) and workers (src/engine/collective), compiled once for every state of their sources, beside the library they belong to. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { sha256Of } from '../../files/digest';
import { compile } from './compile';
import { readComplete } from './paths';
import { processorFeatures } from './processor';

const SOURCES = path.resolve(__dirname, '../../../src/engine/native');
const FUNCTIONS = path.resolve(__dirname, '../../../src/engine/function');
const COLLECTIVE = path.resolve(__dirname, '../../../src/engine/collective');

/** What a processor must have for g++'s levels of x86-64 with wider registers, the widest first. */
const LEVELS = [
  {
    flag: '-march=x86-64-v4',
    needs: ['avx512f', 'avx512bw', 'avx512cd', 'avx512dq', 'avx512vl', 'fma'],
  },
  { flag: '-march=x86-64-v3', needs: ['avx2', 'bmi2', 'fma', 'movbe'] },
];

/** The compiler's flags for this machine: machines of several kinds may share a cache, each with ops of its own. */
function flags(): string[] {
  const has = processorFeatures() ?? new Set();
  const level = LEVELS.find(({ needs }) => needs.every((feature) => has.has(feature)));
  return ['-O3', '-fno-math-errno', ...(level ? [level.flag] : [])];
}

const sourceFiles = (folder: string): string[] =>
  readdirSync(folder)
    .filter((file) => /\.(cc|h)$/.test(file))
    .sort()
    .map((file) => path.join(folder, file));

/** Where the ops of these sources, compiled for this machine, lie in an engine's directory. */
export function nativeOpsFile(engine: string): string {
  const hash = sha256Of(
    flags().join(' '),
    ...sourceFiles(SOURCES).map((file) => readFileSync(file)),
  );
  return path.join(engine, `ipcgan-ops-${hash.slice(0, 12)}.node`);
}

/** Where the library that gives access to TensorFlow's functions lies in an engine's directory. */
export function functionsFile(engine: string): string {
  const hash = sha256Of(...sourceFiles(FUNCTIONS).map((file) => readFileSync(file)));
  return path.join(engine, `ipcgan-functions-${hash.slice(0, 12)}.node`);
}

/** Where the library that makes a process one of several workers lies in an engine's directory; loaded only where there are several. */
export function collectiveFile(engine: string): string {
  const library = path.join(FUNCTIONS, 'library.h');
  const hash = sha256Of(...[...sourceFiles(COLLECTIVE), library].map((file) => readFileSync(file)));
  return path.join(engine, `ipcgan-collective-${hash.slice(0, 12)}.node`);
}

/** Folder of the libraries in an engine's directory: alone in the CPU build, among CUDA's packages in the other. */
function librariesOf(engine: string): string {
  return (
    [path.join('site', 'tensorflow'), 'lib'].find((folder) =>
      existsSync(path.join(engine, folder)),
    ) ?? 'lib'
  );
}

const unitsOf = (folder: string): string[] =>
  sourceFiles(folder).filter((file) => file.endsWith('.cc'));

/** Compiles a module of Node's where it is not there: whole or not at all. */
async function compileModule(file: string, args: readonly string[]): Promise<void> {
  if (existsSync(file)) return;
  const nodeHeaders = path.join(
    path.dirname(require.resolve('node-api-headers/package.json')),
    'include',
  );
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    // it stays when the context that loaded it goes: threads of its own sleep in it, and the addon calls it
    const stays = '-Wl,-z,nodelete';
    await compile(['-DNAPI_VERSION=8', `-I${nodeHeaders}`, ...args, stays, '-o', temporary]);
    await rename(temporary, file);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Says that compiled code is there and does not load, as where the machine that compiled it has a newer libstdc++. */
export function warnOfNativeCode(error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error);
  process.stderr.write(
    `engine: expected native code of our own to load, got: ${reason}. Going on without it, slower. Compile it on this machine (remove the file, run \`ipcgan engine install\`), or set IPCGAN_ENGINE_DIR to a folder of its own.\n`,
  );
}

/** Whether an engine has use for ops of our own: they are for the CPU. */
const wantsOps = (engine: string): boolean => readComplete(engine)?.build !== 'cuda';

/** Whether all that an engine has use for is compiled. */
export const hasNativeCode = (engine: string): boolean =>
  [
    functionsFile(engine),
    collectiveFile(engine),
    ...(wantsOps(engine) ? [nativeOpsFile(engine)] : []),
  ].every((file) => existsSync(file));

/**
 * Compiles what is missing of it; a matter of seconds.
 * @throws MachineError when there is no compiler, or it fails
 */
export async function buildNativeCode(engine: string): Promise<void> {
  const libraries = librariesOf(engine);
  if (wantsOps(engine))
    await compileModule(nativeOpsFile(engine), [
      ...flags(),
      ...unitsOf(SOURCES),
      ...[`-L${path.join(engine, libraries)}`, '-ltensorflow_framework', '-lpthread'],
      `-Wl,-rpath,$ORIGIN/${libraries}`,
    ]);
  // not linked to TensorFlow, which is not to be loaded before it
  await compileModule(functionsFile(engine), [...unitsOf(FUNCTIONS), '-ldl']);
  await compileModule(collectiveFile(engine), [...unitsOf(COLLECTIVE), '-ldl', '-lpthread']);
}
