// Sets the project up, or finds that it is: dependencies, build, engine. Node's own modules only: it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const OLDEST_NODE = [20, 9];
const dependencyStamp = path.join(root, 'node_modules', '.ipcgan-setup');
const buildStamp = path.join(root, 'dist', '.ipcgan-build');
const cli = path.join(root, 'dist', 'cli', 'index.js');

function fail(message) {
  process.stderr.write(`setup: ${message}\n`);
  process.exit(3);
}

function run(label, program, args) {
  const started = Date.now();
  process.stderr.write(`setup: ${label}\n`);
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (error || status !== 0)
    fail(
      `${label} failed (${error?.message ?? `exit code ${status}`}); see above, and run it again.`,
    );
  process.stderr.write(`setup: ${label}: ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
}

const read = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : null);
const hash = (text) => createHash('sha256').update(text).digest('hex');

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]))
  fail(`expected Node ${OLDEST_NODE.join('.')} or newer, got ${process.version}.`);

// dependencies: once for each state of the lock file
const lock = hash(readFileSync(path.join(root, 'package-lock.json')));
if (read(dependencyStamp) !== lock) {
  run('installing npm packages', 'npm', [
    'ci',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ]);
  writeFileSync(dependencyStamp, lock);
}

// build: when a source or a setting of the compiler is not what it was
function* sourceFiles(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  )) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* sourceFiles(file);
    else if (entry.name.endsWith('.ts')) yield file;
  }
}
const packages = path.join(root, 'packages');
const folders = [
  path.join(root, 'src'),
  path.join(root, 'web', 'src'),
  ...readdirSync(packages).map((name) => path.join(packages, name, 'src')),
];
const files = [
  ...folders.flatMap((folder) => [...sourceFiles(folder)]),
  ...['tsconfig.json', 'tsconfig.base.json', 'web/tsconfig.json'].map((name) =>
    path.join(root, name),
  ),
];
const state = hash(
  lock +
    files
      .map(
        (file) => `${path.relative(root, file)} ${statSync(file).size} ${statSync(file).mtimeMs}`,
      )
      .join('\n'),
);
if (read(buildStamp) !== state) {
  run('building', process.execPath, [path.join(root, 'scripts', 'build.mjs')]);
  writeFileSync(buildStamp, state);
}

// engine: a matter of milliseconds where it is there; the command says what it does otherwise
const { status } = spawnSync(process.execPath, [cli, 'engine', 'install'], {
  cwd: root,
  stdio: ['ignore', 'ignore', 2],
});
if (status !== 0) process.exit(status ?? 3);
