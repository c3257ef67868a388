// Builds dist/ and the page's web/dist/: removes what no source stands behind any more, then compiles what changed. Node's own modules and the compiler only.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** Files that the compiler made of a source that is gone: they would be imported, and packed, for ever. */
function removeStale(output, sources) {
  if (!existsSync(output)) return;
  for (const entry of readdirSync(output, { recursive: true, withFileTypes: true })) {
    const [, base] = /^(.+?)(\.d\.ts|\.js)$/.exec(entry.name) ?? [];
    if (!entry.isFile() || base === undefined) continue;
    const folder = path.relative(output, entry.parentPath ?? entry.path);
    if (!existsSync(path.join(sources, folder, `${base}.ts`)))
      rmSync(path.join(output, folder, entry.name));
  }
}

/** Browsers want whole names of modules, where Node's and the compiler's need no ending. */
function nameModules(output) {
  for (const entry of readdirSync(output, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.js')) continue;
    const file = path.join(entry.parentPath ?? entry.path, entry.name);
    const text = readFileSync(file, 'utf8');
    const named = text.replace(/( from '\.{1,2}\/[^']*?)(\.js)?';$/gm, "$1.js';");
    if (named !== text) writeFileSync(file, named);
  }
}

const page = path.join(root, 'web');
removeStale(path.join(page, 'dist'), root);
removeStale(path.join(root, 'dist'), path.join(root, 'src'));
for (const name of readdirSync(path.join(root, 'packages')))
  removeStale(path.join(root, 'packages', name, 'dist'), path.join(root, 'packages', name, 'src'));
const compiler = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const { status } = spawnSync(process.execPath, [compiler, '-b', root, page], {
  cwd: root,
  stdio: 'inherit',
});
if (status !== 0) process.exit(status ?? 1);
nameModules(path.join(page, 'dist'));
chmodSync(path.join(root, 'dist', 'cli', 'index.js'), 0o755);
