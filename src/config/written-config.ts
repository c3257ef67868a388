/** @file Files that a command wrote, as the settings of another: of a run, an evaluation or a data set, without what was theirs alone. */

import path from 'node:path';
import { UserError } from '../errors';
import { refuseNewer } from '../files/format-version';
import { metaOf } from './key';
import type { Keys } from './key';
import { VERB_KEYS } from './schema';
import type { Verb } from './schema';

type Content = Readonly<Record<string, unknown>>;

/** What a command wrote, as settings of the verb that wrote it. */
interface Written {
  readonly verb: Verb;
  /** What it is called. */
  readonly called: string;
  readonly settings: Content;
}

/** Version of a run's directory, which its config.json says; runs of before say none. */
export const RUN_VERSION = { key: 'run_format', newest: 1 } as const;

/** Settings without the version of the run that they are of. @throws NewerFileError */
export function withoutVersion(file: string, content: Content): Content {
  refuseNewer(file, content, RUN_VERSION);
  return Object.fromEntries(Object.entries(content).filter(([name]) => name !== RUN_VERSION.key));
}

/** Verbs that write all their settings down, or print them. */
const WRITING = ['train', 'pretrain', 'evaluate', 'test', 'prepare'] as const satisfies Verb[];
/** Share of a verb's settings that a file which a command wrote has at least: it has all that its version knew. */
const LEAST_SHARE = 0.5;
/** What a prepared data set fills in of the settings of train. */
const OF_DATA = ['root_folder', 'source_file', 'age_bounds'] as const;

const isContent = (value: unknown): value is Content =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const knownKeys = (verb: Verb, content: Content): number =>
  Object.keys(content).filter((name) => Object.hasOwn(VERB_KEYS[verb], name)).length;

/** What a dataset.json counts, under names that settings of prepare have, too. */
const COUNTED: ReadonlySet<string> = new Set(['people']);

/** A dataset.json as settings of prepare. */
function ofDataset({ source, alignment, ...rest }: Content): Content {
  const images = isContent(source) ? source.images : undefined;
  const all: Content = { images, ...rest, ...(isContent(alignment) ? alignment : {}) };
  return Object.fromEntries(
    Object.entries(all).filter(
      ([name, value]) =>
        Object.hasOwn(VERB_KEYS.prepare, name) && !COUNTED.has(name) && value !== undefined,
    ),
  );
}

/** What a file is, where a command wrote it; null for one that somebody wrote by hand. */
function writtenBy(content: Content): Written | null {
  if (isContent(content.alignment) && 'content_hash' in content)
    return {
      verb: 'prepare',
      called: 'the description of a data set',
      settings: ofDataset(content),
    };
  if (isContent(content.settings) && 'figures' in content)
    return { verb: 'evaluate', called: 'a report of evaluate', settings: content.settings };
  const [verb] = [...WRITING].sort((a, b) => knownKeys(b, content) - knownKeys(a, content));
  if (verb === undefined || !('json' in content)) return null;
  const share = knownKeys(verb, content) / Object.keys(VERB_KEYS[verb]).length;
  return share < LEAST_SHARE ? null : { verb, called: `the config of ${verb}`, settings: content };
}

/** What to do with a file of another verb. */
function wayOut(verb: Verb, file: string, written: Written): string {
  const directory = path.dirname(file);
  if (written.verb === 'prepare' && 'data' in VERB_KEYS[verb]) return `Use --data=${directory}.`;
  if (written.verb === 'train' && 'checkpoint_dir' in VERB_KEYS[verb])
    return `Name the run with --checkpoint_dir=${directory}.`;
  return 'See docs/configuration.md for the settings that it has.';
}

/**
 * A config file's content; of one that a command wrote, what another can start from: neither what names the old run nor what belongs
 * to it, and nothing that a data set brings by itself.
 * @param given names of the settings that are given beside the file, and win over it
 * @throws UserError for a file that another verb wrote, NewerFileError
 */
export function withoutOldRun(
  verb: Verb,
  file: string,
  content: unknown,
  given: ReadonlySet<string>,
): unknown {
  if (!isContent(content)) return content;
  const own = withoutVersion(file, content);
  const written = writtenBy(own);
  if (written === null) return own;
  if (written.verb !== verb)
    throw new UserError(
      `${file}: expected settings of ${verb}, got ${written.called}. ${wayOut(verb, file, written)}`,
    );
  const keys: Keys = VERB_KEYS[verb];
  const { settings } = written;
  const bringsData = verb === 'train' && ((settings.data ?? null) !== null || given.has('data'));
  const left = new Set<string>([
    ...given,
    ...Object.keys(keys).filter((name) => keys[name] && metaOf(keys[name]).ofRun),
    ...(bringsData ? OF_DATA : []),
    // of the old run's checkpoints
    ...(given.has('checkpoint_dir') ? ['step'] : []),
  ]);
  return Object.fromEntries(Object.entries(settings).filter(([name]) => !left.has(name)));
}
