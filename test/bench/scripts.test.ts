import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(__dirname, '../..');

/** What a script takes from the build: `{ names } = from('file.js')` or `require('../dist/file.js')`. */
const TAKEN = /\{([^{}]+)\}\s*=\s*(?:from|require)\('(?:\.\.\/dist\/)?([\w/-]+)\.js'\)/g;

// they are run by hand, long after something has moved
test.each(readdirSync(path.join(root, 'bench')).filter((name) => name.endsWith('.mjs')))(
  'bench/%s takes only what is there',
  (name) => {
    const script = readFileSync(path.join(root, 'bench', name), 'utf8');
    const taken = [...script.matchAll(TAKEN)];
    expect(taken.length).toBeGreaterThan(0);
    const missing = taken.flatMap(([, names = '', file = '']) => {
      const source = path.join(root, 'src', `${file}.ts`);
      const text = existsSync(source) ? readFileSync(source, 'utf8') : '';
      return names
        .split(',')
        .map((one) => one.trim())
        .filter((one) => one !== '' && !new RegExp(`^export .*\\b${one}\\b`, 'm').test(text))
        .map((one) => `${one} of ${file}`);
    });
    expect(missing).toEqual([]);
  },
);
