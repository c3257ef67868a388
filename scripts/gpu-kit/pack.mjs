// Packs what training needs on an NVIDIA machine that has no network into numbered pieces that are small enough to be carried.
// node scripts/gpu-kit/pack.mjs ENGINE OUT [--data=PREPARED_DATA_SET] [--fixtures=DIR] [--piece_mb=55] [--level=6] [--architecture=90] [--runtime=libcudart.so.12]
// ENGINE is a folder of TensorFlow's CUDA build (bench/fake-gpu/engine.mjs makes one). There: `bash assemble.sh PIECES KIT`, then
// `KIT/run node scripts/gpu-kit/measure.mjs OUT`. docs/performance.md has the whole way.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { sha256 } from './sha256.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.dirname(path.dirname(here));
const require = createRequire(import.meta.url);
const { cudaWheels, lockedRequirements } = require('../../dist/engine/install/cuda-plan.js');

const text = { type: 'string' };
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    data: text,
    fixtures: text,
    piece_mb: text,
    level: text,
    architecture: text,
    runtime: text,
  },
});
const [engine, out] = positionals.map((folder) => path.resolve(folder));
const {
  data,
  fixtures,
  piece_mb: pieceMb = '55',
  level = '6',
  architecture = '90',
  runtime,
} = values;
if (out === undefined || !existsSync(path.join(engine, 'tfjs_binding.node'))) {
  process.stderr.write(
    "usage: pack.mjs ENGINE OUT [--data=DIR] [--fixtures=DIR] [--piece_mb=55] [--level=6]; ENGINE is a folder of TensorFlow's CUDA build\n",
  );
  process.exit(2);
}
const say = (line) => process.stderr.write(`pack: ${line}\n`);

/** Packages that no training needs. */
const LEFT_OUT =
  /^node_modules\/(@vladmandic|@fastify|fastify|echarts|zrender|core-js|node-api-headers|dejavu-fonts-ttf|@types|@webgpu)(\/|$)/;
/** Files of our package that no training needs. */
const NO_PROGRAM = /^(docs|demo|web)\/|\.d\.ts$/;
/** Of these only what Node loads: they have a dozen forms for browsers. */
const BUNDLES = /^@tensorflow\/tfjs(-\w+)?$/;

function stageModules(target) {
  const { packages } = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8'));
  const wanted = Object.entries(packages).filter(
    ([name, { dev, devOptional }]) =>
      name.startsWith('node_modules/') &&
      !dev &&
      !devOptional &&
      !LEFT_OUT.test(name) &&
      existsSync(path.join(root, name)),
  );
  for (const [name] of wanted) {
    const from = realpathSync(path.join(root, name));
    const to = path.join(target, name);
    const bare = name.replace(/^node_modules\//, '');
    if (BUNDLES.test(bare)) {
      const { main } = JSON.parse(readFileSync(path.join(from, 'package.json'), 'utf8'));
      for (const file of ['package.json', main]) {
        mkdirSync(path.dirname(path.join(to, file)), { recursive: true });
        copyFileSync(path.join(from, file), path.join(to, file));
      }
      continue;
    }
    cpSync(from, to, {
      recursive: true,
      dereference: true,
      // packages inside are on the list themselves
      filter: (file) =>
        file === from ||
        !/(\/node_modules|\.map|\.d\.ts|\.md|tfjs-node-gpu\/(lib|deps))$/.test(file),
    });
  }
  const addons = path.join(target, 'node_modules/@tensorflow/tfjs-node-gpu/lib/napi-v8');
  mkdirSync(addons, { recursive: true });
  symlinkSync(
    path.relative(
      addons,
      path.join(target, '../engine', path.basename(engine), 'tfjs_binding.node'),
    ),
    path.join(addons, 'tfjs_binding.node'),
  );
}

/** What the npm package has, so that nothing is missing there that is not missing for its users; and what measures. */
function stagePrograms(target) {
  const listed = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  for (const { path: name } of JSON.parse(listed)[0].files) {
    if (NO_PROGRAM.test(name)) continue;
    mkdirSync(path.dirname(path.join(target, name)), { recursive: true });
    copyFileSync(path.join(root, name), path.join(target, name));
  }
  cpSync(here, path.join(target, path.relative(root, here)), { recursive: true });
}

/** The engine with the code of one architecture. */
function stageEngine(target) {
  const to = path.join(target, path.basename(engine));
  mkdirSync(path.join(to, 'lib'), { recursive: true });
  // with the GPU hidden it is the CPU's engine, too
  symlinkSync(
    path.basename(engine),
    path.join(target, path.basename(engine).replace(/cuda$/, 'cpu')),
  );
  for (const name of readdirSync(engine))
    if (/^(tfjs_binding|ipcgan-).*\.node$|^complete\.json$/.test(name))
      copyFileSync(path.join(engine, name), path.join(to, name));
  const libraries = [path.join('site', 'tensorflow'), 'lib']
    .map((name) => path.join(engine, name))
    .find((folder) => existsSync(path.join(folder, 'libtensorflow_cc.so.2')));
  for (const name of readdirSync(libraries)) {
    const from = path.join(libraries, name);
    if (/\.so\.2$/.test(name)) {
      say(
        execFileSync(
          process.execPath,
          [path.join(here, 'slim.cjs'), from, path.join(to, 'lib', name), architecture],
          { encoding: 'utf8' },
        ).trim(),
      );
      // names for debuggers are a tenth of it
      execFileSync('strip', ['--strip-unneeded', path.join(to, 'lib', name)]);
    } else if (name === 'libquiet.so') copyFileSync(from, path.join(to, 'lib', name));
  }
}

/** CUDA 12's runtime, which is small: the other libraries of CUDA 13 serve under CUDA 12's names, this one does not. */
function stageRuntime(target) {
  mkdirSync(target, { recursive: true });
  const to = path.join(target, 'libcudart.so.12');
  if (runtime !== undefined) return copyFileSync(runtime, to);
  const wheels = cudaWheels(readFileSync(path.join(engine, 'METADATA'), 'utf8'));
  const work = mkdtempSync(path.join(out, 'pip-'));
  const requirements = path.join(out, 'requirements.txt');
  writeFileSync(
    requirements,
    lockedRequirements(wheels.filter(({ name }) => name.includes('cuda-runtime'))),
  );
  execFileSync('python3', [
    '-m',
    'pip',
    'download',
    '-q',
    '--no-deps',
    '--only-binary=:all:',
    '--platform',
    'manylinux2014_x86_64',
    '-d',
    work,
    '--require-hashes',
    '--requirement',
    requirements,
  ]);
  const [wheel] = readdirSync(work);
  const program =
    'import sys, zipfile\nopen(sys.argv[2], "wb").write(zipfile.ZipFile(sys.argv[1]).read("nvidia/cuda_runtime/lib/libcudart.so.12"))';
  execFileSync('python3', ['-c', program, path.join(work, wheel), to]);
  rmSync(work, { recursive: true });
  rmSync(requirements);
}

rmSync(out, { recursive: true, force: true });
const stage = path.join(out, 'stage');
const checkout = path.join(stage, 'checkout');
mkdirSync(checkout, { recursive: true });
say(`the engine, with code for sm_${architecture}`);
stageEngine(path.join(stage, 'engine'));
stageRuntime(path.join(stage, 'cuda12'));
say('Node, packages, programs');
mkdirSync(path.join(stage, 'bin'));
copyFileSync(process.execPath, path.join(stage, 'bin/node'));
spawnSync('strip', [path.join(stage, 'bin/node')]);
stageModules(checkout);
stagePrograms(checkout);
const drawn = path.join(stage, 'data');
if (data !== undefined) cpSync(data, drawn, { recursive: true });
else
  execFileSync(
    process.execPath,
    [
      path.join(root, 'dist/cli/index.js'),
      'prepare',
      'synthetic',
      '--out',
      drawn,
      '--people',
      '40',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
if (fixtures !== undefined) {
  cpSync(fixtures, path.join(stage, 'fixtures'), { recursive: true });
  // `verify` looks for its pictures there
  const pictures = path.join('faces', 'cacd-samples');
  cpSync(path.join(fixtures, '..', pictures), path.join(stage, pictures), { recursive: true });
}
let commit = 'unknown';
try {
  commit = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
} catch {
  // a package has no repository
}
writeFileSync(path.join(stage, 'commit'), `${commit}\n`);

say('compressing');
// x86's filter makes code a tenth smaller
const pack = `tar -C "$1" -c . | xz -T2 --check=crc32 --x86 --lzma2=preset=${level},dict=64MiB | split -b ${pieceMb}MB -d -a 2 - "$2"/piece-`;
execFileSync('bash', ['-o', 'pipefail', '-c', pack, 'pack', stage, out], {
  stdio: ['ignore', 'inherit', 'inherit'],
});
rmSync(stage, { recursive: true });
const pieces = readdirSync(out).filter((name) => name.startsWith('piece-'));
writeFileSync(
  path.join(out, 'manifest'),
  pieces.map((name) => `${sha256(path.join(out, name))}  ${name}\n`).join(''),
);
copyFileSync(path.join(here, 'assemble.sh'), path.join(out, 'assemble.sh'));
chmodSync(path.join(out, 'assemble.sh'), 0o755);
for (const name of pieces) say(`${name}: ${statSync(path.join(out, name)).size} bytes`);
say(`there, with all pieces, manifest and assemble.sh in one folder: bash assemble.sh FOLDER KIT`);
