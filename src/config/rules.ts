/** @file What a rule over several settings of a verb is; the rules stand beside the settings in verbs/. */

/** Settings by name, before it is known that all of them are right: one that is wrong is undefined. */
export type Unchecked = Readonly<Record<string, unknown>>;

/** What stands behind the verb on a command line, beside flags. */
export interface Behind {
  /** The word that says which of the verb's works is meant; null for none. */
  readonly word: string | null;
  /** Files or folders. */
  readonly paths: readonly string[];
}

/** How a command was called. */
export interface Call extends Behind {
  /** What the user gave, by flag or config file, with the name that an error gives it. */
  readonly given: ReadonlyMap<string, string>;
}

/** A rule over several settings: a line for each way in which it is broken. */
export type Rule = (config: Unchecked, call: Call) => readonly string[];
