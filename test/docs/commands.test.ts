import { main } from '../../src/cli/main';
import { VERBS } from '../../src/cli/verbs';
import type { VerbEntry } from '../../src/cli/verbs';
import { resolveConfig } from '../../src/config/load';
import type { Keys } from '../../src/config/key';
import { nameOf, toKind } from '../../src/config/read-settings';
import { VERB_KEYS } from '../../src/config/schema';
import type { Verb } from '../../src/config/schema';
import { commandsOf, flagsOf } from '../support/documented-commands';
import { CARDS, PAGES, readPage, ROOT } from '../support/pages';

/** What the pages show, each call once. */
const COMMANDS = [
  ...new Map(
    [...PAGES, ...CARDS]
      .flatMap((page) => commandsOf(page, readPage(page)))
      .map((command) => [JSON.stringify([command.argv, command.isInBlock]), command]),
  ).values(),
];
/** Flags of other programs, and of our own scripts. */
const FOREIGN = new Set(['dependency', 'gpus', 'home', 'nv']);
/** Values that stand for one of the reader's, or for what follows. */
const PLACEHOLDER = /^([A-Z]+|[a-z]|)$/;

/** A sentence about one flag leaves out those that the command needs beside it. */
const LEFT_OUT = /^(ipcgan \S+: )?--\w+: expected .*, got nothing\./;

let said = '';
let cwd = '';
beforeAll(() => {
  // configs that commands name lie there
  cwd = process.cwd();
  process.chdir(ROOT);
});
afterAll(() => process.chdir(cwd));
beforeEach(() => {
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => (said += String(text)) !== '');
  jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  jest.spyOn(console, 'log').mockReturnValue(undefined);
  // everything up to the verb's own work: words and flags are parsed, and resolved by the schema and its rules
  for (const [verb, entry] of Object.entries(VERBS) as [Verb, VerbEntry<Verb>][]) {
    jest.spyOn(entry, 'load').mockResolvedValue(() => Promise.resolve(0));
    // the runs that a page speaks of are not there
    if (entry.resolve)
      jest
        .spyOn(entry, 'resolve')
        .mockImplementation((flags, behind) => resolveConfig(verb, flags, behind));
  }
});
afterEach(() => jest.restoreAllMocks());

/** What is wrong with a command line. */
async function problemsWith(argv: readonly string[]): Promise<string[]> {
  said = '';
  return (await main(argv)) === 0 ? [] : said.trim().split('\n');
}

test('the verb and the flags of every command of the documentation are known, and their values are right', async () => {
  const problems: string[] = [];
  for (const { where, text, argv, isInBlock } of COMMANDS)
    for (const problem of await problemsWith(argv))
      if (isInBlock || !LEFT_OUT.test(problem)) problems.push(`${where}: ${text}: ${problem}`);
  expect(problems).toEqual([]);
});

test('every flag of a sentence is a flag of some verb, and the value beside it is right there', () => {
  const isRight = (flag: string, value: string | undefined, keys: Keys): boolean => {
    const name = nameOf(flag, keys);
    const schema = keys[name];
    if (schema === undefined) return false;
    // `--face=largest|all` names several
    return (value ?? '')
      .split('|')
      .every((one) => PLACEHOLDER.test(one) || schema.safeParse(toKind(one, keys, name)).success);
  };
  const wrong = [...PAGES, ...CARDS].flatMap((page) =>
    flagsOf(page, readPage(page))
      .filter(
        ({ flag, value }) =>
          !FOREIGN.has(flag) &&
          !Object.values(VERB_KEYS).some((keys: Keys) => isRight(flag, value, keys)),
      )
      .map(({ where, text }) => `${where}: ${text}`),
  );
  expect(wrong).toEqual([]);
});
