/** @file Command line to verb: parse, resolve the config, one call, exit code. */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import yargs from 'yargs';
import type { Argv, Options } from 'yargs';
import { defaultOf, kindOf, metaOf } from '../config/key';
import type { Keys } from '../config/key';
import { resolveConfig } from '../config/load';
import { nearestName } from '../config/nearest';
import type { Behind } from '../config/rules';
import { usualWord, VERB_KEYS, wordsOf } from '../config/schema';
import type { Verb } from '../config/schema';
import { noteOnUse } from '../config/uses';
import { IpcganError, MachineError, UserError } from '../errors';
import { isFailingDisk } from '../files/disk-errors';
import { EXIT_BUG } from './exit-code';
import { takeSwitchValues, withSwitchValues } from './switches';
import { VERBS } from './verbs';
import type { VerbEntry } from './verbs';

/** Words after a verb, which yargs takes as flags of these names, too. */
const POSITIONALS = ['what', 'paths'] as const;
/** What yargs adds to the flags. */
const NOT_FLAGS = new Set(['_', '$0', 'help', 'version', ...POSITIONALS]);
/** Errors of the operating system that come from a path that was given. */
const PATH_CODES: Readonly<Record<string, string>> = {
  EEXIST: 'a directory, or nothing yet, got a file',
  ENOTDIR: 'a directory, got a file',
  EISDIR: 'a file, got a directory',
  ENAMETOOLONG: 'a shorter name',
  ELOOP: 'a path, got links that lead in a circle',
};
/** Whether an error of the operating system is the machine's, not a bug. */
const isOfMachine = (error: Error): boolean =>
  isFailingDisk(error) || (error as NodeJS.ErrnoException).code === 'EMFILE';

const verbNames = Object.keys(VERBS) as Verb[];

function version(): string {
  const text = readFileSync(path.join(__dirname, '../../package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** `--loss-weight` → `--loss_weight`: both spellings are the same flag. */
function toSnakeCase(argument: string): string {
  const match = /^--([^=]+)(=.*)?$/s.exec(argument);
  return match ? `--${(match[1] ?? '').replaceAll('-', '_')}${match[2] ?? ''}` : argument;
}

function optionsOf(verb: Verb): Record<string, Options> {
  const keys: Keys = VERB_KEYS[verb];
  return Object.fromEntries(
    Object.entries(keys).map(([name, schema]) => {
      const { description, group, alias } = metaOf(schema);
      const initial = defaultOf(schema);
      const shown =
        initial === undefined
          ? 'required'
          : initial === null
            ? undefined
            : JSON.stringify(initial).replaceAll('"', '');
      const option: Options = {
        describe: `${description} ${noteOnUse(verb, name)}`.trim(),
        group: `${group}:`,
        // numbers stay texts here, so that `0.5e-4` and `abc` are both checked by the schema
        type: kindOf(schema) === 'boolean' ? 'boolean' : 'string',
        ...(shown === undefined ? {} : { defaultDescription: shown }),
        ...(alias ? { alias: [...alias] } : {}),
      };
      return [name, option];
    }),
  );
}

/** A parsed command line: which verb, with which flags, and what stands behind it. */
interface Parsed extends Behind {
  readonly verb: Verb;
  readonly flags: Readonly<Record<string, unknown>>;
}

function parserFor(take: (parsed: Parsed) => void): Argv {
  const parser = yargs()
    .scriptName('ipcgan')
    .usage('$0 <verb> [flags]\n\nFace ageing with identity-preserved conditional GANs.')
    .parserConfiguration({
      'camel-case-expansion': false,
      'parse-numbers': false,
      'dot-notation': false,
      'boolean-negation': false,
      'strip-aliased': true,
    })
    .exitProcess(false)
    .fail(false)
    .wrap(Math.min(140, process.stdout.columns || 120))
    .version(version())
    .help()
    .epilogue(
      'ipcgan <verb> --help lists the flags of a verb. docs/configuration.md has them all.',
    );
  for (const verb of verbNames) {
    const { description, operand, hasPaths } = VERBS[verb];
    const words = wordsOf(verb);
    const behind = [
      words.length > 0 ? '[what]' : '',
      operand === undefined ? '' : `[${operand}]`,
      hasPaths ? '[paths..]' : '',
    ];
    const usage = [verb, ...behind.filter((word) => word !== '')].join(' ');
    const explained = words.length > 0 ? `${description} (${words.join(', ')})` : description;
    // the flags of the one verb that is called
    const addFlags = (command: Argv): Argv => command.options(optionsOf(verb));
    parser.command(usage, explained, addFlags, (given) => {
      const flags = Object.fromEntries(
        Object.entries(given).filter(
          ([name, value]) => !NOT_FLAGS.has(name) && value !== undefined,
        ),
      );
      const paths = [given.paths ?? []].flat().map(String);
      const rest = [given.what, ...given._.slice(1)]
        .filter((value) => value !== undefined)
        .map(String);
      take({ verb, flags, word: checkWord(verb, rest), paths });
    });
  }
  return parser;
}

function checkWord(verb: Verb, rest: readonly string[]): string | null {
  const words = wordsOf(verb);
  const [word, extra] = rest;
  if (word === undefined) return usualWord(verb);
  const wrong = words.includes(word) ? extra : word;
  if (wrong === undefined) return word;
  const expected = words.length > 0 ? `one of ${words.join(', ')} after the verb` : 'flags only';
  throw new UserError(
    `ipcgan ${verb}: expected ${expected}, got '${wrong}'. See ipcgan ${verb} --help.`,
  );
}

function checkVerb(argv: readonly string[]): void {
  const first = argv.find((argument) => !argument.startsWith('-'));
  if (first === undefined || verbNames.some((verb) => verb === first)) return;
  const nearest = nearestName(first, verbNames);
  throw new UserError(
    `ipcgan: expected one of ${verbNames.join(', ')}, got '${first}'. ${nearest ? `Did you mean '${nearest}'?` : 'See ipcgan --help.'}`,
  );
}

/** Resolves the config before the verb's own code, and with it the engine, is loaded. */
async function runVerb(
  entry: VerbEntry<Verb>,
  { verb, flags, word, paths }: Parsed,
): Promise<number> {
  const behind = { word, paths };
  const resolved = entry.resolve?.(flags, behind) ?? resolveConfig(verb, flags, behind);
  const run = await entry.load();
  return (await run(resolved, word, paths)) ?? 0;
}

/** The message and exit code of whatever went wrong. */
export function describeFailure(error: unknown): {
  readonly message: string;
  readonly exitCode: number;
} {
  if (error instanceof IpcganError) return { message: error.message, exitCode: error.exitCode };
  if (error instanceof Error && isOfMachine(error)) {
    const { message, exitCode } = new MachineError(
      `${error.message}. Free some space or permissions and run it again.`,
    );
    return { message, exitCode };
  }
  if (
    error instanceof Error &&
    'code' in error &&
    'path' in error &&
    PATH_CODES[String(error.code)]
  ) {
    const { message, exitCode } = new UserError(
      `${String(error.path)}: expected ${PATH_CODES[String(error.code)] ?? ''} (${error.message}). Check the paths that were given.`,
    );
    return { message, exitCode };
  }
  return {
    message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    exitCode: EXIT_BUG,
  };
}

/**
 * Runs one command line.
 * @param argv without `node` and the script
 * @returns the exit code: 0 done, 1 the user's error, 2 a bug, 3 the machine, 4 diverged, 129 SIGHUP, 130 SIGINT, 143 SIGTERM
 */
export async function main(argv: readonly string[]): Promise<number> {
  let parsed: Parsed | undefined;
  try {
    checkVerb(argv);
    const parser = parserFor((taken) => {
      parsed = taken;
    });
    const snake = argv.map(toSnakeCase);
    const positional = POSITIONALS.find((name) =>
      snake.some((argument) => argument === `--${name}` || argument.startsWith(`--${name}=`)),
    );
    if (positional)
      throw new UserError(
        `--${positional}: expected a known flag, got '${positional}'. See --help.`,
      );
    if (snake.length === 0) {
      parser.showHelp('log');
      return 0;
    }
    const verb = verbNames.find((name) => name === snake.find((one) => !one.startsWith('-')));
    const { rest, values } = takeSwitchValues(snake, verb === undefined ? {} : VERB_KEYS[verb]);
    await parser.parseAsync([...rest]);
    if (parsed === undefined) return 0;
    const flags = withSwitchValues(parsed.flags, values);
    return await runVerb(VERBS[parsed.verb] as VerbEntry<Verb>, { ...parsed, flags });
  } catch (error) {
    const { message, exitCode } = describeFailure(error);
    const prefix = parsed ? `ipcgan ${parsed.verb}: ` : '';
    process.stderr.write(
      `${exitCode === EXIT_BUG ? 'ipcgan: a bug, please report it\n' : prefix}${message}\n`,
    );
    return exitCode;
  }
}
