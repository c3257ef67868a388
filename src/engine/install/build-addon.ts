/** @file Compiles tfjs-node's addon against the engine's library. */

import { existsSync, readdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { MachineError } from '../../errors';
import { ADDON_FILE, packageRoot } from './paths';
import { lastWords, runCommand } from './run-command';

/** The two libraries by the names that the linker wants. */
const LIBRARIES = { 'libtensorflow.so': 'libtensorflow_cc.so.2', 'libtensorflow_framework.so': 'libtensorflow_framework.so.2' } as const;

/**
 * Builds `tfjs_binding.node` in an engine's directory; one binary serves Node 20 to 24.
 * @param libraries folder of the libraries, inside the engine's directory: the addon finds them wherever the directory moves
 * @throws MachineError when there is no compiler, or it fails
 */
export async function buildAddon(engine: string, libraries: string, headers: string): Promise<void> {
  for (const [name, target] of Object.entries(LIBRARIES))
    if (!existsSync(path.join(libraries, name))) symlinkSync(target, path.join(libraries, name));
  const binding = path.join(packageRoot(), 'binding');
  const nodeHeaders = path.join(path.dirname(require.resolve('node-api-headers/package.json')), 'include');
  const sources = readdirSync(binding)
    .filter((file) => file.endsWith('.cc'))
    .map((file) => path.join(binding, file));
  const { exitCode, stderr } = await runCommand('g++', [
    ...['-std=c++17', '-O2', '-fPIC', '-shared', '-DNAPI_VERSION=8'],
    ...[headers, nodeHeaders, binding].map((folder) => `-I${folder}`),
    ...sources,
    ...['-o', path.join(engine, ADDON_FILE), `-L${libraries}`, '-ltensorflow', '-ltensorflow_framework'],
    `-Wl,-rpath,$ORIGIN/${path.relative(engine, libraries)}`,
  ]);
  if (exitCode === 0) return;
  if (exitCode === null)
    throw new MachineError(
      'engine install: expected a C++ compiler (g++), got none. Install it, e.g. `apt-get install g++`, and run it again.',
    );
  throw new MachineError(`engine install: expected g++ to build the addon, got: ${lastWords(stderr, 3)}`);
}
