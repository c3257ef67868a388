import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import path from 'node:path';
import { lockDirectory, removeStale } from '../../src/files/directory-lock';
import type { Holder } from '../../src/files/directory-lock';
import { sha256Of } from '../../src/files/digest';
import { livenessOf, ownerOf, parseOwner } from '../../src/files/process-owner';
import type { ProcessOwner } from '../../src/files/process-owner';
import { temporaryFolders } from '../support/temporary';
import { until } from '../support/until';

const newFolder = temporaryFolders();
const me = ownerOf(process.pid);
const ENDED: ProcessOwner = { ...me, started: '1' };
const ELSEWHERE: ProcessOwner = { ...me, host: 'node17', boot: 'other' };

const refuse = ({ name, advice }: Holder): never => {
  throw new Error(`${name}: ${advice}`);
};
const take = (folder: string): Promise<() => Promise<void>> =>
  lockDirectory(folder, 'lock', refuse);
/** The file by which one process at a time may remove a lock of this owner. */
const claimTo = (folder: string, owner: ProcessOwner): string =>
  path.join(folder, `lock.${sha256Of(JSON.stringify(owner)).slice(0, 12)}`);

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

test('a lock that says something else than a job where one is said is no lock', () => {
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  const owner = (job: string): string =>
    `{"host":"c","boot":"b","namespace":"c","pid":4194303,"started":"1","job":${job}}`;
  expect(parseOwner(owner(deep))).toBeNull();
  expect(parseOwner(owner('"7_1"'))?.job).toBe('7_1');
  expect(parseOwner(owner('null'))?.job).toBeNull();
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

test('a lock that was dead when it was read, and is a living process’s by now, is not touched', async () => {
  const folder = folderLockedBy(me);
  const touched: (string | null)[] = [];
  const watcher = watch(folder, (_, name) => touched.push(name));
  await removeStale(path.join(folder, 'lock'), JSON.stringify(ENDED));
  writeFileSync(path.join(folder, 'end'), '');
  await until(() => touched.includes('end'), 'the watcher');
  watcher.close();
  // it was neither moved away nor back
  expect(touched).not.toContain('lock');
  expect(readdirSync(folder).sort()).toEqual(['end', 'lock']);
});

test('who may remove a dead lock does so alone: the other waits, and finds the new lock, also when the first is killed', async () => {
  const folder = folderLockedBy(ENDED);
  const file = path.join(folder, 'lock');
  const first = spawn('sleep', ['60']);
  const third = JSON.stringify(me);
  writeFileSync(claimTo(folder, ENDED), JSON.stringify(ownerOf(first.pid!)));
  let isDone = false;
  const removing = removeStale(file, JSON.stringify(ENDED)).then(() => (isDone = true));
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect([isDone, readFileSync(file, 'utf8')]).toEqual([false, JSON.stringify(ENDED)]);
  // the first removes the dead lock, a third process takes it, and the first is killed before it gives its claim back
  rmSync(file);
  writeFileSync(file, third);
  const ended = new Promise((resolve) => first.on('close', resolve));
  first.kill('SIGKILL');
  await ended;
  await removing;
  expect([readFileSync(file, 'utf8'), readdirSync(folder)]).toEqual([third, ['lock']]);
});

test('a claim that nobody here can look into is refused like a lock; old claims go when the lock is taken', async () => {
  const folder = folderLockedBy(ENDED);
  const claim = claimTo(folder, ENDED);
  writeFileSync(claim, JSON.stringify(ELSEWHERE));
  await expect(take(folder)).rejects.toThrow(
    `if it has ended, remove ${claim} and run this again.`,
  );
  writeFileSync(claim, JSON.stringify(ENDED));
  writeFileSync(claimTo(folder, { ...ENDED, started: '2' }), JSON.stringify(ENDED));
  await take(folder);
  expect(readdirSync(folder)).toEqual(['lock']);
});
