// Seconds from the command to its help: `node bench/startup.mjs`. It loads no TensorFlow, and should stay under 0.4 s.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const cli = path.join(path.dirname(path.dirname(fileURLToPath(import.meta.url))), 'dist', 'cli', 'index.js');
const seconds = Array.from({ length: 9 }, () => {
  const started = performance.now();
  spawnSync(process.execPath, [cli, '--help']);
  return (performance.now() - started) / 1000;
}).sort((a, b) => a - b);
console.log(JSON.stringify({ what: 'ipcgan --help', median_seconds: seconds[4], fastest: seconds[0], slowest: seconds[8] }));
