/** @file The config that a run goes by: the given one, or with --resume the run's own. */

import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors';
import { deepFreeze, resolveConfig } from '../config/load';
import type { Resolved } from '../config/load';
import { RESUMABLE_KEYS } from '../config/schema';
import type { TrainConfig } from '../config/schema';
import { runFiles } from './run-dir';

/** What settings were in version 0.1, which had no key for them: a run of it goes on as it began. */
const BEFORE_THE_KEY = { held_out_faces: 8 } as const;

async function readRunConfig(directory: string): Promise<Record<string, unknown>> {
  const { config } = runFiles(directory);
  try {
    const own = JSON.parse(await readFile(config, 'utf8')) as Record<string, unknown>;
    return { ...BEFORE_THE_KEY, ...own };
  } catch (cause) {
    throw new UserError(
      `${config}: expected the config of a run, got ${String(cause)}. Start the run anew in another directory.`,
      {
        cause,
      },
    );
  }
}

/** They say which run, not how it is trained. */
const WHICH_RUN: ReadonlySet<string> = new Set(['run', 'checkpoint_dir', 'config']);

/**
 * Names of the settings that a resumed run is given, by flag or config file.
 * @param resumable those that may differ from the run's own
 * @throws UserError for others that do
 */
export async function givenAnew<V extends 'train' | 'pretrain'>(
  { config, given }: Resolved<V>,
  directory: string,
  resumable: ReadonlySet<string>,
): Promise<string[]> {
  const own = await readRunConfig(directory);
  const names = [...given.keys()].filter((name) => !WHICH_RUN.has(name));
  const problems = names
    .filter((name) => !resumable.has(name))
    .map((name) => ({
      where: given.get(name),
      was: JSON.stringify(own[name]),
      is: JSON.stringify(config[name as keyof typeof config]),
    }))
    .filter(({ was, is }) => was !== is)
    .map(
      ({ where, was, is }) =>
        `${where}: expected ${was} as in ${directory}, got ${is}. A resumed run keeps it; start a new run.`,
    );
  if (problems.length > 0) throw new UserError(problems.join('\n'));
  return names;
}

/** A resumed run's config: its own, with the few settings that may change taken from what is given. */
async function resumedConfig(resolved: Resolved<'train'>): Promise<TrainConfig> {
  const { config, given } = resolved;
  const directory = config.checkpoint_dir;
  const own = await readRunConfig(directory);
  const changed = await givenAnew(resolved, directory, RESUMABLE_KEYS);
  // a prepared data set given again brings its own paths
  const forgotten = given.has('data') ? ['root_folder', 'source_file'] : [];
  const kept = Object.entries(own).filter(([name]) => !forgotten.includes(name));
  const allowed = changed
    .filter((name) => RESUMABLE_KEYS.has(name))
    .map((name) => [name, config[name as keyof TrainConfig]] as const);
  const merged: Record<string, unknown> = {
    ...Object.fromEntries(kept),
    ...Object.fromEntries(allowed),
    checkpoint_dir: directory,
    resume: true,
  };
  // resolved anew, so that a config.json of another version is checked like any other
  const flagsOfFile = Object.fromEntries(
    Object.entries(merged).filter(([name, value]) => value !== null && name !== 'run'),
  );
  const checked = resolveConfig('train', toFlags(flagsOfFile));
  return deepFreeze({ ...checked.config, run: config.run });
}

/** Lists of numbers are one comma-separated text on the command line. */
const toFlags = (values: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(',') : value,
    ]),
  );

/** What others may have put there, as `ipcgan import` does, is not mixed with a run. @throws UserError */
export function expectNoNetwork(directory: string): void {
  const names = existsSync(directory) ? readdirSync(directory) : [];
  const network = names.find((name) => existsSync(path.join(directory, name, 'model.json')));
  if (network !== undefined)
    throw new UserError(
      `${directory}: expected no network there, got ${network}/. Choose another --run.`,
    );
}

/**
 * The config that a run goes by: the given one, or with --resume the run's own.
 * @throws UserError when the directory holds a run and --resume is not given, or the other way round, or a network of none
 */
export async function resolveRun(resolved: Resolved<'train'>): Promise<TrainConfig> {
  const { config } = resolved;
  const directory = config.checkpoint_dir;
  const holdsRun = existsSync(runFiles(directory).config);
  if (config.resume && holdsRun) return resumedConfig(resolved);
  if (config.resume)
    throw new UserError(
      `--resume: expected a run in ${directory}, got none. Check --run or --checkpoint_dir, or leave --resume out.`,
    );
  if (holdsRun)
    throw new UserError(
      `${directory}: expected no run there, got one. Add --resume to continue it, or choose another --run.`,
    );
  expectNoNetwork(directory);
  return config;
}
