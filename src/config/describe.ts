/** @file The tables of docs/configuration.md, from the schema. */

import { defaultOf, metaOf } from './key';
import type { Keys } from './key';
import { VERB_KEYS } from './schema';
import type { Verb } from './schema';
import { noteOnUse } from './uses';

/** A default as Markdown shows it; lists as the command line takes them. */
function shownDefault(value: unknown): string {
  if (value === undefined) return '*required*';
  if (value === null) return '';
  return `\`${Array.isArray(value) ? value.join(',') : JSON.stringify(value).replaceAll('"', '')}\``;
}

/** What a resumed run takes with `--override`. */
const OVERRIDABLE = {
  any: 'A resumed run takes another with `--override`.',
  positive: 'A resumed run that has it takes another above 0 with `--override`.',
} as const;

function table(verb: Verb): string {
  const keys: Keys = VERB_KEYS[verb];
  const rows = Object.entries(keys).map(([name, schema]) => {
    const { description, expected, group, alias, overridable } = metaOf(schema);
    const names = [name, ...(alias ?? [])].map((flag) => `\`--${flag}\``).join(', ');
    const type = expected === 'true or false' ? 'switch' : expected;
    const does = [
      description,
      noteOnUse(verb, name),
      overridable ? OVERRIDABLE[overridable === true ? 'any' : overridable] : '',
    ]
      .filter((sentence) => sentence !== '')
      .join(' ');
    return `| ${group} | ${names} | ${shownDefault(defaultOf(schema))} | ${type} | ${does} |`;
  });
  return [
    '| Group | Flag | Default | Type | What it does |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

/** The whole page in Markdown. */
export function describeConfiguration(): string {
  const intro = [
    '# Configuration',
    '',
    'Every setting is a flag and a key of a config file (YAML or JSON, `--config FILE`) under the same name; kebab-case is accepted.',
    'Default < config file < flag. An unknown name is an error, and so is a flag where nothing uses it; a config file may hold what another use of it needs.',
    'This page is generated from `src/config/schema.ts` by `npm run docs`.',
  ].join('\n');
  const verbs = Object.keys(VERB_KEYS) as Verb[];
  const tables = verbs.map((verb) => `## ipcgan ${verb}\n\n${table(verb)}`);
  return `${[intro, ...tables].join('\n\n')}\n`;
}
