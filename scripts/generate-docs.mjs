// Writes docs/configuration.md from the schema.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const { describeConfiguration } = createRequire(import.meta.url)(
  path.join(root, 'dist', 'config', 'describe.js'),
);
writeFileSync(path.join(root, 'docs', 'configuration.md'), describeConfiguration());
