// Type-check, format and lint side by side, then the tests; stops at the first that fails. Arguments go to jest.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const bin = (name, file) => path.join(root, 'node_modules', name, file);
// the build has just checked src/: the tests' types go by what it made
const types = ['types', bin('typescript', 'bin/tsc'), ['--noEmit', '-p', 'tsconfig.check.json']];
const lint = ['lint', bin('eslint', 'bin/eslint.js'), ['.', '--max-warnings', '0']];
const format = [
  'format',
  bin('prettier', 'bin/prettier.cjs'),
  ['--check', '--log-level', 'warn', '.'],
];
const tests = ['tests', bin('jest', 'bin/jest.js'), process.argv.slice(2)];

/** Runs one stage and says how long it took; the check ends with it where it fails. */
function run([name, program, args]) {
  const started = Date.now();
  const child = spawn(process.execPath, [program, ...args], { cwd: root, stdio: 'inherit' });
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      const outcome = code === 0 ? '' : `, failed (${code ?? signal})`;
      const seconds = ((Date.now() - started) / 1000).toFixed(1);
      process.stderr.write(`check: ${name}: ${seconds} s${outcome}\n`);
      if (code !== 0) {
        for (const other of running) other.kill();
        process.exit(code ?? 1);
      }
      running.delete(child);
      resolve();
    });
    running.add(child);
  });
}
const running = new Set();

// lint takes one core for as long as the other two take another
await Promise.all([run(lint), run(types).then(() => run(format))]);
await run(tests);
