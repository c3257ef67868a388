/** @file The tables of docs/configuration.md, from the schema. */

import { defaultOf, kindOf, metaOf } from './key';
import type { Keys } from './key';
import { VERB_KEYS } from './schema';

/** A default as Markdown shows it; lists as the command line takes them. */
function shownDefault(value: unknown): string {
  if (value === undefined) return '*required*';
  if (value === null) return '';
  return `\`${Array.isArray(value) ? value.join(',') : JSON.stringify(value).replaceAll('"', '')}\``;
}

function table(keys: Keys): string {
  const rows = Object.entries(keys).map(([name, schema]) => {
    const { description, expected, group, alias } = metaOf(schema);
    const names = [name, ...(alias ?? [])].map((flag) => `\`--${flag}\``).join(', ');
    const type = kindOf(schema) === 'boolean' ? 'switch' : expected;
    return `| ${group} | ${names} | ${shownDefault(defaultOf(schema))} | ${type} | ${description} |`;
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
    'Default < config file < flag. An unknown name is an error. This page is generated from `src/config/schema.ts` by `npm run docs`.',
  ].join('\n');
  return `${[intro, ...Object.entries(VERB_KEYS).map(([verb, keys]) => `## ipcgan ${verb}\n\n${table(keys)}`)].join('\n\n')}\n`;
}
