/** @file Compiles tfjs-node's addon against the engine's library. */

import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { compile } from './compile';
import { ADDON_FILE, packageRoot } from './paths';

/** The two libraries by the names that the linker wants. */
const LIBRARIES = {
  'libtensorflow.so': 'libtensorflow_cc.so.2',
  'libtensorflow_framework.so': 'libtensorflow_framework.so.2',
} as const;

/** Where TensorFlow's headers say under which inline namespace its logging library lies. */
const LOGGING_OPTIONS = 'absl/base/options.h';

/**
 * A constructor that runs between the initialisers of the two libraries and turns off what the second one says on stderr on loading;
 * TF_CPP_MIN_LOG_LEVEL=0 or 1 turns it on again. The function is a weak reference: where a library lacks it, nothing happens.
 */
const quietSource = (namespace: string): string => `
#include <cstdlib>
namespace absl { inline namespace ${namespace} {
enum class LogSeverityAtLeast : int { kError = 2 };
__attribute__((weak)) void SetMinLogLevel(LogSeverityAtLeast);
} }
__attribute__((constructor)) static void quiet() {
  const char *level = std::getenv("TF_CPP_MIN_LOG_LEVEL");
  if (absl::SetMinLogLevel && (!level || std::atoi(level) >= 2)) absl::SetMinLogLevel(absl::LogSeverityAtLeast::kError);
}
`;

/** Builds the library that quiets TensorFlow; returns the linker's arguments for it, none where the headers do not tell how. */
async function buildQuiet(engine: string, libraries: string, headers: string): Promise<string[]> {
  const options = path.join(headers, LOGGING_OPTIONS);
  const namespace = existsSync(options)
    ? /^#define\s+ABSL_OPTION_INLINE_NAMESPACE_NAME\s+(\w+)/m.exec(
        readFileSync(options, 'utf8'),
      )?.[1]
    : undefined;
  if (namespace === undefined) return [];
  const source = path.join(engine, 'quiet.cc');
  writeFileSync(source, quietSource(namespace));
  await compile([
    source,
    '-o',
    path.join(libraries, 'libquiet.so'),
    `-L${libraries}`,
    '-ltensorflow_framework',
    '-Wl,-rpath,$ORIGIN',
  ]);
  // named last, so that the loader initialises it before the library that talks
  return ['-Wl,--no-as-needed', '-lquiet'];
}

/**
 * Builds `tfjs_binding.node` in an engine's directory; one binary serves Node 20 to 24.
 * @param libraries folder of the libraries, inside the engine's directory: the addon finds them wherever the directory moves
 * @throws MachineError when there is no compiler, or it fails
 */
export async function buildAddon(
  engine: string,
  libraries: string,
  headers: string,
): Promise<void> {
  for (const [name, target] of Object.entries(LIBRARIES))
    if (!existsSync(path.join(libraries, name))) symlinkSync(target, path.join(libraries, name));
  const binding = path.join(packageRoot(), 'binding');
  const nodeHeaders = path.join(
    path.dirname(require.resolve('node-api-headers/package.json')),
    'include',
  );
  const sources = readdirSync(binding)
    .filter((file) => file.endsWith('.cc'))
    .map((file) => path.join(binding, file));
  const quiet = await buildQuiet(engine, libraries, headers);
  await compile([
    '-DNAPI_VERSION=8',
    ...[headers, nodeHeaders, binding].map((folder) => `-I${folder}`),
    ...sources,
    ...[
      '-o',
      path.join(engine, ADDON_FILE),
      `-L${libraries}`,
      '-ltensorflow',
      '-ltensorflow_framework',
      ...quiet,
    ],
    `-Wl,-rpath,$ORIGIN/${path.relative(engine, libraries)}`,
  ]);
}
