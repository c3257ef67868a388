/** @file Writes TensorFlow checkpoints for the tests of their reader: one data block, no compression. */

import { writeFileSync } from 'node:fs';
import { maskedCrc32c } from 'tensorboard-logger-ts';
import { bytes, integer, message } from '../../packages/tensorboard-logger-ts/src/protobuf';

/** A variable's values. */
export interface BundleVariable {
  readonly shape: readonly number[];
  readonly values: Float32Array | Uint16Array;
  /** TensorFlow's number of their type; float32 when absent. */
  readonly type?: number;
}

const MAGIC = 0xdb4775248b80fb57n;
const FLOAT = 1;

function uint32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value);
  return buffer;
}

function varint(value: number): Buffer {
  const out: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...out, rest]);
    out.push((rest % 128) | 128);
  }
}

/** A block of the table with shared key prefixes, as LevelDB writes it. */
function block(entries: readonly (readonly [string, Uint8Array])[]): Buffer {
  let last = '';
  const parts = entries.map(([key, value]) => {
    let shared = 0;
    while (shared < Math.min(last.length, key.length) && last[shared] === key[shared]) shared++;
    last = key;
    const rest = Buffer.from(key.slice(shared));
    return Buffer.concat([varint(shared), varint(rest.length), varint(value.length), rest, value]);
  });
  return Buffer.concat([...parts, uint32(0), uint32(1)]);
}

const withTrailer = (content: Buffer): Buffer => {
  const typed = Buffer.concat([content, Buffer.from([0])]);
  return Buffer.concat([typed, uint32(maskedCrc32c(typed))]);
};
const handle = (offset: number, size: number): Buffer =>
  Buffer.concat([varint(offset), varint(size)]);

/** Writes `PREFIX.index` and `PREFIX.data-*`; the i-th variable goes to shard i mod `shards`. */
export function writeBundle(
  prefix: string,
  variables: ReadonlyMap<string, BundleVariable>,
  shards: number,
): void {
  const data = Array.from({ length: shards }, () => Buffer.alloc(0));
  const entries: [string, Uint8Array][] = [['', message(integer(1, shards))]];
  [...variables].forEach(([name, { shape, values, type = FLOAT }], i) => {
    const shard = i % shards;
    const content = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
    const dims = shape.map((size) => bytes(2, integer(1, size)));
    const crc = Buffer.concat([Buffer.from([(6 << 3) | 5]), uint32(maskedCrc32c(content))]);
    entries.push([
      name,
      message(
        integer(1, type),
        bytes(2, message(...dims)),
        integer(3, shard),
        integer(4, data[shard]!.length),
        integer(5, content.length),
        crc,
      ),
    ]);
    data[shard] = Buffer.concat([data[shard]!, content]);
  });
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  const content = block(entries);
  const first = withTrailer(content);
  const metaBlock = block([]);
  const meta = withTrailer(metaBlock);
  const indexBlock = block([['zzz', handle(0, content.length)]]);
  const index = withTrailer(indexBlock);
  const footer = Buffer.alloc(48);
  handle(first.length, metaBlock.length).copy(footer, 0);
  handle(first.length + meta.length, indexBlock.length).copy(
    footer,
    handle(first.length, metaBlock.length).length,
  );
  footer.writeBigUInt64LE(MAGIC, 40);
  writeFileSync(`${prefix}.index`, Buffer.concat([first, meta, index, footer]));
  data.forEach((shard, i) =>
    writeFileSync(
      `${prefix}.data-${String(i).padStart(5, '0')}-of-${String(shards).padStart(5, '0')}`,
      shard,
    ),
  );
}
