// Builds dist/: removes what no source stands behind any more, then compiles what changed. Node's own modules and the compiler only.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, rmSync } from 'node:fs';
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

removeStale(path.join(root, 'dist'), path.join(root, 'src'));
for (const name of readdirSync(path.join(root, 'packages')))
  removeStale(path.join(root, 'packages', name, 'dist'), path.join(root, 'packages', name, 'src'));
const compiler = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const { status } = spawnSync(process.execPath, [compiler, '-b'], { cwd: root, stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);
chmodSync(path.join(root, 'dist', 'cli', 'index.js'), 0o755);
