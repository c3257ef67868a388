// Type-check, lint, format and tests, in this order; stops at the first that fails. Arguments go to jest.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const bin = (name, file) => path.join(root, 'node_modules', name, file);
const stages = [
  ['types', bin('typescript', 'bin/tsc'), ['--noEmit', '-p', 'tsconfig.test.json']],
  ['lint', bin('eslint', 'bin/eslint.js'), ['.', '--max-warnings', '0']],
  ['format', bin('prettier', 'bin/prettier.cjs'), ['--check', '--log-level', 'warn', '.']],
  ['tests', bin('jest', 'bin/jest.js'), process.argv.slice(2)],
];
for (const [name, program, args] of stages) {
  const started = Date.now();
  const { status } = spawnSync(process.execPath, [program, ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  process.stderr.write(
    `check: ${name}: ${((Date.now() - started) / 1000).toFixed(1)} s${status === 0 ? '' : `, failed (${status})`}\n`,
  );
  if (status !== 0) process.exit(status ?? 1);
}
