// The demo, set-up included: its minutes begin here. Flags go to `ipcgan demo`.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const began = Date.now() / 1000;
const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const flags = process.argv.slice(2);
// a quick demo counts steps, not minutes
const since = flags.some((flag) => flag.startsWith('--quick')) ? [] : [`--since=${began}`];

function run(file, args) {
  const { status, signal } = spawnSync(process.execPath, [path.join(root, file), ...args], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? (signal === 'SIGINT' ? 130 : 2));
}

run('scripts/setup.mjs', []);
run('dist/cli/index.js', ['demo', ...since, ...flags]);
