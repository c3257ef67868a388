import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describeConfiguration } from '../../src/config/describe';

test('docs/configuration.md is what the schema says; `npm run docs` writes it', () => {
  expect(readFileSync(path.resolve(__dirname, '../../docs/configuration.md'), 'utf8')).toBe(
    describeConfiguration(),
  );
});
