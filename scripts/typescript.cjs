// `node -r ./scripts/typescript.cjs FILE.ts`: runs TypeScript with its types taken away, for scripts that are checked like the tests. Of src/, what
// the build has made since a file was last changed is taken instead.
const { readFileSync, statSync } = require('node:fs');
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

function transpiled(fileName) {
  const ts = require('typescript');
  const text = readFileSync(fileName, 'utf8');
  return ts.transpile(text, ts.convertCompilerOptionsFromJson(options, root).options, fileName);
}

process.setSourceMapsEnabled(true);
require.extensions['.ts'] = (module, fileName) =>
  module._compile(builtOf(fileName) ?? transpiled(fileName), fileName);
