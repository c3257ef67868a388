import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(__dirname, '..');

/** Where our TypeScript is. */
const FOLDERS = ['src', 'test', 'web', 'bench', 'scripts', 'packages', 'docs/examples'];

/** Imports and exports from another file that leave something in the compiled program: those of types alone do not. */
const STATIC = /^(?:import|export)\s(?!type\s)(?:[^;'"]*?\sfrom\s)?'(\.[^'\n]*)'/gm;
const DYNAMIC = /\bimport\('(\.[^'\n]*)'\)/g;

type Imports = ReadonlyMap<string, readonly string[]>;

function sourceFiles(): string[] {
  return FOLDERS.filter((folder) => existsSync(path.join(ROOT, folder))).flatMap((folder) =>
    readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .map((name) => path.join(ROOT, folder, name))
      .filter((file) => file.endsWith('.ts') && !/\.d\.ts$|\/(node_modules|dist)\//.test(file)),
  );
}

/** The files that a file's text imports, of those that there are. */
function importsOf(file: string, text: string, files: ReadonlySet<string>): string[] {
  return [...text.matchAll(STATIC), ...text.matchAll(DYNAMIC)].flatMap(([, name = '']) => {
    const place = path.resolve(path.dirname(file), name.replace(/\.js$/, ''));
    return [`${place}.ts`, path.join(place, 'index.ts')].filter((one) => files.has(one));
  });
}

/** A way from some file back to itself; null where there is none. */
function cycleIn(imports: Imports): string[] | null {
  const done = new Set<string>();
  const way: string[] = [];
  const walk = (file: string): string[] | null => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
    if (done.has(file)) return null;
    done.add(file);
    way.push(file);
    for (const next of imports.get(file) ?? []) {
      const cycle = walk(next);
      if (cycle) return cycle;
    }
    way.pop();
    return null;
  };
  for (const file of imports.keys()) {
    const cycle = walk(file);
    if (cycle) return cycle;
  }
  return null;
}

test('no file imports itself by way of others', () => {
  const files = new Set(sourceFiles());
  const imports = new Map(
    [...files].map((file) => [file, importsOf(file, readFileSync(file, 'utf8'), files)]),
  );
  // what is read is what is there
  expect(imports.get(path.join(ROOT, 'src/cli/bench.ts'))).toEqual(
    expect.arrayContaining([
      path.join(ROOT, 'src/errors.ts'),
      path.join(ROOT, 'src/bench/peer.ts'),
      path.join(ROOT, 'src/bench/evaluate.ts'),
    ]),
  );
  expect(cycleIn(imports)?.map((file) => path.relative(ROOT, file)) ?? []).toEqual([]);
});

test.each([
  ["import { a } from './b';", ['b']],
  ["import {\n  a,\n  c,\n} from './b';", ['b']],
  ["import './b';", ['b']],
  ["export { a } from './b';\nexport * from './c';", ['b', 'c']],
  ["const b = await import('./b');", ['b']],
  ["import type { A } from './b';\nexport type { C } from './c';", []],
  ["import { a } from 'b';", []],
])('%j imports %j', (text, expected) => {
  const there = (name: string): string => path.join(ROOT, `${name}.ts`);
  expect(importsOf(there('a'), text, new Set(['b', 'c'].map(there)))).toEqual(expected.map(there));
});

test('a cycle is found, wherever one comes upon it', () => {
  const of = (edges: Readonly<Record<string, string[]>>): Imports => new Map(Object.entries(edges));
  expect(cycleIn(of({ a: ['b', 'c'], b: ['c'], c: [] }))).toBeNull();
  expect(cycleIn(of({ a: ['b'], b: ['c', 'd'], c: [], d: ['b'] }))).toEqual(['b', 'd', 'b']);
  expect(cycleIn(of({ a: ['a'] }))).toEqual(['a', 'a']);
});
