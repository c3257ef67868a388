/** @file One process at a time works in a directory, also where several machines share it. */

import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../errors';
import { holdOpenFile, isOpenFileHeld } from './advisory-lock';
import { sha256Of } from './digest';
import { NO_LINKS } from './durable-write';
import { livenessOf, ownerName, ownerOf, parseOwner } from './process-owner';
import type { Liveness, ProcessOwner } from './process-owner';
import { removeLeftovers, temporaryIn } from './temporary';

/** Whoever holds a directory: a name for messages, and what the user can do about it. */
export interface Holder {
  readonly name: string;
  readonly advice: string;
  /** Whether it is seen to live, or only cannot be looked into. */
  readonly isVisible: boolean;
}

/** What stands in a lock. */
interface LockOwner extends ProcessOwner {
  /** The file system on which the kernel holds the lock's file for its process (flock); absent where it does not. */
  readonly device?: number;
}

/** A lock that this process has. */
interface Lock {
  readonly file: string;
  readonly content: string;
  /** What the kernel's lock is on: open for as long as the lock is ours. */
  readonly descriptor: number;
}

/** Behind the name of what is claimed. */
const CLAIM_DIGITS = 12;
const CLAIM = new RegExp(`^(\\.[0-9a-f]{${CLAIM_DIGITS}})+$`);
/** A claim is held for as long as it takes to read a file and remove it. */
const CLAIM_POLL_MILLISECONDS = 5;
/** Looks at a claim whose holder cannot be seen, until it is taken to have died. */
const MOST_CLAIM_POLLS = 400;
/** How long a file may be without an owner until its writer is taken to have died in the middle. */
const HALF_WRITTEN_MILLISECONDS = 300;

const readNow = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};

/** The content of a file; null where there is none. @throws the file system's error */
const readIfThere = (file: string): Promise<string | null> =>
  readFile(file, 'utf8').catch((error: unknown) => {
    // a network file system may say ESTALE of a file that another machine has just removed
    if (['ENOENT', 'ESTALE'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  });

/** Makes a lock where there is none, in one move: nobody sees it half-written, or not yet held. @returns null where there is one */
async function create(file: string): Promise<Lock | null> {
  // who waits looks often, and most often in vain
  if (existsSync(file)) return null;
  const owner = ownerOf(process.pid);
  const written = temporaryIn(path.dirname(file));
  const descriptor = openSync(written, 'wx');
  try {
    const lock = { file, descriptor, content: JSON.stringify(owner) };
    const isHeld = holdOpenFile(descriptor);
    const content = isHeld
      ? JSON.stringify({ ...owner, device: fstatSync(descriptor).dev } satisfies LockOwner)
      : lock.content;
    writeSync(descriptor, content);
    const isLinked = await link(written, file).then(
      () => true,
      (error: unknown) => {
        if (!NO_LINKS.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
        return false;
      },
    );
    if (isLinked) return { ...lock, content };
    await writeFile(file, lock.content, { flag: 'wx' });
    return lock;
  } catch (error) {
    closeSync(descriptor);
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return null;
    throw error;
  } finally {
    await rm(written, { force: true });
  }
}

/** Gives a lock back that is still ours. */
function release({ file, descriptor, content }: Lock): void {
  if (readNow(file) === content) rmSync(file, { force: true });
  closeSync(descriptor);
}

/**
 * Whether the process that took a lock still runs. One of this kernel that cannot be looked into, since it is in another container, shows by
 * whether the kernel still holds the lock for it: on the very file system that it took it on, since others may not know of it.
 * @returns null where the lock is not what it was any more
 */
function livenessOfLock(file: string, content: string, owner: LockOwner): Liveness | null {
  const liveness = livenessOf(owner);
  const { boot } = ownerOf(process.pid);
  if (liveness !== 'unknown' || boot === '' || owner.boot !== boot || owner.device === undefined)
    return liveness;
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? null : 'unknown';
  }
  try {
    if (readFileSync(descriptor, 'utf8') !== content) return null;
    if (fstatSync(descriptor).dev !== owner.device) return 'unknown';
    const isHeld = isOpenFileHeld(descriptor);
    return isHeld === null ? 'unknown' : isHeld ? 'alive' : 'dead';
  } finally {
    closeSync(descriptor);
  }
}

/** The same content after a while. Without hard links a living process's lock is empty for a moment. */
async function isSettled(file: string, content: string): Promise<boolean> {
  await sleep(HALF_WRITTEN_MILLISECONDS);
  return (await readIfThere(file)) === content;
}

function holderOf(file: string, owner: ProcessOwner, isVisible: boolean): Holder {
  const advice = isVisible
    ? 'Wait for it, or stop it.'
    : `Whether that still runs cannot be seen from here, another machine or container: look there, wait for it or stop it; if it has ended, remove ${file} and run this again.`;
  return { name: ownerName(owner), advice, isVisible };
}

/**
 * Makes a lock as soon as there is none of a living process.
 * @param onHeld called with the holder where a process has the lock, or may have it; throws, or resolves when it is to be tried again
 */
async function take(file: string, onHeld: (holder: Holder) => Promise<void>): Promise<Lock> {
  for (;;) {
    const lock = await create(file);
    if (lock !== null) return lock;
    const there = await readIfThere(file);
    if (there === null) continue;
    const owner = parseOwner(there);
    const liveness = owner === null ? 'dead' : livenessOfLock(file, there, owner);
    if (liveness === null) continue;
    if (owner !== null && liveness !== 'dead')
      await onHeld(holderOf(file, owner, liveness === 'alive'));
    else if (owner !== null || (await isSettled(file, there))) await removeStale(file, there);
  }
}

/**
 * Takes a dead process's lock away, and never another one. Only who holds the claim to a content may remove the file that has it. A dead process
 * takes no lock any more: once its lock is gone no file has that content again, and a living process's lock is not even touched.
 * A claim is a lock itself, since whoever holds it may die.
 * @param content of the lock
 * @throws UserError where a process of another machine, which cannot be looked into from here, keeps the claim
 */
export async function removeStale(file: string, content: string): Promise<void> {
  const claim = `${file}.${sha256Of(content).slice(0, CLAIM_DIGITS)}`;
  let polls = 0;
  const own = await take(claim, async ({ name, advice, isVisible }) => {
    if (!isVisible && ++polls === MOST_CLAIM_POLLS)
      throw new UserError(
        `${file}: expected to remove the lock of a process that has ended, got ${name} doing so. ${advice}`,
      );
    await sleep(CLAIM_POLL_MILLISECONDS);
  });
  try {
    if ((await readIfThere(file)) === content) await rm(file, { force: true });
  } finally {
    release(own);
  }
}

/** Whether nobody has a lock any more, as far as can be told from here. */
export async function isLockDead(directory: string, name: string): Promise<boolean> {
  const file = path.join(directory, name);
  const there = (await readIfThere(file)) ?? '';
  const owner = parseOwner(there);
  return owner === null || (livenessOfLock(file, there, owner) ?? 'dead') === 'dead';
}

/** Reads a lock. @returns the process that took it, or null where there is none */
export const readLock = async (directory: string, name: string): Promise<ProcessOwner | null> =>
  parseOwner(await readFile(path.join(directory, name), 'utf8').catch(() => ''));

/**
 * Takes a lock away that is known to be of a process that has ended, as by Slurm, though nobody here can look.
 * @param hasEnded of the process that took it
 */
export async function removeEndedLock(
  directory: string,
  name: string,
  hasEnded: (owner: ProcessOwner) => boolean,
): Promise<void> {
  const file = path.join(directory, name);
  const there = await readIfThere(file);
  const owner = parseOwner(there ?? '');
  if (there !== null && owner !== null && hasEnded(owner)) await removeStale(file, there);
}

/** Claims to locks of the past, whose holders were killed; who holds the lock knows that nobody needs them. */
async function removeOldClaims(directory: string, name: string): Promise<void> {
  for (const entry of await readdir(directory)) {
    if (!entry.startsWith(name) || !CLAIM.test(entry.slice(name.length))) continue;
    const owner = await readLock(directory, entry);
    if (owner !== null && livenessOf(owner) === 'dead')
      await rm(path.join(directory, entry), { force: true });
  }
}

/**
 * Takes the lock `name` of a directory, which is made where it is not; a lock whose process has ended does not count.
 * It is given back when the process exits, too, however that ends but by SIGKILL. What killed processes left half-written in the directory goes.
 * @param refuse throws what the user is told when another process has it, or may have it
 * @returns what gives it back
 */
export async function lockDirectory(
  directory: string,
  name: string,
  refuse: (holder: Holder) => never,
): Promise<() => Promise<void>> {
  await mkdir(directory, { recursive: true });
  const file = path.join(directory, name);
  const lock = await take(file, (holder) => Promise.resolve(refuse(holder)));
  let isOurs = true;
  const giveBack = (): void => {
    if (isOurs) release(lock);
    isOurs = false;
  };
  process.once('exit', giveBack);
  await removeLeftovers(directory);
  await removeOldClaims(directory, name);
  return () => {
    process.off('exit', giveBack);
    giveBack();
    return Promise.resolve();
  };
}
