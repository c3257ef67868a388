import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isLockDead, lockDirectory } from '../../src/files/directory-lock';
import type { Holder } from '../../src/files/directory-lock';
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

/** Takes the lock as a process of another container of this machine would, says so, and stays. */
const ELSEWHERE = `
const fs = require('node:fs');
const { readlinkSync } = fs;
fs.readlinkSync = (file) => file === '/proc/self/ns/pid' ? 'pid:[7]' : readlinkSync(file);
const { lockDirectory } = require('./files/directory-lock.js');
if (process.argv[3] === 'without') process.env.PATH = '/nowhere';
lockDirectory(process.argv[2], 'lock', () => { throw new Error('held'); }).then(() => fs.writeSync(1, 'locked'));
setInterval(() => undefined, 1000);
`;

describe('a lock of another container on the same machine', () => {
  /** @returns what kills the process that has the lock */
  async function lockElsewhere(
    folder: string,
    program: 'with' | 'without',
  ): Promise<() => Promise<void>> {
    const script = path.join(newFolder(), 'elsewhere.js');
    writeFileSync(script, ELSEWHERE.replace('./files', path.join(DIST, 'files')));
    const child = spawn(process.execPath, [script, folder, program]);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    return () =>
      new Promise((resolve) => {
        child.on('close', () => resolve());
        child.kill('SIGKILL');
      });
  }
  const refuse = ({ name, advice }: Holder): never => {
    throw new Error(`${name}: ${advice}`);
  };

  test('holds while its process lives, though nobody here can see it, and ends with it: nobody removes a file', async () => {
    const folder = newFolder();
    const kill = await lockElsewhere(folder, 'with');
    for (let i = 0; i < 2; i++)
      await expect(lockDirectory(folder, 'lock', refuse)).rejects.toThrow(
        'Wait for it, or stop it.',
      );
    expect(await isLockDead(folder, 'lock')).toBe(false);
    await kill();
    expect(await isLockDead(folder, 'lock')).toBe(true);
    const attempts = await Promise.allSettled(
      Array.from({ length: 6 }, () => lockDirectory(folder, 'lock', refuse)),
    );
    expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(readdirSync(folder)).toEqual(['lock']);
  });

  test('is asked about where the kernel cannot tell: taken without the program, or on another file system', async () => {
    const without = newFolder();
    await (
      await lockElsewhere(without, 'without')
    )();
    const moved = newFolder();
    await (
      await lockElsewhere(moved, 'with')
    )();
    const file = path.join(moved, 'lock');
    const owner = JSON.parse(readFileSync(file, 'utf8')) as { device: number };
    writeFileSync(file, JSON.stringify({ ...owner, device: owner.device + 1 }));
    for (const folder of [without, moved])
      await expect(lockDirectory(folder, 'lock', refuse)).rejects.toThrow(
        `if it has ended, remove ${path.join(folder, 'lock')} and run this again.`,
      );
  });
});

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
