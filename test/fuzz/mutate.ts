/** @file Makes broken files of whole ones: bits, lengths and chunks of bytes, lines and words of texts, values and keys of JSON. */

import type { Random } from '../../src/statistics/random';
import type { Form } from './target';

const pick = <T>(random: Random, items: readonly T[]): T => {
  const item = items[random.nextInt(items.length)];
  if (item === undefined) throw new Error('expected something to choose from, got nothing');
  return item;
};

/** Whole numbers at which lengths and counts go wrong. */
const EXTREMES = [
  0n,
  1n,
  2n,
  7n,
  0x7fn,
  0x80n,
  0xffn,
  0x7fffn,
  0x8000n,
  0xffffn,
  0x10000n,
  0x0fffffffn,
  0x7fffffffn,
  0x80000000n,
  0xfffffff0n,
  0xffffffffn,
  0x100000000n,
  0x7fffffffffffffffn,
  0xffffffffffffffffn,
];

/** A whole number of 1, 2, 4 or 8 bytes. */
function integer(random: Random, length: number): Buffer {
  const isNear = random.nextInt(3) === 0;
  const value = isNear
    ? BigInt(Math.max(0, length + random.nextInt(5) - 2))
    : pick(random, EXTREMES);
  const bytes = Buffer.alloc(8);
  const size = pick(random, [1, 2, 4, 4, 8]);
  if (random.nextInt(4) > 0) {
    bytes.writeBigUInt64LE(value);
    return bytes.subarray(0, size);
  }
  bytes.writeBigUInt64BE(BigInt.asUintN(8 * size, value) << BigInt(64 - 8 * size));
  return bytes.subarray(0, size);
}

const VARINTS = ['00', '7f', 'ff01', 'ffffffff0f', 'ffffffffffffffff7f', 'ffffffffffffffffff01'];

function randomBytes(random: Random, most: number): Buffer {
  const length = 1 + random.nextInt(most);
  return Buffer.from(Array.from({ length }, () => random.nextInt(256)));
}

/** `from` and `to` of a part of at most so many bytes. */
function part(random: Random, length: number, most: number): [number, number] {
  const from = random.nextInt(length + 1);
  return [from, Math.min(length, from + 1 + random.nextInt(most))];
}

function overwritten(bytes: Buffer, at: number, with_: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  with_.copy(copy, at);
  return copy;
}

type Change = (bytes: Buffer, random: Random, others: readonly Buffer[]) => Buffer;

const BYTE_CHANGES: readonly Change[] = [
  (bytes, random) => {
    const at = random.nextInt(Math.max(1, bytes.length));
    return overwritten(bytes, at, Buffer.from([(bytes[at] ?? 0) ^ (1 << random.nextInt(8))]));
  },
  (bytes, random) =>
    overwritten(bytes, random.nextInt(Math.max(1, bytes.length)), integer(random, bytes.length)),
  (bytes, random) => {
    // lengths stand at even places
    const at = 4 * random.nextInt(Math.max(1, bytes.length >> 2));
    return overwritten(bytes, at, integer(random, bytes.length));
  },
  (bytes, random) =>
    overwritten(
      bytes,
      random.nextInt(Math.max(1, bytes.length)),
      Buffer.from(pick(random, VARINTS), 'hex'),
    ),
  (bytes, random) => bytes.subarray(0, random.nextInt(bytes.length + 1)),
  (bytes, random) => {
    const [from, to] = part(random, bytes.length, pick(random, [1, 4, 16, 256]));
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  },
  (bytes, random) => {
    const [from, to] = part(random, bytes.length, pick(random, [1, 4, 16, 256]));
    const times = pick(random, [1, 1, 1, 3, 100]);
    const repeated = Array.from({ length: times }, () => bytes.subarray(from, to));
    return Buffer.concat([bytes.subarray(0, to), ...repeated, bytes.subarray(to)]);
  },
  (bytes, random) => {
    const at = random.nextInt(bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, at), randomBytes(random, 32), bytes.subarray(at)]);
  },
  (bytes, random) => {
    const [from, to] = part(random, bytes.length, 64);
    return overwritten(bytes, from, Buffer.alloc(to - from, random.nextInt(2) * 255));
  },
  (bytes, random, others) => {
    const other = pick(random, others);
    return Buffer.concat([
      bytes.subarray(0, random.nextInt(bytes.length + 1)),
      other.subarray(random.nextInt(other.length + 1)),
    ]);
  },
];

/** What goes wrong in texts, whatever they are. */
const WORDS = [
  '',
  ' ',
  '\t',
  '\0',
  '\r',
  '\n\n',
  '\u2028',
  '\ufeff',
  '\ud800',
  '"',
  "'",
  ',',
  ';',
  '#',
  '{',
  '[',
  '- ',
  ': ',
  '&a ',
  '*a ',
  '!!js/function ',
  '..',
  '../../../../etc/passwd',
  '/etc/passwd',
  'C:\\Windows',
  '..\\..\\x',
  '~root/x',
  '-1',
  '0',
  '1e999',
  '-1e999',
  'NaN',
  'Infinity',
  '4294967296',
  '9007199254740993',
  '99999999999999999999999999',
  '0.1',
  'null',
  'true',
  '__proto__',
  'constructor',
  'toString',
  '[[[[[[[[[[[[[[[[',
  '{"a":'.repeat(40),
  'x'.repeat(5000),
];

const NUMBER = /-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/gi;

function replacedMatch(text: string, random: Random, pattern: RegExp, by: string): string {
  const found = [...text.matchAll(pattern)];
  if (found.length === 0) return text + by;
  const { index, 0: match } = pick(random, found);
  return text.slice(0, index) + by + text.slice(index + match.length);
}

type TextChange = (text: string, random: Random, words: readonly string[]) => string;

const TEXT_CHANGES: readonly TextChange[] = [
  (text, random, words) => {
    const at = random.nextInt(text.length + 1);
    return text.slice(0, at) + pick(random, words) + text.slice(at);
  },
  (text, random, words) => replacedMatch(text, random, NUMBER, pick(random, words)),
  (text, random, words) => replacedMatch(text, random, /[^\s,:]+/g, pick(random, words)),
  (text, random) => {
    const lines = text.split('\n');
    const line = random.nextInt(lines.length);
    const kind = random.nextInt(4);
    const other = lines[random.nextInt(lines.length)] ?? '';
    if (kind === 0) lines.splice(line, 1);
    else if (kind === 1) lines.splice(line, 0, other);
    else if (kind === 2) lines[line] = other;
    else lines[line] = `${lines[line] ?? ''}${other}`;
    return lines.join('\n');
  },
  (text, random) => {
    const [from, to] = part(random, text.length, 30);
    return text.slice(0, from) + text.slice(to);
  },
  (text, random) => replacedMatch(text, random, /[ \t]+/g, pick(random, ['', '  ', '\t', '\n'])),
];

const byText = (bytes: Buffer, random: Random, words: readonly string[]): Buffer =>
  Buffer.from(pick(random, TEXT_CHANGES)(bytes.toString('utf8'), random, words));

/** Texts that stand for what JSON.stringify cannot write. */
const DEEP = '@@deep@@';
const OVER = '@@over@@';
const DEPTH = 20_000;

const HOLDER = 'value';

/** All objects and lists of a value, with the keys in them. */
function placesOf(value: unknown, found: [Record<string, unknown>, string][] = []) {
  if (typeof value !== 'object' || value === null) return found;
  for (const key of Object.keys(value)) {
    found.push([value as Record<string, unknown>, key]);
    placesOf((value as Record<string, unknown>)[key], found);
  }
  return found;
}

const VALUES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1,
  0.5,
  1e308,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  1e12,
  '',
  'a',
  '..',
  '../../../../etc/passwd',
  '/etc/passwd',
  'a\0b',
  'a\nb',
  '12',
  'x'.repeat(10_000),
  [],
  {},
  [null],
  [[]],
  [0, 1, 2, 3],
  { a: 1 },
  Array.from({ length: 1000 }, (_, i) => i),
  DEEP,
  OVER,
];
const KEYS = ['__proto__', 'constructor', 'toString', 'length', '', 'a', '..', '0'];

/** Sets a key as data, also `__proto__`. */
const define = (target: object, key: string, value: unknown): void =>
  void Object.defineProperty(target, key, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });

function changedJson(value: unknown, random: Random, words: readonly string[]): unknown {
  const whole = { [HOLDER]: value };
  const places = placesOf(whole);
  const [target, key] = pick(random, places);
  const [source, from] = pick(random, places);
  switch (random.nextInt(8)) {
    case 0:
      if (Array.isArray(target)) target.splice(Number(key), 1);
      else if (key !== HOLDER) Reflect.deleteProperty(target, key);
      break;
    case 1:
      define(target, key, structuredClone(source[from]));
      break;
    case 2:
      if (!Array.isArray(target)) define(target, pick(random, KEYS), pick(random, VALUES));
      else target.push(structuredClone(source[from]));
      break;
    case 3:
      define(target, key, pick(random, words));
      break;
    case 4: {
      const old = target[key];
      if (typeof old === 'number')
        define(target, key, pick(random, [-old, old + 1, old * 1e6, old / 3]));
      else if (typeof old === 'string')
        define(target, key, pick(random, [`${old}/../..`, `/${old}`, old.slice(1), old + old]));
      else define(target, key, [old]);
      break;
    }
    default:
      define(target, key, pick(random, VALUES));
  }
  return whole[HOLDER];
}

const writtenJson = (value: unknown): string =>
  // nothing is undefined
  ((JSON.stringify(value) as string | undefined) ?? 'null')
    .replaceAll(`"${DEEP}"`, '['.repeat(DEPTH) + ']'.repeat(DEPTH))
    .replaceAll(`"${OVER}"`, '1e999');

function byJson(bytes: Buffer, random: Random, words: readonly string[]): Buffer {
  // an earlier change made it too deep to be written again
  if (bytes.includes('['.repeat(100))) return byText(bytes, random, words);
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    // an earlier change made it none
    return byText(bytes, random, words);
  }
  return Buffer.from(writtenJson(changedJson(value, random, words)));
}

function byLine(bytes: Buffer, random: Random, words: readonly string[]): Buffer {
  const lines = bytes.toString('utf8').split('\n');
  const at = random.nextInt(lines.length);
  const line = lines[at] ?? '';
  if (line === '') return byText(bytes, random, words);
  lines[at] = byJson(Buffer.from(line), random, words).toString('utf8');
  return Buffer.from(lines.join('\n'));
}

const byBytes: Change = (bytes, random, others) =>
  pick(random, BYTE_CHANGES)(bytes, random, others);

/** Of ten changes of a file of a form, so many are of its own kind; the others are of bytes. */
const OWN_KIND = 8;
const MOST_CHANGES = 4;
/** A file that doubled with each change would be slow to read for its size alone. */
const MOST_BYTES = 1 << 20;

/**
 * A file with one to four changes.
 * @param others files of its kind, one at least, of which parts are taken
 * @param words that stand in such files
 */
export function mutate(
  bytes: Buffer,
  form: Form,
  random: Random,
  others: readonly Buffer[],
  words: readonly string[] = [],
): Buffer {
  const known = [...WORDS, ...words, ...words];
  let changed = bytes;
  for (let left = 1 + random.nextInt(MOST_CHANGES); left > 0; left--) {
    const isOwnKind = random.nextInt(10) < OWN_KIND;
    if (form === 'bytes' || !isOwnKind) changed = byBytes(changed, random, others);
    else if (form === 'text') changed = byText(changed, random, known);
    else if (form === 'json') changed = byJson(changed, random, known);
    else changed = byLine(changed, random, known);
    if (changed.length > MOST_BYTES) changed = changed.subarray(0, MOST_BYTES);
  }
  return changed;
}
