/** @file The commands that the documentation shows. */

import MarkdownIt from 'markdown-it';

/** A call of `ipcgan` that a page shows. */
export interface DocumentedCommand {
  /** `PAGE:LINE`. */
  readonly where: string;
  /** As the page has it, in one line and without a comment. */
  readonly text: string;
  /** What stands behind `ipcgan`. */
  readonly argv: readonly string[];
  /** Whether it stands in a block of commands, to be typed as it is; in a sentence it may leave out what the sentence is not about. */
  readonly isInBlock: boolean;
}

/** What ends a command within a line of the shell. */
const OPERATORS = new Set(['&&', '||', '|', ';', '>', '&']);

/** Words of a shell's line, without quotes; a comment ends it. */
export function shellWords(line: string): string[] {
  const words: string[] = [];
  for (const [word] of line.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)) {
    if (word.startsWith('#')) break;
    words.push(word.replaceAll(/["']/g, ''));
  }
  return words;
}

/** The call of `ipcgan` within a line's words, up to an operator; null where there is none. */
function callIn(words: readonly string[]): readonly string[] | null {
  const at = words.findIndex(
    (word, i) => word === 'ipcgan' && (i === 0 || words[i - 1] === 'npx' || words[i - 1] === '&&'),
  );
  if (at < 0) return null;
  const rest = words.slice(at + 1).filter((word) => word !== '…');
  const end = rest.findIndex((word) => OPERATORS.has(word));
  return end < 0 ? rest : rest.slice(0, end);
}

/** A flag that a sentence names, such as `--labels=picture`. */
export interface DocumentedFlag {
  readonly where: string;
  readonly text: string;
  readonly flag: string;
  readonly value?: string | undefined;
}

/** Every code of a page's sentences and tables, with its line. */
function inlineCode(markdown: string): { line: number; text: string }[] {
  const found: { line: number; text: string }[] = [];
  let line = 1;
  for (const token of new MarkdownIt().parse(markdown, {})) {
    if (token.map) line = token.map[0] + 1;
    for (const { type, content } of token.type === 'inline' ? (token.children ?? []) : [])
      if (type === 'code_inline') found.push({ line, text: content });
  }
  return found;
}

/** Every flag that begins a piece of code in a page's sentences and tables, and those behind it. */
export function flagsOf(page: string, markdown: string): DocumentedFlag[] {
  return inlineCode(markdown)
    .filter(({ text }) => text.startsWith('--'))
    .flatMap(({ line, text }) =>
      shellWords(text).flatMap((word) => {
        const [, flag, value] = /^--([\w-]+)(?:=(.*))?$/.exec(word) ?? [];
        return flag === undefined ? [] : [{ where: `${page}:${line}`, text, flag, value }];
      }),
    );
}

/** Every call of `ipcgan` in the blocks and sentences of a page. */
export function commandsOf(page: string, markdown: string): DocumentedCommand[] {
  const commands: DocumentedCommand[] = [];
  const add = (line: number, text: string, isInBlock: boolean): void => {
    const words = shellWords(text);
    const argv = callIn(words);
    if (argv !== null)
      commands.push({ where: `${page}:${line}`, text: words.join(' '), argv, isInBlock });
  };
  for (const token of new MarkdownIt().parse(markdown, {}))
    if (token.type === 'fence' && token.info === 'sh')
      for (const text of token.content.replaceAll(/\\\n\s*/g, '').split('\n'))
        add((token.map?.[0] ?? 0) + 1, text, true);
  for (const { line, text } of inlineCode(markdown)) add(line, text, false);
  return commands;
}
