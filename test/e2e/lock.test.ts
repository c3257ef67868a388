import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();
const DIST = path.resolve(__dirname, '../../dist');
const PROCESSES = 6;
const KILLS = 40;

/** Takes the lock as soon as it can, works where nobody else may be, and dies with the lock in its hand. */
const SCRIPT = `
const { mkdirSync, rmdirSync, writeSync } = require('node:fs');
const { lockDirectory } = require('./files/directory-lock.js');
const [, , folder, inside] = process.argv;
const refuse = () => { throw new Error('held'); };
const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
(async () => {
  for (;;) {
    try {
      await lockDirectory(folder, 'lock', refuse);
      break;
    } catch (error) {
      if (error.message !== 'held') throw error;
      await sleep(1);
    }
  }
  mkdirSync(inside);
  await sleep(3 * Math.random());
  rmdirSync(inside);
  writeSync(1, 'alone');
  process.kill(process.pid, 'SIGKILL');
})().catch((error) => writeSync(1, error.stack));
`;

test('processes that compete for the lock of one that was killed never hold it two at a time, and one always gets it', async () => {
  const home = newFolder();
  const folder = path.join(home, 'locked');
  mkdirSync(folder);
  const script = path.join(home, 'competitor.js');
  writeFileSync(script, SCRIPT.replace('./files', path.join(DIST, 'files')));
  const compete = (): Promise<string> =>
    new Promise((resolve) => {
      const child = spawn(process.execPath, [script, folder, path.join(home, 'inside')]);
      let said = '';
      child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
      child.on('close', () => resolve(said));
    });
  const said: string[] = [];
  let started = 0;
  const slot = async (): Promise<void> => {
    while (started++ < KILLS) said.push(await compete());
  };
  await Promise.all(Array.from({ length: PROCESSES }, slot));
  expect(said).toEqual(new Array<string>(KILLS).fill('alone'));
});
