/** @file The pages of the documentation, as the tests of docs/ read them. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Where the pages lie. */
export const ROOT = path.resolve(__dirname, '../..');

const inFolder = (folder: string): string[] =>
  readdirSync(path.join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);

/** Pages that people write, and docs/configuration.md, which the schema does; paths from the root. */
export const PAGES: readonly string[] = ['README.md', 'CONTRIBUTING.md', ...inFolder('docs')];

/** Cards of the models that come with the package. */
export const CARDS: readonly string[] = readdirSync(path.join(ROOT, 'models'))
  .map((name) => `models/${name}/MODEL.md`)
  .filter((card) => existsSync(path.join(ROOT, card)));

/** A page's Markdown. */
export const readPage = (page: string): string => readFileSync(path.join(ROOT, page), 'utf8');
