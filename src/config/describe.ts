/** @file The lists of docs/configuration.md, from the schema. */

import { defaultOf, metaOf } from './key';
import type { Keys } from './key';
import { VERB_KEYS } from './schema';
import type { Verb } from './schema';
import { noteOnUse } from './uses';

/** A default as Markdown shows it; lists as the command line takes them. */
function shownDefault(value: unknown): string {
  if (value === undefined) return 'required';
  if (value === null) return '';
  return `default \`${Array.isArray(value) ? value.join(',') : JSON.stringify(value).replaceAll('"', '')}\``;
}

/** What a resumed run takes with `--override`. */
const OVERRIDABLE = {
  any: 'A resumed run takes another with `--override`.',
  positive: 'A resumed run that has it takes another above 0 with `--override`.',
} as const;

/** One setting as an item of a list: its names, default and type, and what it does. */
function item(verb: Verb, name: string, schema: Keys[string]): string {
  const { description, expected, alias, overridable } = metaOf(schema);
  const names = [name, ...(alias ?? [])].map((flag) => `\`--${flag}\``).join(', ');
  const type = expected === 'true or false' ? 'switch' : expected;
  const initial = shownDefault(defaultOf(schema));
  const kind = initial === '' ? type : `${type}; ${initial}`;
  const does = [
    description,
    noteOnUse(verb, name),
    overridable ? OVERRIDABLE[overridable === true ? 'any' : overridable] : '',
  ]
    .filter((sentence) => sentence !== '')
    .join(' ');
  return `- ${names} (${kind}): ${does}`;
}

/** The settings of a verb, group by group, in the schema's order. */
function listOf(verb: Verb): string {
  const keys: Keys = VERB_KEYS[verb];
  const groups = new Map<string, string[]>();
  for (const [name, schema] of Object.entries(keys)) {
    const { group } = metaOf(schema);
    groups.set(group, [...(groups.get(group) ?? []), item(verb, name, schema)]);
  }
  return [...groups].map(([group, items]) => `### ${group}\n\n${items.join('\n')}`).join('\n\n');
}

/** The whole page in Markdown. */
export function describeConfiguration(): string {
  const intro = [
    '# Configuration',
    '',
    'Every setting is a flag, and a key of a config file (YAML or JSON, `--config FILE`) under the same name. A flag may also be written with hyphens.',
    'A flag wins over the config file, and the config file over the default.',
    '',
    'An unknown name is an error. So is a flag that nothing would use. A config file may hold settings that another use of it needs.',
    '',
    'The brackets hold the type and the default. A setting without a default may be left out.',
    'This page is generated from `src/config/schema.ts` by `npm run docs`.',
  ].join('\n');
  const verbs = Object.keys(VERB_KEYS) as Verb[];
  const lists = verbs.map((verb) => `## ipcgan ${verb}\n\n${listOf(verb)}`);
  return `${[intro, ...lists].join('\n\n')}\n`;
}
