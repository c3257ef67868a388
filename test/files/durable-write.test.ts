import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { sha256Of, sha256OfFile } from '../../src/files/digest';
import { createFile, replaceFile, writeDurably } from '../../src/files/durable-write';
import { ownerOf } from '../../src/files/process-owner';
import type { ProcessOwner } from '../../src/files/process-owner';
import { removeLeftovers, temporaryIn } from '../../src/files/temporary';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();
const me = ownerOf(process.pid);
/** Of NIST's examples. */
const SHA256_OF_ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

test('many writers of one file all succeed, and the file is one of what they wrote, whole', async () => {
  const folder = newFolder();
  const file = path.join(folder, 'report.html');
  const contents = Array.from({ length: 40 }, (_, i) => String(i % 10).repeat(100_000 + i));
  await Promise.all(contents.map((content) => replaceFile(file, content)));
  expect(contents.includes(readFileSync(file, 'utf8'))).toBe(true);
  expect(readdirSync(folder)).toEqual(['report.html']);
});

test('of many that make one file one does, and nobody replaces it', async () => {
  const folder = newFolder();
  const file = path.join(folder, 'settings.json');
  const contents = Array.from({ length: 20 }, (_, i) => String(i).repeat(1000));
  const made = await Promise.all(contents.map((content) => createFile(file, content)));
  expect(made.filter(Boolean)).toHaveLength(1);
  expect(readFileSync(file, 'utf8')).toBe(contents[made.indexOf(true)]);
  expect(await createFile(file, 'other')).toBe(false);
  expect(readdirSync(folder)).toEqual(['settings.json']);
});

test('a name as long as the file system takes it can be written', async () => {
  const folder = newFolder();
  const name = `${'😀'.repeat(62)}1.jpeg`;
  expect(Buffer.byteLength(name)).toBe(254);
  await replaceFile(path.join(folder, name), 'x');
  expect(readdirSync(folder)).toEqual([name]);
});

test('a write that fails leaves the old file and nothing else, and its error says the file that was asked for', async () => {
  const folder = newFolder();
  mkdirSync(path.join(folder, 'taken'));
  writeFileSync(path.join(folder, 'taken', 'inside'), '');
  await expect(replaceFile(path.join(folder, 'taken'), 'x')).rejects.toMatchObject({
    code: 'EISDIR',
    path: path.join(folder, 'taken'),
    message: expect.not.stringContaining('.tmp'),
  });
  await expect(replaceFile(path.join(folder, 'missing', 'file'), 'x')).rejects.toMatchObject({
    code: 'ENOENT',
    path: path.join(folder, 'missing', 'file'),
  });
  expect(readdirSync(folder)).toEqual(['taken']);
});

test('a new file is told by its size and SHA-256, and no other file is written over', async () => {
  const file = path.join(newFolder(), 'new');
  expect(await writeDurably(file, 'abc')).toEqual({ bytes: 3, sha256: SHA256_OF_ABC });
  await expect(writeDurably(file, 'other')).rejects.toMatchObject({ code: 'EEXIST' });
  expect([await sha256OfFile(file), sha256Of('a', Buffer.from('bc'))]).toEqual([
    SHA256_OF_ABC,
    SHA256_OF_ABC,
  ]);
});

test('what a killed process left goes; what is being written, here or where nobody can look, stays', async () => {
  const folder = newFolder();
  const other = spawn('sleep', ['60']);
  const elsewhere: ProcessOwner = { ...me, host: 'node17', boot: 'other' };
  const living = [me, ownerOf(other.pid!), elsewhere, { ...me, namespace: 'pid:[7]' }];
  const dead = [
    { ...me, started: '1' },
    { ...me, boot: 'before' },
  ];
  for (const writer of [...living, ...dead]) writeFileSync(temporaryIn(folder, writer), 'half');
  mkdirSync(path.join(temporaryIn(folder, dead[0]), 'inside'), { recursive: true });
  writeFileSync(path.join(folder, '.notes.tmp'), 'of somebody else');
  await removeLeftovers(folder);
  expect(readdirSync(folder)).toHaveLength(living.length + 1);
  const ended = new Promise((resolve) => other.on('close', resolve));
  other.kill('SIGKILL');
  await ended;
  await removeLeftovers(folder);
  expect(readdirSync(folder)).toHaveLength(living.length);
  await removeLeftovers(path.join(folder, 'missing'));
});
