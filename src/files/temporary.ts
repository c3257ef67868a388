/** @file Names for what is written beside its place and then moved there: they tell who writes, so that what a killed process left can go. */

import { randomUUID } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { sha256Of } from './digest';
import { livenessOf, ownerOf } from './process-owner';
import type { ProcessOwner } from './process-owner';

const NAME = /^\.ipcgan-([0-9a-f]*)-([0-9a-f]*)-([0-9a-f]*)-(\d+)-(\d*)-[0-9a-f]+\.tmp$/;
const DIGITS = 8;

const short = (text: string): string => (text === '' ? '' : sha256Of(text).slice(0, DIGITS));

/** An owner as a name can hold it: long texts by their digests. Slurm's job is left out, since only a lock outlives its process. */
const shortened = ({ host, boot, namespace, pid, started }: ProcessOwner): ProcessOwner => ({
  host: short(host),
  boot: short(boot),
  namespace: short(namespace),
  pid,
  started,
  job: null,
  restarts: 0,
});

/** A new path in a directory for a file or folder that is to be moved to its place: hidden, and different in every call and process. */
export function temporaryIn(
  directory: string,
  writer: ProcessOwner = ownerOf(process.pid),
): string {
  const { host, boot, namespace, pid, started } = shortened(writer);
  const unique = randomUUID().slice(0, DIGITS);
  return path.join(
    directory,
    `.ipcgan-${host}-${boot}-${namespace}-${pid}-${started}-${unique}.tmp`,
  );
}

/** Whether the process that writes something under a name of {@link temporaryIn} is known to have ended. */
function isLeftover(name: string, here: ProcessOwner): boolean {
  const [, host = '', boot = '', namespace = '', pid = '', started = ''] = NAME.exec(name) ?? [];
  // where no process has a start time nothing can be known
  if (started === '') return false;
  const writer = { host, boot, namespace, pid: Number(pid), started, job: null, restarts: 0 };
  return livenessOf(writer, here) === 'dead';
}

/** Removes what killed processes left half-written in a directory; what a living one writes, or one that cannot be seen from here, stays. */
export async function removeLeftovers(directory: string): Promise<void> {
  const here = shortened(ownerOf(process.pid));
  // a folder that cannot be listed keeps what it has
  for (const name of await readdir(directory).catch((): string[] => []))
    if (isLeftover(name, here))
      await rm(path.join(directory, name), { recursive: true, force: true }).catch(() => undefined);
}
