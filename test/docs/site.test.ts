import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();
const root = path.resolve(__dirname, '../..');

const makeSite = (out: string) =>
  spawnSync(process.execPath, [path.join(root, 'scripts', 'site.mjs'), out], { encoding: 'utf8' });

test('every link of the documentation leads somewhere, and every page is in the contents', () => {
  const out = path.join(newFolder(), 'site');
  const { status, stderr } = makeSite(out);
  expect([stderr, status]).toEqual(['', 0]);
  const page = readFileSync(path.join(out, 'docs', 'how-it-works.html'), 'utf8');
  expect(page).toContain('<img src="images/step.svg"');
  expect(page).toContain('href="method.html#where-the-label-gets-lost"');
  expect(page).toContain('<a href="how-it-works.html" aria-current="page">');
  expect(existsSync(path.join(out, 'docs', 'images', 'step.svg'))).toBe(true);
  // again over what it made
  expect(makeSite(out).status).toBe(0);
});

test('a folder with other files is left alone', () => {
  const out = newFolder();
  mkdirSync(path.join(out, 'mine'));
  writeFileSync(path.join(out, 'mine', 'letter.txt'), 'dear');
  const { status, stderr } = makeSite(out);
  expect(status).toBe(1);
  expect(stderr).toMatch(/expected an empty folder or a site made before, got other files/);
  expect(existsSync(path.join(out, 'mine', 'letter.txt'))).toBe(true);
});
