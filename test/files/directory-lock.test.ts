import { spawn } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { lockDirectory } from '../../src/files/directory-lock';
import { livenessOf, ownerOf } from '../../src/files/process-owner';
import type { ProcessOwner } from '../../src/files/process-owner';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();
const me = ownerOf(process.pid);
const ENDED: ProcessOwner = { ...me, started: '1' };
const ELSEWHERE: ProcessOwner = { ...me, host: 'node17', boot: 'other' };

const take = (folder: string): Promise<() => Promise<void>> =>
  lockDirectory(folder, 'lock', ({ name, advice }) => {
    throw new Error(`${name}: ${advice}`);
  });

function folderLockedBy(owner: ProcessOwner | string): string {
  const folder = newFolder();
  writeFileSync(
    path.join(folder, 'lock'),
    typeof owner === 'string' ? owner : JSON.stringify(owner),
  );
  return folder;
}

test('a process that is seen to live keeps its lock; once it is killed, the lock does not count', async () => {
  const child = spawn('sleep', ['60']);
  const folder = folderLockedBy(ownerOf(child.pid!));
  await expect(take(folder)).rejects.toThrow(`process ${child.pid!}: Wait for it, or stop it.`);
  const ended = new Promise((resolve) => child.on('close', resolve));
  child.kill('SIGKILL');
  await ended;
  const unlock = await take(folder);
  await expect(take(folder)).rejects.toThrow(`process ${process.pid}`);
  await unlock();
  expect(readdirSync(folder)).toEqual([]);
});

test('a number that another process has by now, a machine started anew, and half a file are no lock', async () => {
  for (const owner of [ENDED, { ...me, boot: 'before' }, '', '12']) {
    const folder = folderLockedBy(owner);
    await (
      await take(folder)
    )();
    expect(readdirSync(folder)).toEqual([]);
  }
});

test('what another machine or container holds is refused, with what to do; without the lock it goes on', async () => {
  for (const owner of [ELSEWHERE, { ...me, namespace: 'pid:[7]' }]) {
    const folder = folderLockedBy(owner);
    const file = path.join(folder, 'lock');
    await expect(take(folder)).rejects.toThrow(
      `if it has ended, remove ${file} and run this again.`,
    );
    expect(existsSync(file)).toBe(true);
  }
  await expect(take(folderLockedBy(ELSEWHERE))).rejects.toThrow(`process ${me.pid} of node17: `);
});

test('a Slurm task that was requeued does not wait for itself on another node; another start of the same job, or another job, counts', () => {
  const dead = { ...ELSEWHERE, job: '12_3', restarts: 0 };
  const here = (job: string, restarts: number): ProcessOwner => ({ ...me, job, restarts });
  expect(livenessOf(dead, here('12_3', 1))).toBe('dead');
  // two steps of one job on two nodes
  expect(livenessOf(dead, here('12_3', 0))).toBe('unknown');
  expect(livenessOf(dead, here('12_4', 1))).toBe('unknown');
  expect(livenessOf(dead, me)).toBe('unknown');
});

test('of many that find a dead lock at once, one gets the directory', async () => {
  const folder = folderLockedBy(ENDED);
  const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => take(folder)));
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(readdirSync(folder)).toEqual(['lock']);
});
