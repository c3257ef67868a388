/** @file The pictures that are done, a line each, so that a killed `prepare` goes on where it was. */

import { existsSync } from 'node:fs';
import { open, readdir, rm, truncate } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../../errors';
import { refuseNewer } from '../../files/format-version';
import { eachWholeLine } from '../../files/json-lines';
import { leavesFolder } from '../../files/real-path';
import { changedSettings } from '../changed-settings';
import type { Shard } from '../shard';
import type { Examined } from './examine';

/** Where finished pictures are written down. */
export interface Journal {
  /** Appends; durable against a kill of the process. */
  add(examined: Examined): Promise<void>;
  close(): Promise<void>;
}

const JOURNAL = /^journal(-\d+-of-\d+)?\.jsonl$/;
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

const headerSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));

const insideSchema = z.string().refine((name) => !leavesFolder(name));
const nullableNumber = z.number().nullable();
const examinedSchema = z.union([
  z.object({
    name: z.string(),
    faces: z.array(
      z.object({
        path: insideSchema,
        sha256: z.string(),
        hash: z.string(),
        landmarks: z.array(z.tuple([z.number(), z.number()])).nullable(),
        quality: z.object({
          score: nullableNumber,
          size: nullableNumber,
          sharpness: z.number(),
          yaw: nullableNumber,
        }),
        oblong: z.tuple([z.number(), z.number()]).optional(),
      }),
    ),
  }),
  z.object({ name: z.string(), reason: z.string(), detail: z.string() }),
]);

/** What a text says by a schema; null where it is no JSON of that form. */
function parsed<T extends z.ZodType>(text: string, schema: T): z.infer<T> | null {
  try {
    return schema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

function checkSettings(file: string, header: string, settings: JournalSettings): void {
  const then = parsed(header, headerSchema);
  if (then === null)
    throw new UserError(
      `${file}: expected the settings of a data set in line 1, got ${header.slice(0, 80)}. Remove the file: its pictures are examined again.`,
    );
  refuseNewer(file, then, VERSION);
  // a journal of an earlier version says less
  const changed = changedSettings(
    then,
    settings,
    Object.keys(settings).filter((key) => key in then),
  );
  if (changed === null) return;
  throw new UserError(
    `${file}: expected pictures examined with the same settings, got ${changed}. Choose another --out, or the old settings.`,
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
    const [header, ...pictures] = lines;
    if (header === undefined) continue;
    checkSettings(path.join(out, name), header, settings);
    for (const line of pictures) {
      // what a power cut left of a line says nothing: its picture is examined again
      const examined = parsed(line, examinedSchema);
      if (examined !== null) done.set(examined.name, examined as Examined);
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
