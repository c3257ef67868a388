// Builds the GPU that does nothing, and a checkout whose TensorFlow.js uses TensorFlow's CUDA build on it.
// node bench/fake-gpu/make.mjs ENGINE OUT   (ENGINE: a folder of TensorFlow's CUDA build, see engine.mjs)
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
export const root = path.dirname(path.dirname(here));
const require = createRequire(import.meta.url);

/** Names under which TensorFlow's CUDA build looks for what NVIDIA makes. */
const LIBRARIES = [
  ...['libcuda.so.1', 'libcudart.so.12', 'libcublas.so.12', 'libcublasLt.so.12', 'libcudnn.so.9'],
  ...['libcufft.so.11', 'libcusparse.so.12', 'libcusolver.so.11', 'libnccl.so.2'],
];
const FUNCTIONS = /^(cu[A-Z]|cuda|cublas|cudnn|cufft|cusolver|cusparse|nccl|cupti)\w*$/;

/** Where TensorFlow's two libraries lie in an engine's folder. */
export const librariesOf = (engine) =>
  [path.join('site', 'tensorflow'), 'lib']
    .map((folder) => path.join(engine, folder))
    .find((folder) => existsSync(path.join(folder, 'libtensorflow_cc.so.2')));

/** Names of the functions of a shared library that it offers or asks for. */
const symbolsOf = (library) =>
  execFileSync('nm', ['-D', '--format=posix', library], { encoding: 'utf8', maxBuffer: 1 << 30 })
    .split('\n')
    .map((line) => line.split(/[ @]/, 1)[0]);

/** Builds the libraries into OUT/lib; what TensorFlow may call and no source here writes answers 0. @returns the counter's file */
export function buildFakeGpu(engine, out) {
  const lib = path.join(out, 'lib');
  mkdirSync(lib, { recursive: true });
  const counter = path.join(lib, 'nothing.node');
  const work = mkdtempSync(path.join(tmpdir(), 'fake-gpu-'));
  const compile = (...args) =>
    execFileSync('gcc', ['-O1', '-w', '-fPIC', '-shared', ...args], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
  try {
    const sources = ['counts', 'driver', 'runtime', 'libraries', 'node'].map((name) =>
      path.join(here, `${name}.c`),
    );
    const nodeHeaders = path.join(
      path.dirname(require.resolve('node-api-headers/package.json')),
      'include',
    );
    const args = [
      `-I${nodeHeaders}`,
      '-DNAPI_VERSION=8',
      '-fvisibility=hidden',
      ...sources,
      '-lpthread',
    ];
    const draft = path.join(work, 'draft.so');
    compile(...args, '-o', draft);
    const written = new Set(symbolsOf(draft));
    const folder = librariesOf(engine);
    const asked = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'].flatMap((name) =>
      symbolsOf(path.join(folder, name)),
    );
    const missing = [...new Set(asked)]
      .filter((name) => FUNCTIONS.test(name) && !written.has(name))
      .sort();
    const rest = path.join(work, 'rest.c');
    const answer = (name) => `EXPORT int ${name}() { count("other", "${name}", 0); return 0; }\n`;
    writeFileSync(rest, `#include "counts.h"\n${missing.map(answer).join('')}`);
    compile(`-I${here}`, ...args, rest, '-o', counter);
    compile(
      '-fvisibility=hidden',
      path.join(here, 'nvml.c'),
      '-o',
      path.join(lib, 'libnvidia-ml.so.1'),
    );
  } finally {
    rmSync(work, { recursive: true });
  }
  for (const name of LIBRARIES) {
    rmSync(path.join(lib, name), { force: true });
    symlinkSync(path.basename(counter), path.join(lib, name));
  }
  return counter;
}

/** Makes OUT/checkout: this one's programs, whose TensorFlow.js is linked to another engine. @returns its folder */
export function makeCheckout(engine, out) {
  const checkout = path.join(out, 'checkout');
  rmSync(checkout, { recursive: true, force: true });
  const modules = path.join(checkout, 'node_modules');
  mkdirSync(path.join(modules, '@tensorflow'), { recursive: true });
  // a program's packages are looked for beside its true place: it is copied, what it needs is linked
  cpSync(path.join(root, 'dist'), path.join(checkout, 'dist'), { recursive: true });
  for (const name of ['src', 'configs', 'packages', 'package.json', 'models', 'bench'])
    if (existsSync(path.join(root, name)))
      symlinkSync(realpathSync(path.join(root, name)), path.join(checkout, name));
  const link = (name) =>
    symlinkSync(realpathSync(path.join(root, 'node_modules', name)), path.join(modules, name));
  for (const name of readdirSync(path.join(root, 'node_modules')))
    if (!name.startsWith('.') && name !== '@tensorflow') link(name);
  for (const name of readdirSync(path.join(root, 'node_modules', '@tensorflow')))
    if (name !== 'tfjs-node-gpu') link(`@tensorflow/${name}`);
  const driver = path.join(modules, '@tensorflow', 'tfjs-node-gpu');
  cpSync(path.join(root, 'node_modules', '@tensorflow', 'tfjs-node-gpu'), driver, {
    recursive: true,
    filter: (file) =>
      !['lib', 'deps', 'node_modules'].some((name) =>
        file.endsWith(path.join('tfjs-node-gpu', name)),
      ),
  });
  const addons = path.join(driver, 'lib', 'napi-v8');
  mkdirSync(addons, { recursive: true });
  symlinkSync(
    path.join(realpathSync(engine), 'tfjs_binding.node'),
    path.join(addons, 'tfjs_binding.node'),
  );
  return checkout;
}

/** What a process that is to see the GPU that does nothing has in its environment. */
export const environmentOf = (engine, out) => ({
  ...process.env,
  LD_LIBRARY_PATH: path.join(out, 'lib'),
  IPCGAN_ENGINE_DIR: path.dirname(realpathSync(engine)),
  IPCGAN_FAKE_GPU: path.join(out, 'lib', 'nothing.node'),
});

/** Both, and our native code for the engine. */
export async function makeFakeGpu(engine, out) {
  const counter = buildFakeGpu(engine, out);
  const { buildNativeCode } = require(path.join(root, 'dist/engine/install/native-code.js'));
  await buildNativeCode(engine);
  return { counter, checkout: makeCheckout(engine, out), environment: environmentOf(engine, out) };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [engine, out] = process.argv.slice(2).map((folder) => path.resolve(folder));
  if (!out || !librariesOf(engine)) {
    process.stderr.write(
      "usage: make.mjs ENGINE OUT; ENGINE is a folder of TensorFlow's CUDA build (engine.mjs makes one)\n",
    );
    process.exit(2);
  }
  const { checkout } = await makeFakeGpu(engine, out);
  process.stdout.write(`${checkout}\n`);
}
