import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { lockRun } from '../../src/runs/run-dir';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();

test('a run that fails before it writes anything leaves no directory', async () => {
  const directory = path.join(newFolder(), 'run');
  await (
    await lockRun(directory)
  )();
  expect(existsSync(directory)).toBe(false);
});

test('what is in a directory stays, and so does one that was there before', async () => {
  const begun = path.join(newFolder(), 'begun');
  const unlock = await lockRun(begun);
  writeFileSync(path.join(begun, 'config.json'), '{}');
  await unlock();
  expect(readdirSync(begun)).toEqual(['config.json']);
  const made = path.join(newFolder(), 'made');
  mkdirSync(made);
  await (
    await lockRun(made)
  )();
  expect(readdirSync(made)).toEqual([]);
});
