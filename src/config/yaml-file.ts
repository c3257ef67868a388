/** @file YAML and JSON files, with YAML's own means of saying a thing once: anchors, merges, and keys that only hold them. */

import { readFileSync } from 'node:fs';
import { parse, parseAllDocuments } from 'yaml';
import { decodeText } from '../files/text';

/** What a file says. */
export interface YamlFile {
  /** By YAML's types. */
  readonly content: unknown;
  /** The same with every scalar as the file has it: `007` is no number where a text is wanted. */
  readonly texts: unknown;
}

/** Keys that begin so hold what is used elsewhere in the file. */
const HOLDER = 'x-';

/** Without the keys that only hold something. */
function withoutHolders(content: unknown): unknown {
  if (typeof content !== 'object' || content === null || Array.isArray(content)) return content;
  return Object.fromEntries(Object.entries(content).filter(([name]) => !name.startsWith(HOLDER)));
}

/** JSON without its comments, as editors write them: outside of texts and of words such as `a//b`, each as a blank. */
const withoutComments = (json: string): string =>
  json.replace(/"(?:[^"\\]|\\.)*"|(?<![\w:./])(?:\/\/[^\n]*|\/\*[^]*?\*\/)/g, (part) =>
    part.startsWith('"') ? part : ' ',
  );

/** Reads a file. @throws Error of the system or the parser; the caller says where the file was named */
export function parseYamlFile(file: string): YamlFile {
  const read = decodeText(readFileSync(file));
  const text = /^\s*(?:\/[/*][^]*)?\{/.test(read) ? withoutComments(read) : read;
  const options = { merge: true, logLevel: 'error' } as const;
  const documents = parseAllDocuments(text);
  if (documents.length > 1)
    throw new Error('several documents, with --- between them. Keep one in a file');
  return {
    content: withoutHolders(parse(text, options)),
    texts: withoutHolders(parse(text, { ...options, schema: 'failsafe' })),
  };
}
