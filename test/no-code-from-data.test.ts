import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(__dirname, '..');
const SOURCES = ['src', 'web/src', 'scripts', 'bench', 'packages/tensorboard-logger-ts/src'];

/** What makes code of a text, or gives a text to a shell. */
const FORBIDDEN = [
  /\beval\s*\(/,
  /\bnew\s+Function\b/,
  /\bFunction\s*\(\s*['"`]/,
  // of child_process: with a dot in front it is a regular expression's
  /(?<![.\w])(?:exec|execSync)\s*\(/,
  /\bshell\s*:\s*(?:true|['"`])/,
  /['"]node:vm['"]/,
  /\bset(?:Timeout|Interval|Immediate)\s*\(\s*['"`]/,
];

const filesIn = (folder: string): string[] =>
  readdirSync(path.join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.[cm]?[jt]s$/.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name));

test.each(SOURCES)('nothing in %s makes code of a text, or gives names to a shell', (folder) => {
  const files = filesIn(folder);
  expect(files.length).toBeGreaterThan(0);
  const found = files.flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line, i) =>
        FORBIDDEN.some((pattern) => pattern.test(line))
          ? [`${path.relative(ROOT, file)}:${i + 1}: ${line.trim()}`]
          : [],
      ),
  );
  expect(found).toEqual([]);
});

test.each([
  'eval(x)',
  'new Function(x)',
  'execSync(`ls ${x}`)',
  '{ shell: true }',
  "setTimeout('x')",
])('it would be found: %s', (line) =>
  expect(FORBIDDEN.some((pattern) => pattern.test(line))).toBe(true),
);
