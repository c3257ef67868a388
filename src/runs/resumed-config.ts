/** @file The config that a run goes by: the given one, or with --resume the run's own. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors';
import { defaultOf, metaOf } from '../config/key';
import type { Keys } from '../config/key';
import { completeConfig, deepFreeze } from '../config/load';
import type { Resolved } from '../config/load';
import { readGiven, readSettings } from '../config/read-settings';
import type { GivenSettings, RawFlags } from '../config/read-settings';
import type { Behind } from '../config/rules';
import { resumableKeys, VERB_KEYS } from '../config/schema';
import type { VerbConfig } from '../config/schema';
import { withoutVersion } from '../config/written-config';
import { runFiles } from './run-dir';

/** Verbs that make runs. */
type RunVerb = 'train' | 'pretrain';

/** What settings were in version 0.1, which had no key for them: a run of it goes on as it began. */
const BEFORE_THE_KEY: Readonly<Record<RunVerb, object>> = {
  train: { held_out_faces: 8 },
  pretrain: {},
};

/** They say which run, not how it is trained. */
const WHICH_RUN: ReadonlySet<string> = new Set(['run', 'checkpoint_dir', 'config']);
/** A prepared data set that is given again brings its own. */
const OF_DATA: ReadonlySet<string> = new Set(['root_folder', 'source_file']);

/** The directory of the run that `--run` names. */
export const directoryOfRun = (run: string): string => path.join('checkpoints', run);

/** The directory that is meant by what is given; null where that is wrong or missing. */
function directoryOf(verb: RunVerb, given: GivenSettings['values']): string | null {
  const keys: Keys = VERB_KEYS[verb];
  const run = given.get('run')?.value;
  if (typeof run === 'string') return keys.run?.safeParse(run).success ? directoryOfRun(run) : null;
  const initial = keys.checkpoint_dir && defaultOf(keys.checkpoint_dir);
  const directory = given.get('checkpoint_dir')?.value ?? initial;
  return typeof directory === 'string' && directory !== '' ? directory : null;
}

/** @throws UserError where it is not there, broken, or of another verb, NewerFileError */
function readRunConfig(verb: RunVerb, file: string): object {
  const wrong = (got: string): UserError =>
    new UserError(
      `${file}: expected the config of a ${verb} run, got ${got}. Check --run, or start the run anew under another --run.`,
    );
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw wrong(cause instanceof Error ? cause.message : String(cause));
  }
  if (typeof content !== 'object' || content === null) throw wrong(JSON.stringify(content));
  const own = withoutVersion(file, { ...content });
  if ('task' in own !== (verb === 'pretrain')) throw wrong('that of another verb');
  return own;
}

/** The settings that a run was started with, as far as they stay its own. */
function ownSettings(
  verb: RunVerb,
  directory: string,
  given: GivenSettings['values'],
): GivenSettings {
  const file = runFiles(directory).config;
  const began = { ...BEFORE_THE_KEY[verb], ...readRunConfig(verb, file) };
  const kept = Object.entries(began).filter(
    ([name]) =>
      !WHICH_RUN.has(name) && !((given.get('data')?.value ?? null) !== null && OF_DATA.has(name)),
  );
  return readSettings(verb, file, Object.fromEntries(kept));
}

/** @throws UserError for settings given to a resumed run that differ from its own, and may not */
function checkKept<V extends RunVerb>(
  verb: V,
  { config, given }: Resolved<V>,
  own: GivenSettings['values'],
  directory: string,
): void {
  const resumable = resumableKeys(verb);
  const { override } = config as unknown as VerbConfig<RunVerb>;
  const keys: Keys = VERB_KEYS[verb];
  const problems = [...given].flatMap(([name, where]) => {
    const schema = keys[name];
    if (schema === undefined || WHICH_RUN.has(name) || resumable.has(name)) return [];
    // a run of an earlier version knew the default alone
    const before = own.get(name)?.value ?? defaultOf(schema);
    const now = config[name as keyof typeof config];
    const { overridable } = metaOf(schema);
    const mayDiffer =
      overridable === true || (overridable === 'positive' && (before === 0) === (now === 0));
    if (mayDiffer && override) return [];
    const was = JSON.stringify(before);
    const is = JSON.stringify(now);
    return was === is
      ? []
      : [
          `${where}: expected ${was} as in ${directory}, got ${is}. A resumed run keeps it; ${mayDiffer ? 'add --override to change it from here on, or ' : ''}start a new run.`,
        ];
  });
  if (problems.length > 0) throw new UserError(problems.join('\n'));
}

/** What others may have put there, as `ipcgan import` does, is not mixed with a run. @throws UserError */
function expectNoNetwork(directory: string): void {
  const names = existsSync(directory) ? readdirSync(directory) : [];
  const network = names.find((name) => existsSync(path.join(directory, name, 'model.json')));
  if (network !== undefined)
    throw new UserError(
      `${directory}: expected no network there, got ${network}/. Choose another --run.`,
    );
}

/** @throws UserError where a new run would be mixed with what is there */
function expectNothing(directory: string): void {
  if (existsSync(runFiles(directory).config))
    throw new UserError(
      `${directory}: expected no run there, got one. Add --resume to continue it, or choose another --run.`,
    );
  expectNoNetwork(directory);
}

/** The config of a run that goes on: its own, with the few settings that may change taken from what is given. */
function resumeRun<V extends RunVerb>(
  verb: V,
  directory: string,
  given: GivenSettings,
  behind: Behind,
): Resolved<V> {
  if (!existsSync(runFiles(directory).config)) {
    const flags = 'checkpoint_dir' in VERB_KEYS[verb] ? '--run or --checkpoint_dir' : '--run';
    const missing = `--resume: expected a run in ${directory}, got none. Check ${flags}, or leave --resume out.`;
    throw new UserError([...given.problems, missing].join('\n'));
  }
  const own = ownSettings(verb, directory, given.values);
  const resolved = completeConfig(verb, given, behind, own);
  checkKept(verb, resolved, own.values, directory);
  return resolved;
}

/** `--run=NAME` stands for a directory. */
function inDirectory<V extends RunVerb>(
  { config, given }: Resolved<V>,
  directory: string,
): Resolved<V> {
  if (!('checkpoint_dir' in config)) return { config, given };
  return { config: deepFreeze({ ...config, checkpoint_dir: directory } as VerbConfig<V>), given };
}

/** Whether it is resumed, as it turned out. */
const withResume = <V extends RunVerb>(
  { config, given }: Resolved<V>,
  resume: boolean,
): Resolved<V> => ({ config: deepFreeze({ ...config, resume } as VerbConfig<V>), given });

/**
 * Resolves the settings that a run goes by: what is given, or with --resume the run's own, over which what is given wins where it may change.
 * `resume` of the result is true or false: `auto` is decided here, by whether the directory holds a run.
 * @throws UserError when the directory holds a run and --resume is not given, or the other way round, or a network of none
 */
export function resolveRun<V extends RunVerb>(
  verb: V,
  flags: RawFlags,
  behind: Behind,
): Resolved<V> {
  const given = readGiven(verb, flags);
  const directory = directoryOf(verb, given.values);
  // says what is wrong with it
  if (directory === null) return completeConfig(verb, given, behind);
  const resume = given.values.get('resume')?.value;
  const isThere = existsSync(runFiles(directory).config);
  if (resume === true || (resume === 'auto' && isThere))
    return inDirectory(withResume(resumeRun(verb, directory, given, behind), true), directory);
  const resolved = completeConfig(verb, given, behind);
  expectNothing(directory);
  return inDirectory(withResume(resolved, false), directory);
}
