// Sets the project up, or finds that it is: dependencies, build, engine. Node's own modules only: it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
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

function run(label, program, args, env = process.env) {
  const started = Date.now();
  process.stderr.write(`setup: ${label}\n`);
  const { status, error } = spawnSync(program, args, { cwd: root, env, stdio: ['ignore', 2, 2] });
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

/** Settings by which npm leaves packages out, or installs for elsewhere: wherever they come from, none of them is meant for this set-up. */
const LEAVES_OUT =
  /^(NODE_ENV|npm_config_(omit|only|also|dev|include|optional|production|dry_run|package_lock_only|global|location|prefix|workspaces?|os|cpu|libc))$/i;
const npmEnvironment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !LEAVES_OUT.test(name)),
);
// what a user's .npmrc says, a flag overrides
const NPM_FLAGS = [
  ...['dev', 'optional', 'peer'].map((kind) => `--include=${kind}`),
  ...['dry-run', 'package-lock-only', 'global', 'audit', 'fund'].map((flag) => `--no-${flag}`),
  '--ignore-scripts',
  '--loglevel=error',
];

/** Packages that package.json asks for, and sharp's library for this machine, that are not there. */
function missingPackages() {
  const { dependencies, devDependencies } = JSON.parse(read(path.join(root, 'package.json')));
  const isThere = (name) => existsSync(path.join(root, 'node_modules', name, 'package.json'));
  const sharp = ['', 'musl'].map((libc) => `@img/sharp-${process.platform}${libc}-${process.arch}`);
  return [
    ...Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !isThere(name)),
    ...(sharp.some(isThere) ? [] : sharp.slice(0, 1)),
  ];
}

// dependencies: once for each state of the lock file, and again where packages have gone
const lock = hash(readFileSync(path.join(root, 'package-lock.json')));
if (read(dependencyStamp) !== lock || missingPackages().length > 0) {
  rmSync(dependencyStamp, { force: true });
  run('installing npm packages', 'npm', ['ci', ...NPM_FLAGS], npmEnvironment);
  const missing = missingPackages();
  if (missing.length > 0)
    fail(
      `node_modules: expected npm to install every package, got none of ${missing.join(', ')}. Look in \`npm config list\` for what leaves packages out (omit, only, production, os, cpu), and run it again.`,
    );
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
