/** @file The part of protocol buffers' wire format that event files need. */

type Encoded = Uint8Array;

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

function varint(value: number | bigint): Encoded {
  // negative integers are written as their 64-bit two's complement
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 0x80 : low);
  } while (rest > 0n);
  return Uint8Array.from(bytes);
}

const tag = (field: number, wire: number): Encoded => varint((field << 3) | wire);

/** A message from its encoded fields. */
export const message = (...fields: readonly Encoded[]): Encoded => Buffer.concat(fields);

/** int32, int64, bool, enum. */
export const integer = (field: number, value: number): Encoded =>
  message(tag(field, VARINT), varint(value));

/** double. */
export function double(field: number, value: number): Encoded {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return message(tag(field, FIXED64), bytes);
}

/** float. */
export function float(field: number, value: number): Encoded {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return message(tag(field, FIXED32), bytes);
}

/** bytes, string, or an embedded message. */
export function bytes(field: number, value: Encoded | string): Encoded {
  const content = typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
  return message(tag(field, BYTES), varint(content.length), content);
}

/** repeated double, packed. */
export function packedDoubles(field: number, values: ArrayLike<number>): Encoded {
  const content = Buffer.alloc(8 * values.length);
  for (let i = 0; i < values.length; i++) content.writeDoubleLE(values[i] ?? 0, 8 * i);
  return bytes(field, content);
}

/** One field as it was found. */
export interface Field {
  readonly number: number;
  /** Varints and fixed-width numbers; 0 for bytes. */
  readonly value: number;
  /** Bytes, strings and messages; empty for numbers. */
  readonly content: Buffer;
}

/** Splits a message into its fields. @throws RangeError when it ends in the middle of one */
export function readFields(buffer: Buffer): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const readVarint = (): number => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = buffer.readUInt8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number(BigInt.asIntN(64, value));
    }
  };
  const empty = Buffer.alloc(0);
  while (at < buffer.length) {
    const key = readVarint();
    const number = key >>> 3;
    const wire = key & 7;
    if (wire === VARINT) fields.push({ number, value: readVarint(), content: empty });
    else if (wire === FIXED64)
      fields.push({
        number,
        value: buffer.readDoubleLE(at),
        content: buffer.subarray(at, (at += 8)),
      });
    else if (wire === FIXED32)
      fields.push({
        number,
        value: buffer.readFloatLE(at),
        content: buffer.subarray(at, (at += 4)),
      });
    else if (wire === BYTES) {
      const length = readVarint();
      if (at + length > buffer.length)
        throw new RangeError(
          `field ${number}: expected ${length} bytes, got ${buffer.length - at}`,
        );
      fields.push({ number, value: 0, content: buffer.subarray(at, (at += length)) });
    } else throw new RangeError(`field ${number}: unknown wire type ${wire}`);
  }
  return fields;
}
