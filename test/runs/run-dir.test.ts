import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { lockFoundRun, lockRun } from '../../src/runs/run-dir';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();

test('whoever found no run, and gets the lock when another has begun one, is refused and gives the lock back', async () => {
  const folder = path.join(newFolder(), 'run');
  mkdirSync(folder);
  await (
    await lockFoundRun(folder, false)
  )();
  writeFileSync(path.join(folder, 'config.json'), '{}');
  for (let i = 0; i < 2; i++)
    await expect(lockFoundRun(folder, false)).rejects.toThrow(
      `${folder}: expected no run there, got one that was started meanwhile. Add --resume`,
    );
  await (
    await lockFoundRun(folder, true)
  )();
});

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
