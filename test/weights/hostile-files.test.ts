import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { deflateRawSync, deflateSync } from 'node:zlib';
import { readMatStructs } from '../../src/data/sources/mat-structs';
import { readStoredArray } from '../../src/parity/fixture';
import { readNpz } from '../../src/weights/npz';
import { openSavedModel } from '../../src/weights/saved-model';
import { openTf1Bundle } from '../../src/weights/tf1-bundle';
import { restoreArrays } from '../../src/weights/training-state';
import { temporaryFolders } from '../support/temporary';
import { writeBundle } from '../support/write-bundle';

const newFolder = temporaryFolders();

function fileOf(name: string, bytes: string | Buffer): string {
  const file = path.join(newFolder(), name);
  writeFileSync(file, bytes);
  return file;
}

/** An element of a MATLAB file: its type, its length, its bytes and what fills the last eight. */
function element(type: number, bytes: Buffer, length = bytes.length): Buffer {
  const tag = Buffer.alloc(8);
  tag.writeUInt32LE(type, 0);
  tag.writeUInt32LE(length, 4);
  return Buffer.concat([tag, bytes, Buffer.alloc((8 - (bytes.length % 8)) % 8)]);
}
const int32 = (...values: readonly number[]): Buffer => Buffer.from(Int32Array.from(values).buffer);
const matHeader = Buffer.alloc(128);
matHeader.write('MATLAB 5.0 MAT-file');
matHeader.writeUInt16LE(0x0100, 124);
matHeader.write('IM', 126);
const STRUCT = 2;
const CELL = 1;
const head = (arrayClass: number, name: string, ...dimensions: readonly number[]): Buffer =>
  Buffer.concat([
    element(6, int32(arrayClass, 0)),
    element(5, int32(...dimensions)),
    element(1, Buffer.from(name)),
  ]);
const readMat = (...elements: readonly Buffer[]): Promise<unknown> =>
  readMatStructs(fileOf('meta.mat', Buffer.concat([matHeader, ...elements])), {
    wanted: ['field'],
  });

describe('a MATLAB file', () => {
  // the loop over the fields would stand still
  test('whose fields have names of no letters is refused', async () => {
    const content = [
      head(STRUCT, 'wanted', 1, 1),
      element(5, int32(0)),
      element(1, Buffer.alloc(16)),
    ];
    await expect(readMat(element(14, Buffer.concat(content)))).rejects.toThrow(
      /meta\.mat: names of fields of 0 bytes/,
    );
  });

  test('that asks for more memory than a table has is refused before it is taken', async () => {
    const large = Buffer.concat([
      head(STRUCT, 'wanted', 1, 1),
      element(5, int32(32)),
      element(1, Buffer.alloc(8), 2 ** 31),
    ]);
    await expect(readMat(element(14, large))).rejects.toThrow(
      /meta\.mat: an element of 2147483648 bytes/,
    );
    const name = Buffer.alloc(32);
    name.write('field');
    const cells = Buffer.concat([
      head(STRUCT, 'wanted', 1, 1),
      element(5, int32(32)),
      element(1, name),
      element(14, head(CELL, '', 100_000, 100_000)),
    ]);
    const packed = deflateSync(element(14, Buffer.concat([cells, Buffer.alloc(1 << 20)])));
    await expect(readMat(element(15, packed))).rejects.toThrow(
      /meta\.mat: a cell array of 10000000000 values/,
    );
  });
});

test('a small zip that unpacks to gigabytes is refused, also where it says less', async () => {
  const packed = deflateRawSync(Buffer.alloc(1 << 20));
  for (const size of [2 ** 31, 100]) {
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(8, 4);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(size, 18);
    const end = Buffer.alloc(18);
    end.writeUInt16LE(1, 6);
    end.writeUInt32LE(30 + packed.length, 12);
    const zip = Buffer.concat([
      Buffer.from('PK\u0003\u0004'),
      fields,
      packed,
      Buffer.from('PK\u0001\u0002\u0014\0', 'latin1'),
      fields,
      Buffer.alloc(14),
      Buffer.from('PK\u0005\u0006'),
      end,
    ]);
    await expect(readNpz(fileOf('a.npz', zip))).rejects.toThrow(
      size > 2 ** 30 ? /a\.npz: .* arrays of more than 1024 MB/ : /a\.npz: /,
    );
  }
});

describe('a checkpoint of TensorFlow', () => {
  test('takes no memory for values that are not there', async () => {
    const prefix = path.join(newFolder(), 'model-1');
    const values = new Float32Array(4);
    writeBundle(prefix, new Map([['a', { shape: [4], values }]]), 1);
    writeFileSync(`${prefix}.data-00000-of-00001`, Buffer.alloc(3));
    await expect((await openTf1Bundle(prefix)).read('a')).rejects.toThrow(
      /data-00000-of-00001: .*3 bytes instead of 16 at 0: the file is cut off/,
    );
  });

  test('with a name of many kilobytes is refused', async () => {
    const prefix = path.join(newFolder(), 'model-1');
    writeBundle(
      prefix,
      new Map([['a'.repeat(5000), { shape: [1], values: new Float32Array(1) }]]),
      1,
    );
    await expect(openTf1Bundle(prefix)).rejects.toThrow(/model-1\.index: .* a name of 5000 bytes/);
  });
});

test('a network whose arrays have sides below nothing is none', async () => {
  const folder = newFolder();
  const weights = [1e9, 1 - 1e9].map((side, i) => ({
    name: `w${i}`,
    shape: [side],
    dtype: 'float32',
  }));
  writeFileSync(
    path.join(folder, 'model.json'),
    JSON.stringify({ weightsManifest: [{ paths: ['weights.bin'], weights }] }),
  );
  writeFileSync(path.join(folder, 'weights.bin'), Buffer.alloc(4));
  await expect(openSavedModel(folder)).rejects.toThrow(
    /model\.json: expected a network saved by ipcgan, got JSON of another form/,
  );
});

test.each(['../other.bin', '/dev/zero', 'a/../../b'])(
  'a checkpoint that lists %s lists no file of its folder',
  async (name) => {
    const folder = path.join(newFolder(), 'checkpoint');
    mkdirSync(folder);
    const files = { [name]: { sha256: 'a'.repeat(64) } };
    const parts = { arrays: new Map(), arraysFile: 'state.bin' };
    await expect(restoreArrays(folder, files, parts, 'Use another.')).rejects.toThrow(
      `${path.join(folder, 'state.json')}: expected files of its folder, got ${name}. Use another.`,
    );
    await expect(readStoredArray(folder, { file: name, shape: [1] })).rejects.toThrow(
      `${folder}: expected arrays in the folder of fixtures, got ${name}.`,
    );
  },
);
