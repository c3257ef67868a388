import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ownerOf } from '../../src/files/process-owner';
import { temporaryIn } from '../../src/files/temporary';
import { recoverDirectory, replaceDirectory } from '../../src/files/whole-directory';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();

/** As a killed process leaves it. */
function leftoverIn(home: string): void {
  const leftover = temporaryIn(home, { ...ownerOf(process.pid), started: '1' });
  mkdirSync(leftover);
  writeFileSync(path.join(leftover, 'half'), '');
}

const write =
  (content: string) =>
  (folder: string): Promise<void> => {
    writeFileSync(path.join(folder, 'file'), content);
    return Promise.resolve();
  };

test('a directory is replaced whole, and stays as it was, without remains, where writing fails', async () => {
  const home = newFolder();
  const target = path.join(home, 'last');
  leftoverIn(home);
  await replaceDirectory(target, 'a thing', write('first'));
  await replaceDirectory(target, 'a thing', write('second'));
  expect([readdirSync(home), readdirSync(target)]).toEqual([['last'], ['file']]);
  const failing = replaceDirectory(target, 'a thing', async (folder) => {
    await write('third')(folder);
    throw new Error('ENOSPC: no space left on device, write');
  });
  await expect(failing).rejects.toThrow(
    /last: expected to write a thing, got ENOSPC.*what was saved before is untouched\.$/,
  );
  expect([readdirSync(home), readFileSync(path.join(target, 'file'), 'utf8')]).toEqual([
    ['last'],
    'second',
  ]);
});

test('a directory that was moved aside when the process was killed comes back, and never over a newer one', async () => {
  const home = newFolder();
  const target = path.join(home, 'last');
  await replaceDirectory(target, 'a thing', write('old'));
  renameSync(target, path.join(home, '.last.old'));
  await recoverDirectory(target);
  expect([readdirSync(home), readFileSync(path.join(target, 'file'), 'utf8')]).toEqual([
    ['last'],
    'old',
  ]);
  mkdirSync(path.join(home, '.last.old'));
  leftoverIn(home);
  await recoverDirectory(target);
  expect([readdirSync(home), readFileSync(path.join(target, 'file'), 'utf8')]).toEqual([
    ['last'],
    'old',
  ]);
});

test('many writers of one directory all succeed, and it is one of what they wrote, whole', async () => {
  const home = newFolder();
  const target = path.join(home, 'last');
  const contents = Array.from({ length: 12 }, (_, i) => String(i));
  await Promise.all(contents.map((content) => replaceDirectory(target, 'a thing', write(content))));
  expect([readdirSync(home), readdirSync(target)]).toEqual([['last'], ['file']]);
  expect(contents).toContain(readFileSync(path.join(target, 'file'), 'utf8'));
});
