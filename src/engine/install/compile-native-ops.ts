/** @file Our own TensorFlow ops (src/engine/native): compiled once for every state of their sources, beside the library they belong to. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { sha256Of } from '../../files/digest';
import { compile } from './compile';

const SOURCES = path.resolve(__dirname, '../../../src/engine/native');

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
  const line = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? '';
  const has = new Set(line.split(' '));
  const level = LEVELS.find(({ needs }) => needs.every((feature) => has.has(feature)));
  return ['-O3', '-fno-math-errno', ...(level ? [level.flag] : [])];
}

const sourceFiles = (): string[] =>
  readdirSync(SOURCES)
    .sort()
    .map((file) => path.join(SOURCES, file));

/** Where the ops of these sources, compiled for this machine, lie in an engine's directory. */
export function nativeOpsFile(engine: string): string {
  const hash = sha256Of(flags().join(' '), ...sourceFiles().map((file) => readFileSync(file)));
  return path.join(engine, `ipcgan-ops-${hash.slice(0, 12)}.node`);
}

/** Folder of the libraries in an engine's directory: alone in the CPU build, among CUDA's packages in the other. */
function librariesOf(engine: string): string {
  return (
    [path.join('site', 'tensorflow'), 'lib'].find((folder) =>
      existsSync(path.join(engine, folder)),
    ) ?? 'lib'
  );
}

/**
 * Compiles them where that has not been done; a matter of seconds.
 * @throws MachineError when there is no compiler, or it fails
 */
export async function buildNativeOps(engine: string): Promise<void> {
  const file = nativeOpsFile(engine);
  if (existsSync(file)) return;
  const libraries = librariesOf(engine);
  const nodeHeaders = path.join(
    path.dirname(require.resolve('node-api-headers/package.json')),
    'include',
  );
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    await compile([
      ...['-DNAPI_VERSION=8', `-I${nodeHeaders}`],
      ...flags(),
      ...sourceFiles().filter((source) => source.endsWith('.cc')),
      ...[
        '-o',
        temporary,
        `-L${path.join(engine, libraries)}`,
        '-ltensorflow_framework',
        '-lpthread',
        // threads of its own sleep in it: it stays when the context that loaded it goes
        '-Wl,-z,nodelete',
      ],
      `-Wl,-rpath,$ORIGIN/${libraries}`,
    ]);
    await rename(temporary, file);
  } finally {
    await rm(temporary, { force: true });
  }
}
