/** @file What is known of each run of a sweep: a small file a run, each written in one move by whoever runs it. */

import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { ProcessOwner } from '../files/process-owner';
import { UserError } from '../errors';
import { replaceFile } from '../files/durable-write';
import type { RungResult } from './rungs';

const ownerSchema = z.object({
  host: z.string(),
  boot: z.string(),
  namespace: z.string(),
  pid: z.number().int(),
  started: z.string(),
  job: z.string().nullable(),
  restarts: z.number().int(),
}) satisfies z.ZodType<ProcessOwner>;

const stateSchema = z.object({
  /** Of the process, not of the run: a run whose process finished a rung may go on at the next. */
  status: z.enum(['pending', 'running', 'failed']),
  /** How often it failed by itself; that somebody asked it to end does not count. */
  failures: z.number().int(),
  results: z.array(
    z.object({
      rung: z.number().int(),
      metric: z.number().nullable(),
      step: z.number().int(),
      ended_at: z.string(),
    }),
  ),
  /** The process that trains it. */
  owner: ownerSchema.nullable(),
  /** Seconds of training in all. */
  seconds: z.number(),
  /** Why it failed or ended, and the last lines that it wrote. */
  reason: z.string().nullable(),
  tail: z.array(z.string()),
});

/** The file's content. */
export type RunState = z.infer<typeof stateSchema> & { readonly results: readonly RungResult[] };

/** A run that nobody has started. */
export const UNSTARTED: RunState = {
  status: 'pending',
  failures: 0,
  results: [],
  owner: null,
  seconds: 0,
  reason: null,
  tail: [],
};

const FOLDER = 'state';
const fileOf = (sweep: string, name: string): string => path.join(sweep, FOLDER, `${name}.json`);

/** Reads a run's state; that of a run without a file is {@link UNSTARTED}. @throws UserError when the file is of another form */
export async function readRunState(sweep: string, name: string): Promise<RunState> {
  const text = await readFile(fileOf(sweep, name), 'utf8').catch(() => null);
  if (text === null) return UNSTARTED;
  try {
    return stateSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new UserError(
      `${fileOf(sweep, name)}: expected the state of a run, got ${text.slice(0, 80)}. Remove the file: the run goes on from its checkpoint.`,
      { cause },
    );
  }
}

/** Writes a run's state in one move. */
export async function writeRunState(sweep: string, name: string, state: RunState): Promise<void> {
  await mkdir(path.join(sweep, FOLDER), { recursive: true });
  await replaceFile(fileOf(sweep, name), `${JSON.stringify(state)}\n`);
}
