/** What makes the kit for a GPU machine small: GPU code for other architectures becomes zeros. */

import { chosen, slim, unpackLz4 } from '../../scripts/gpu-kit/slim.cjs';

const HEADER = 64;
const PTX = 1;
const CODE = 2;
const PACKED = 0x2000n;

interface Entry {
  readonly kind: number;
  readonly architecture: number;
  readonly payload: Buffer;
  /** Its size before it was packed. */
  readonly unpacked?: number;
}

function entry({ kind, architecture, payload, unpacked }: Entry): Buffer {
  const header = Buffer.alloc(HEADER);
  header.writeUInt16LE(kind, 0);
  header.writeUInt16LE(0x101, 2);
  header.writeUInt32LE(HEADER, 4);
  header.writeBigUInt64LE(BigInt(payload.length), 8);
  header.writeUInt32LE(architecture, 28);
  if (unpacked !== undefined) {
    header.writeUInt32LE(payload.length, 16);
    header.writeBigUInt64LE(PACKED, 40);
    header.writeBigUInt64LE(BigInt(unpacked), 56);
  }
  return Buffer.concat([header, payload]);
}

function container(...entries: readonly Entry[]): Buffer {
  const content = Buffer.concat(entries.map(entry));
  const header = Buffer.alloc(16);
  header.writeUInt32LE(0xba55ed50, 0);
  header.writeUInt16LE(1, 4);
  header.writeUInt16LE(16, 6);
  header.writeBigUInt64LE(BigInt(content.length), 8);
  return Buffer.concat([header, content]);
}

const bytes = (value: number, count = 32): Buffer => Buffer.alloc(count, value);
const count = (data: Buffer, value: number): number => data.filter((byte) => byte === value).length;

test('of several architectures the own one stays, and no address changes', () => {
  const before = Buffer.from('elf before');
  const data = Buffer.concat([
    before,
    container(
      { kind: CODE, architecture: 80, payload: bytes(8) },
      { kind: CODE, architecture: 90, payload: bytes(9) },
      { kind: PTX, architecture: 90, payload: bytes(7) },
    ),
    Buffer.from('elf behind'),
  ]);
  const result = Buffer.from(data);
  expect(slim(result, 90)).toEqual({ containers: 1, code: 1, ptx: 0, unpacked: 0, emptied: 0 });
  expect(result.length).toBe(data.length);
  expect([count(result, 8), count(result, 9), count(result, 7)]).toEqual([0, 32, 0]);
  expect(result.indexOf(bytes(9))).toBe(data.indexOf(bytes(9)));
  expect(result.subarray(0, before.length)).toEqual(before);
  expect(result.subarray(-10).toString()).toBe('elf behind');
});

test('code that is packed is unpacked where its neighbours were', () => {
  // 4 new bytes, then 28 that repeat them
  const packed = Buffer.from([0x4f, 1, 2, 3, 4, 4, 0, 28 - 4 - 15, 0x00]);
  const plain = Buffer.concat(Array.from({ length: 8 }, () => Buffer.from([1, 2, 3, 4])));
  expect(unpackLz4(packed, 32)).toEqual(plain);
  expect(() => unpackLz4(packed, 33)).toThrow('LZ4: expected 33 bytes, got 32');
  const data = container(
    { kind: CODE, architecture: 70, payload: bytes(8, 64) },
    { kind: CODE, architecture: 90, payload: packed, unpacked: 32 },
  );
  expect(slim(data, 90)).toMatchObject({ code: 1, unpacked: 1 });
  // one entry that fills the container, no longer packed
  expect(data.readUInt16LE(16)).toBe(CODE);
  expect(data.readUInt32LE(16 + 28)).toBe(90);
  expect(Number(data.readBigUInt64LE(16 + 8))).toBe(data.length - 16 - HEADER);
  expect([data.readUInt32LE(16 + 16), data.readBigUInt64LE(16 + 40)]).toEqual([0, 0n]);
  expect(data.subarray(16 + HEADER, 16 + HEADER + 32)).toEqual(plain);
  expect(count(data, 8)).toBe(0);
});

test.each([
  [
    'its own code',
    [
      [CODE, 80],
      [CODE, 90],
      [PTX, 90],
    ],
    [CODE, 90],
  ],
  [
    'code of its generation',
    [
      [CODE, 80],
      [CODE, 86],
      [PTX, 80],
    ],
    [CODE, 86],
  ],
  [
    'the newest PTX that it can compile',
    [
      [CODE, 70],
      [PTX, 70],
      [PTX, 80],
      [PTX, 100],
    ],
    [PTX, 80],
  ],
  [
    'nothing',
    [
      [CODE, 100],
      [PTX, 100],
    ],
    undefined,
  ],
] as const)('a GPU is given %s', (_, entries, wanted) => {
  const architecture = wanted?.[1] === 86 ? 89 : 90;
  const all = entries.map(([kind, of]) => ({ kind, architecture: of }));
  const [first] = chosen(all, architecture);
  expect(first && [first.kind, first.architecture]).toEqual(wanted);
});
