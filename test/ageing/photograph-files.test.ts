import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { findPhotographs } from '../../src/ageing/photograph-files';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();
const OUT = 'aged';

function folderOf(...names: string[]): string {
  const folder = newFolder();
  for (const name of names) writeFileSync(path.join(folder, name), '');
  return folder;
}

test('files and folders give each photograph once, in order', async () => {
  const folder = folderOf('b.JPG', 'a.png', 'c.heic', 'notes.txt', '.hidden.jpg');
  mkdirSync(path.join(folder, 'deeper.jpg'));
  const link = path.join(newFolder(), 'link.jpg');
  symlinkSync(path.join(folder, 'b.JPG'), link);
  const odd = path.join(folderOf('odd'), 'odd');
  expect(await findPhotographs([link, folder, odd], OUT)).toEqual([
    { file: link, stem: 'link' },
    { file: path.join(folder, 'a.png'), stem: 'a' },
    { file: path.join(folder, 'c.heic'), stem: 'c' },
    { file: odd, stem: 'odd' },
  ]);
});

test.each([
  ['me.jpg', 'me.png'],
  ['me.jpg', 'Me.jpg'],
  // the same letters, composed and not
  ['zo\u00eb.jpg', 'zoe\u0308.jpg'],
])('results of %s and %s would have one name: an error', async (one, other) => {
  const a = folderOf(one);
  const b = folderOf(other);
  await expect(findPhotographs([a, b], OUT)).rejects.toThrow(
    `age: expected photographs of different names, got ${path.join(a, one)} and ${path.join(b, other)}, whose results would overwrite each other.`,
  );
});

test('nothing, an empty folder, and the folder of the results are errors', async () => {
  await expect(findPhotographs([], OUT)).rejects.toThrow('age: expected photographs or folders');
  await expect(findPhotographs(['/none.jpg'], OUT)).rejects.toThrow(
    '/none.jpg: expected a photograph or a folder of some, got nothing there',
  );
  const empty = folderOf('notes.txt');
  await expect(findPhotographs([empty], OUT)).rejects.toThrow('got one without pictures');
  const folder = folderOf('a.jpg');
  await expect(findPhotographs([folder], `${folder}/`)).rejects.toThrow(
    "--out: expected another folder than the photographs'",
  );
});
