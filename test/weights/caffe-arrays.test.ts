import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { buf as crc32 } from 'crc-32';
import { tf } from '../../src/engine/tf';
import { MEAN_RGB } from '../../src/images/pixel-range';
import { openCaffeArrays } from '../../src/weights/caffe-arrays';
import { checkImportPlaces } from '../../src/weights/import-places';
import { readNpz } from '../../src/weights/npz';
import { openWeights } from '../../src/weights/weight-source';
import { importCheckpoint } from '../../src/weights/import-checkpoint';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();
const BGR = {
  channelOrder: 'bgr',
  meanRgb: [123, 117, 104],
  ageGroupsOf: () => {
    throw new Error('arrays have no generator');
  },
} as const;

/** An array as NumPy saves it. */
function npy(shape: readonly number[], values: Float32Array): Buffer {
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`;
  const header = Buffer.from(text.padEnd(117) + '\n', 'latin1');
  const start = Buffer.from([
    0x93,
    0x4e,
    0x55,
    0x4d,
    0x50,
    0x59,
    1,
    0,
    header.length & 255,
    header.length >> 8,
  ]);
  return Buffer.concat([
    start,
    header,
    Buffer.from(values.buffer, values.byteOffset, values.byteLength),
  ]);
}

/** A zip whose files are packed. */
function zip(files: Readonly<Record<string, Buffer>>): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(files)) {
    const packed = deflateRawSync(content);
    const local = Buffer.alloc(30);
    const entry = Buffer.alloc(46);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(name.length, 26);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(8, 10);
    entry.writeUInt32LE(crc32(content) >>> 0, 16);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(offset, 42);
    directory.push(entry, Buffer.from(name));
    parts.push(local, Buffer.from(name), packed);
    offset += 30 + name.length + packed.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Object.keys(files).length, 10);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, ...directory, end]);
}

const numbers = (count: number, seed: number): Float32Array =>
  tf.randomUniform([count], -0.1, 0.1, 'float32', seed).dataSync() as Float32Array;
const size = (shape: readonly number[]): number =>
  shape.reduce((product, side) => product * side, 1);

const CAFFE_SHAPES = {
  conv1: [4, 3, 11, 11],
  conv2: [6, 2, 5, 5],
  conv3: [8, 6, 3, 3],
  conv4: [8, 4, 3, 3],
  conv5: [4, 4, 3, 3],
  fc6: [5, 144],
  fc8: [7, 5],
} as const;

const OUTPUTS: Readonly<Record<string, number>> = {
  conv1: 4,
  conv2: 6,
  conv3: 8,
  conv4: 8,
  conv5: 4,
  fc6: 5,
  fc7: 5,
  fc8: 7,
};

function write(shapes: Readonly<Record<string, readonly number[]>>, widths = OUTPUTS): string {
  const files: Record<string, Buffer> = {};
  Object.entries(shapes).forEach(([layer, shape], i) => {
    files[`${layer}_weights.npy`] = npy(shape, numbers(size(shape), i + 1));
    const outputs = widths[layer]!;
    files[`${layer}_biases.npy`] = npy([outputs], numbers(outputs, i + 50));
  });
  const file = path.join(newFolder(), 'alexnet.npz');
  writeFileSync(file, zip(files));
  return file;
}

test('conv1 of blue-green-red weights and another mean sees in our pictures what it saw in its own', async () => {
  const file = write(CAFFE_SHAPES);
  const theirs = await readNpz(file);
  const ours = await openCaffeArrays(file, BGR);
  // RGB 0..255
  const picture = tf.randomUniform<tf.Rank.R4>([1, 31, 31, 3], 0, 255, 'float32', 5);
  const caffe = tf.conv2d(
    tf.reverse(tf.sub<tf.Tensor4D>(picture, tf.tensor1d([123, 117, 104])), 3),
    tf.transpose(tf.tensor4d(theirs.get('conv1_weights')!.values, [4, 3, 11, 11]), [2, 3, 1, 0]),
    4,
    'valid',
  );
  const { values, shape } = await ours.read('alexnet/conv1/weights');
  expect(shape).toEqual([11, 11, 3, 4]);
  const mine = tf.conv2d(
    tf.sub(picture, tf.tensor1d([...MEAN_RGB])) as tf.Tensor4D,
    tf.tensor4d(values, [11, 11, 3, 4]),
    4,
    'valid',
  );
  const biases = (await ours.read('alexnet/conv1/biases')).values;
  const difference = tf.sub(
    tf.add(caffe, tf.tensor1d(theirs.get('conv1_biases')!.values)),
    tf.add(mine, tf.tensor1d(biases)),
  );
  expect(tf.max(tf.abs(difference)).dataSync()[0]).toBeLessThan(1e-2);
  expect(tf.max(tf.abs(caffe)).dataSync()[0]).toBeGreaterThan(10);
});

test('fc6 reads pool5 by row, column, channel where Caffe read it by channel, row, column; fc8 is left out', async () => {
  const file = write(CAFFE_SHAPES);
  const theirs = await readNpz(file);
  const ours = await openCaffeArrays(file, BGR);
  expect([...ours.names].filter((name) => name.includes('fc8'))).toEqual([]);
  const { shape, values } = await ours.read('alexnet/fc6/weights');
  expect(shape).toEqual([144, 5]);
  const pool5 = tf.randomUniform<tf.Rank.R4>([1, 6, 6, 4], -1, 1, 'float32', 3);
  const caffe = tf.matMul(
    tf.tensor2d(theirs.get('fc6_weights')!.values, [5, 144]),
    tf.reshape(tf.transpose(pool5, [0, 3, 1, 2]), [144, 1]),
  );
  const mine = tf.matMul(tf.reshape(pool5, [1, 144]) as tf.Tensor2D, tf.tensor2d(values, [144, 5]));
  expect(
    tf.max(tf.abs(tf.sub(tf.reshape(caffe, [5]), tf.reshape(mine, [5])))).dataSync()[0],
  ).toBeLessThan(1e-5);
});

/** The test network with a fc7 that is square, and all weights with their outputs last. */
const LAST = {
  ...{
    conv1: [11, 11, 3, 4],
    conv2: [5, 5, 2, 6],
    conv3: [3, 3, 6, 8],
    conv4: [3, 3, 4, 8],
    conv5: [3, 3, 4, 4],
  },
  ...{ fc6: [144, 5], fc7: [5, 5] },
};

test.each([
  ['its fc6', { ...CAFFE_SHAPES, fc7: [5, 5] }, true],
  [
    'its convolutions, where there is no fc6',
    { ...CAFFE_SHAPES, fc6: undefined, fc7: [5, 5] },
    true,
  ],
  ['its fc6', LAST, false],
  ['its convolutions, where there is no fc6', { ...LAST, fc6: undefined }, false],
  ['its fc6, when the convolutions have another', { ...LAST, fc6: [5, 144] }, true],
] as const)('a square fc7 has the order of %s', async (_, shapes, isTurned) => {
  const file = write(
    Object.fromEntries(
      Object.entries(shapes).filter(([, shape]) => shape as readonly number[] | undefined),
    ),
  );
  const theirs = (await readNpz(file)).get('fc7_weights')!.values;
  const { values } = await (await openCaffeArrays(file, BGR)).read('alexnet/fc7/weights');
  const turned = Float32Array.from(
    { length: 25 },
    (__, i) => theirs[(i % 5) * 5 + Math.floor(i / 5)]!,
  );
  expect(values).toEqual(isTurned ? turned : theirs);
});

test('weights that fit their biases neither way are refused', async () => {
  await expect(openCaffeArrays(write({ ...CAFFE_SHAPES, fc7: [5, 6, 1] }), BGR)).rejects.toThrow(
    /expected weights of fc7 as \[5, in\] or \[in, 5\] for its 5 biases, got \[5, 6, 1\]\./,
  );
});

/** The arrays of an `.npz` as HDF5. */
async function toHdf5(npz: string, form: 'plain' | 'matlab'): Promise<string> {
  const file = path.join(newFolder(), form === 'matlab' ? 'alexnet.mat' : 'alexnet.h5');
  const arrays = [...(await readNpz(npz))].map(
    ([name, { shape, values }]) => [name, { shape, values: [...values] }] as const,
  );
  const script = path.join(__dirname, '../support/write-arrays.mjs');
  const { status, stderr } = spawnSync(process.execPath, [script, file, form], {
    input: JSON.stringify(Object.fromEntries(arrays)),
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return file;
}

test.each([
  ['plain', 'outputs first', CAFFE_SHAPES],
  ['matlab', 'outputs first', CAFFE_SHAPES],
  ['matlab', 'outputs last', LAST],
] as const)('arrays in %s HDF5, %s, are those of the .npz', async (form, _, shapes) => {
  const npz = write(shapes);
  const file = await toHdf5(npz, form);
  const theirs = await openCaffeArrays(npz, BGR);
  const ours = await openCaffeArrays(file, BGR);
  expect([...ours.names].sort()).toEqual([...theirs.names].sort());
  for (const name of theirs.names) {
    const mine = await ours.read(name);
    const expected = await theirs.read(name);
    expect(mine.shape).toEqual(expected.shape);
    // of another thread's Float32Array
    expect([...mine.values]).toEqual([...expected.values]);
  }
  const target = path.join(newFolder(), 'alexnet');
  await checkImportPlaces(file, target);
  expect((await importCheckpoint(file, target, BGR)).written).toEqual(['alexnet']);
});

test('HDF5 that is cut off, or has no layers, is named', async () => {
  const whole = await toHdf5(write(CAFFE_SHAPES), 'matlab');
  const cut = path.join(newFolder(), 'cut.mat');
  writeFileSync(cut, readFileSync(whole).subarray(0, 3000));
  await expect(openCaffeArrays(cut, BGR)).rejects.toThrow(
    /cut\.mat: expected a whole HDF5 file of arrays, got .*\. Write it again\./,
  );
  const meta = path.join(__dirname, '../fixtures/cacd-meta/hdf5.mat');
  await expect(openCaffeArrays(meta, BGR)).rejects.toThrow(
    /hdf5\.mat: expected weights and biases of conv1 to conv5 .*, got no conv1/,
  );
});

test('half precision is widened; integers are refused', async () => {
  const file = path.join(newFolder(), 'half.npz');
  const as = (type: string, values: Uint16Array): Buffer => {
    const bytes = npy([3], new Float32Array(values.length / 2 + 1));
    const head = bytes.subarray(0, 128).toString('latin1').replace('<f4', type);
    return Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(values.buffer)]);
  };
  const values = Uint16Array.from([0x3c00, 0xc000, 0x0001]);
  writeFileSync(file, zip({ 'x.npy': as('<f2', values) }));
  expect((await readNpz(file)).get('x')).toEqual({
    shape: [3],
    values: Float32Array.from([1, -2, 2 ** -24]),
  });
  writeFileSync(file, zip({ 'x.npy': as('<i2', values) }));
  await expect(readNpz(file)).rejects.toThrow(
    'got x.npy: values of type <i2 instead of floats of 16, 32 or 64 bits.',
  );
});

test('an array with another checksum than the zip says is refused', async () => {
  const file = write(CAFFE_SHAPES);
  const bytes = readFileSync(file);
  // the checksum of the first file of the zip's directory
  const at = bytes.indexOf(Buffer.from([0x50, 0x4b, 1, 2])) + 16;
  bytes[at] = bytes[at]! ^ 1;
  writeFileSync(file, bytes);
  await expect(readNpz(file)).rejects.toThrow(
    /got conv1_weights\.npy with another checksum than the zip says\./,
  );
});

test('arrays become a network of their widths, wherever a trailing slash says; odd widths, which have no two groups, none', async () => {
  const target = `${newFolder()}/deep/alexnet/`;
  expect(await importCheckpoint(write({ ...CAFFE_SHAPES, fc7: [5, 5] }), target, BGR)).toEqual({
    written: ['alexnet'],
    unused: [],
  });
  const source = await openWeights(target, '--x');
  expect((await source.read('alexnet/fc6/biases')).shape).toEqual([5]);
  // fc6 alone is no identity network
  const { unused } = await importCheckpoint(write(CAFFE_SHAPES), path.join(newFolder(), 'a'), BGR);
  expect(unused).toEqual(['alexnet/fc6/weights', 'alexnet/fc6/biases']);
  const odd = { ...CAFFE_SHAPES, conv3: [7, 6, 3, 3], conv4: [8, 3, 3, 3] };
  await expect(
    importCheckpoint(write(odd, { ...OUTPUTS, conv3: 7 }), path.join(newFolder(), 'a'), BGR),
  ).rejects.toThrow(/--from: expected even numbers of outputs, .*got 7 of conv3 in .*npz\./);
});

test('what is missing or half there is named, and a file that is no zip is said to be none', async () => {
  const { conv3, ...others } = CAFFE_SHAPES;
  expect(conv3).toHaveLength(4);
  await expect(openCaffeArrays(write(others), BGR)).rejects.toThrow(
    /alexnet\.npz: expected weights and biases of conv1 to conv5 .*, got no conv3\. Write all of them\./,
  );
  const file = path.join(newFolder(), 'text.npz');
  writeFileSync(file, 'hello');
  await expect(readNpz(file)).rejects.toThrow(
    /text\.npz: expected NumPy arrays \(\.npz\), got no zip, or one that is cut off\./,
  );
});
