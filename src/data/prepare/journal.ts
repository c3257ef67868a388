/** @file The pictures that are done, a line each, so that a killed `prepare` goes on where it was. */

import { existsSync } from 'node:fs';
import { open, readdir, rm, truncate } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../errors';
import { refuseNewer } from '../../files/format-version';
import { eachWholeLine } from '../../files/json-lines';
import type { Shard } from '../shard';
import type { Examined } from './examine';

/** Where finished pictures are written down. */
export interface Journal {
  /** Appends; durable against a kill of the process. */
  add(examined: Examined): Promise<void>;
  close(): Promise<void>;
}

const JOURNAL = /^journal(-\d+-of-\d+)?\.jsonl$/;
const SHOWN_DIFFERENCES = 3;
/** The header says it; journals of before have none. */
const VERSION = { key: 'format', newest: 1 } as const;

const journalName = (shard: Shard | null): string =>
  shard === null ? 'journal.jsonl' : `journal-${shard.index}-of-${shard.count}.jsonl`;

/** What pictures were examined with; two journals of one data set agree in it. */
export type JournalSettings = Readonly<Record<string, string | number | boolean | null>>;

/** Whole lines of a file, and how many bytes they take: a killed process may leave half a line. */
async function readWholeLines(file: string): Promise<{ lines: string[]; bytes: number }> {
  const lines: string[] = [];
  const bytes = await eachWholeLine(file, (line) => lines.push(line));
  return { lines, bytes };
}

function checkSettings(file: string, header: string | undefined, settings: JournalSettings): void {
  const then = (header === undefined ? {} : JSON.parse(header)) as JournalSettings;
  refuseNewer(file, then, VERSION);
  // a journal of an earlier version says less
  const changed = Object.keys(settings).filter(
    (key) => key in then && JSON.stringify(then[key]) !== JSON.stringify(settings[key]),
  );
  if (changed.length === 0) return;
  const shown = changed
    .slice(0, SHOWN_DIFFERENCES)
    .map(
      (key) =>
        `${key} ${JSON.stringify(then[key])} there, ${JSON.stringify(settings[key])} asked for`,
    );
  throw new UserError(
    `${file}: expected pictures examined with the same settings, got ${shown.join('; ')}. Choose another --out, or the old settings.`,
  );
}

/** Everything that any shard has finished, by name of the picture. @throws UserError when a journal was made with other settings */
export async function readJournals(
  out: string,
  settings: JournalSettings,
): Promise<Map<string, Examined>> {
  const done = new Map<string, Examined>();
  const names = existsSync(out)
    ? (await readdir(out)).filter((name) => JOURNAL.test(name)).sort()
    : [];
  for (const name of names) {
    const { lines } = await readWholeLines(path.join(out, name));
    if (lines.length === 0) continue;
    checkSettings(path.join(out, name), lines[0], settings);
    for (const line of lines.slice(1)) {
      const examined = JSON.parse(line) as Examined;
      done.set(examined.name, examined);
    }
  }
  return done;
}

/** Opens a shard's journal to go on with it; half a line at its end is cut off. */
export async function openJournal(
  out: string,
  shard: Shard | null,
  settings: JournalSettings,
): Promise<Journal> {
  const file = path.join(out, journalName(shard));
  const whole = existsSync(file) ? await readWholeLines(file) : { lines: [], bytes: 0 };
  if (whole.bytes > 0) await truncate(file, whole.bytes);
  const handle = await open(file, whole.bytes > 0 ? 'a' : 'w');
  if (whole.bytes === 0) {
    const header = { [VERSION.key]: VERSION.newest, ...settings };
    await handle.write(`${JSON.stringify(header)}\n`);
  }
  // lines are written one after the other, whoever finishes first
  let last: Promise<unknown> = Promise.resolve();
  return {
    add: (examined) => {
      const written = last.then(() => handle.write(`${JSON.stringify(examined)}\n`));
      last = written;
      return written.then(() => undefined);
    },
    close: async () => {
      await last.catch(() => undefined);
      await handle.close();
    },
  };
}

/** Removes all journals: the finished data set says the same. */
export async function removeJournals(out: string): Promise<void> {
  for (const name of await readdir(out))
    if (JOURNAL.test(name)) await rm(path.join(out, name), { force: true });
}
