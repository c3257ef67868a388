/** @file Sets the checksums of changed files right, as whoever wants to be read would. */

import { createHash } from 'node:crypto';
import { buf as crc32 } from 'crc-32';
import { maskedCrc32c } from 'tensorboard-logger-ts';
import { sealedJson } from '../../../src/files/sealed-json';

/** A varint of a buffer, and where it ends; null where it does not. */
function varint(bytes: Buffer, start: number): readonly [value: number, end: number] | null {
  let value = 0;
  for (let at = start, scale = 1; at < Math.min(bytes.length, start + 10); at++, scale *= 128) {
    const byte = bytes[at] ?? 0;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return [value, at + 1];
  }
  return null;
}

function sealBlock(table: Buffer, offset: number, size: number): void {
  const end = offset + size + 1;
  if (!(size >= 0 && end + 4 <= table.length)) return;
  table.writeUInt32LE(maskedCrc32c(table.subarray(offset, end)), end);
}

const FOOTER = 48;

/** Blocks of a sorted string table with one block of data and one of its index. */
export function sealTable(table: Buffer): void {
  const handles: number[] = [];
  for (let at = table.length - FOOTER; at >= 0 && handles.length < 4;) {
    const next = varint(table, at);
    if (next === null) return;
    handles.push(next[0]);
    at = next[1];
  }
  const [meta = 0, metaSize = 0, index = 0, indexSize = 0] = handles;
  sealBlock(table, index, indexSize);
  // as our writer lays it out: data from 0 up to the meta block
  sealBlock(table, 0, meta - 5);
  sealBlock(table, meta, metaSize);
}

/** Records of an event file, as far as their lengths lead. */
export function sealRecords(file: Buffer): void {
  for (let at = 0; at + 16 <= file.length;) {
    file.writeUInt32LE(maskedCrc32c(file.subarray(at, at + 8)), at + 8);
    const length = Number(file.readBigUInt64LE(at));
    const end = at + 12 + length;
    if (!(end + 4 <= file.length)) return;
    file.writeUInt32LE(maskedCrc32c(file.subarray(at + 12, end)), end);
    at = end + 4;
  }
}

const ENTRY = 0x02014b50;

/** Stored files of a zip, as far as its directory leads. */
export function sealZip(zip: Buffer): void {
  const end = zip.lastIndexOf('PK\u0005\u0006', undefined, 'latin1');
  if (end < 0 || end + 22 > zip.length) return;
  let at = zip.readUInt32LE(end + 16);
  for (let i = 0; i < zip.readUInt16LE(end + 10); i++) {
    if (at + 46 > zip.length || zip.readUInt32LE(at) !== ENTRY) return;
    const local = zip.readUInt32LE(at + 42);
    if (local + 30 > zip.length) return;
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const content = zip.subarray(start, start + zip.readUInt32LE(at + 20));
    if (zip.readUInt16LE(at + 10) === 0) zip.writeUInt32LE(crc32(content) >>> 0, at + 16);
    at += 46 + zip.readUInt16LE(at + 28) + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
}

/** The seals of JSON files that have one. */
export function sealJson(files: Map<string, Buffer>): void {
  for (const [name, bytes] of files) {
    if (!name.endsWith('.json')) continue;
    try {
      const { seal, ...content } = JSON.parse(bytes.toString('utf8')) as Record<string, unknown>;
      if (seal !== undefined) files.set(name, Buffer.from(sealedJson(content)));
    } catch {
      // none any more
    }
  }
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** The digests that a JSON file at `state` gives of the others, which lie below its folder. */
function sealDigests(files: Map<string, Buffer>, state: string): void {
  const folder = state.slice(0, state.lastIndexOf('/') + 1);
  let text = files.get(state)?.toString('utf8') ?? '';
  let said: { files?: Record<string, { sha256?: string } | null> } | null;
  try {
    said = JSON.parse(text) as typeof said;
  } catch {
    return;
  }
  for (const [name, digest] of Object.entries(said?.files ?? {})) {
    const bytes = files.get(`${folder}${name}`);
    const old = digest?.sha256;
    if (bytes && typeof old === 'string' && old.length === 64)
      text = text.replace(old, sha256(bytes));
  }
  files.set(state, Buffer.from(text));
}

/** Seals and digests of a folder whose other files `state` lists. */
export function sealAll(files: Map<string, Buffer>, state: string): void {
  sealJson(files);
  sealDigests(files, state);
  sealJson(files);
}

/** The digest that a network's model.json gives of its weights. */
export function sealWeights(files: Map<string, Buffer>, folder = ''): void {
  const model = files.get(`${folder}model.json`)?.toString('utf8');
  const weights = files.get(`${folder}weights.bin`);
  if (model === undefined || weights === undefined) return;
  files.set(
    `${folder}model.json`,
    Buffer.from(model.replace(/("weights_sha256":")[0-9a-f]{64}/, `$1${sha256(weights)}`)),
  );
}
