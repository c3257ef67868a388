/** @file What an exported perceptual network comes from: its run's card, and who taught it or one of its ancestors. */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { readKnownConfig } from '../runs/known-config';
import { runFiles } from '../runs/run-dir';
import { MODEL_CARD } from './write-folder';

/** As much of a pretrain run's config as is asked here. */
const configSchema = z.object({
  task: z.string().optional(),
  teacher: z.string().optional(),
  taught_by: z.string().optional(),
  trunk: z.string().optional(),
  alexnet_pretrained_model: z.string().nullish(),
});

/** Where a network comes from. */
export interface NetworkOrigin {
  /** Of the run, `identity` or `age`; null where there is no run. */
  readonly task: string | null;
  /** `none`, or the teacher of the run or of one that it started from: an evaluation must know. */
  readonly taughtBy: string;
  /** Text of the run's MODEL.md without its pictures; null where there is none. */
  readonly card: string | null;
}

/** A classifier comes from an identity network, which may come from another. */
const GENERATIONS = 3;

/** Directory of the run that a network lies in; the location itself where it is of no run. */
const runOf = (location: string): string =>
  [location, path.dirname(location)].find((directory) => existsSync(runFiles(directory).config)) ??
  location;

async function teacherOf(location: string, generations = GENERATIONS): Promise<string> {
  const config = (await readKnownConfig(runOf(location), configSchema)) ?? {};
  const {
    task,
    trunk,
    teacher = 'none',
    taught_by: before,
    alexnet_pretrained_model: from,
  } = config;
  if (before !== undefined) return before;
  // an age head on a trunk that stays as it is has no use for a teacher
  if (teacher !== 'none' && !(task === 'age' && trunk === 'frozen')) return teacher;
  return from && generations > 1 ? teacherOf(from, generations - 1) : 'none';
}

/** @param location a pretrain run, its `model/`, or an exported network */
export async function originOf(location: string): Promise<NetworkOrigin> {
  const run = runOf(location);
  const config = await readKnownConfig(run, configSchema);
  const text = await readFile(path.join(run, MODEL_CARD), 'utf8').catch(() => null);
  const lines = text?.split('\n').filter((line) => !line.startsWith('!['));
  return {
    task: config?.task ?? null,
    taughtBy: await teacherOf(location),
    card: lines?.join('\n') ?? null,
  };
}
