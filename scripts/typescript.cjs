// `node -r ./scripts/typescript.cjs FILE.ts`: runs TypeScript with its types taken away, for scripts that are checked like the tests. Of src/, what
// the build has made since a file was last changed is taken instead. What is made of the others is kept: a fuzzer starts a process for every target.
const { createHash } = require('node:crypto');
const {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} = require('node:fs');
const path = require('node:path');

const root = path.dirname(__dirname);
const options = {
  target: 'es2022',
  module: 'commonjs',
  esModuleInterop: true,
  inlineSourceMap: true,
};

/** What the build has of a source; null where that is older, or nothing. */
function builtOf(fileName) {
  const within = path.relative(path.join(root, 'src'), fileName);
  if (within.startsWith('..')) return null;
  const built = path.join(root, 'dist', within.replace(/\.ts$/, '.js'));
  const made = statSync(built, { throwIfNoEntry: false });
  return made && made.mtimeMs >= statSync(fileName).mtimeMs ? readFileSync(built, 'utf8') : null;
}

const kept = path.join(root, 'node_modules', '.cache', 'ipcgan-typescript');
const { version } = require('typescript/package.json');

function transpiled(fileName) {
  const text = readFileSync(fileName, 'utf8');
  const key = JSON.stringify([version, options, fileName, text]);
  const file = path.join(kept, `${createHash('sha256').update(key).digest('hex')}.js`);
  if (existsSync(file)) return readFileSync(file, 'utf8');
  const ts = require('typescript');
  const made = ts.transpile(
    text,
    ts.convertCompilerOptionsFromJson(options, root).options,
    fileName,
  );
  mkdirSync(kept, { recursive: true });
  // whole, whoever else writes it now
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, made);
  renameSync(unfinished, file);
  return made;
}

process.setSourceMapsEnabled(true);
require.extensions['.ts'] = (module, fileName) =>
  module._compile(builtOf(fileName) ?? transpiled(fileName), fileName);
