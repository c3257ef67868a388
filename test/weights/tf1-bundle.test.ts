import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { findNetwork } from '../../src/weights/find-network';
import { isTf1Bundle, openTf1Bundle } from '../../src/weights/tf1-bundle';
import { describeWithShared, shared } from '../support/shared';
import { temporaryFolders } from '../support/temporary';
import { writeBundle } from '../support/write-bundle';

const newFolder = temporaryFolders();

const VARIABLES = new Map([
  ['a/weights', { shape: [2, 3], values: Float32Array.from([1, 2, 3, 4, 5, 6]) }],
  ['a/weights/Adam', { shape: [2], values: Float32Array.from([7, 8]) }],
  ['b/biases', { shape: [], values: Float32Array.from([-0.5]) }],
]);

function bundle(shards = 1): string {
  const prefix = path.join(newFolder(), 'acgan.model-12');
  writeBundle(prefix, VARIABLES, shards);
  return prefix;
}

test.each([1, 3])('variables come back from %i shards by name, with shapes', async (shards) => {
  const { entries, read, step } = await openTf1Bundle(bundle(shards));
  expect([...entries].map(([name, { shape }]) => [name, shape])).toEqual(
    [...VARIABLES].map(([name, { shape }]) => [name, shape]),
  );
  for (const [name, { values }] of VARIABLES) expect([...(await read(name))]).toEqual([...values]);
  expect(step).toBe(12);
});

test('a directory stands for what its checkpoint file names, or its newest index', async () => {
  const prefix = bundle();
  const folder = path.dirname(prefix);
  writeBundle(
    path.join(folder, 'acgan.model-9'),
    new Map([['old', { shape: [1], values: Float32Array.from([1]) }]]),
    1,
  );
  expect((await openTf1Bundle(folder)).step).toBe(12);
  writeFileSync(
    path.join(folder, 'checkpoint'),
    'model_checkpoint_path: "/another/machine/acgan.model-9"\n',
  );
  expect((await openTf1Bundle(folder)).step).toBe(9);
  expect([isTf1Bundle(folder), isTf1Bundle(prefix), isTf1Bundle(newFolder())]).toEqual([
    true,
    true,
    false,
  ]);
});

test('of checkpoints of several networks in a directory none is chosen, unless its checkpoint file names one', async () => {
  const folder = newFolder();
  const names = ['alexnet.model-292000', 'alexnet.model-5', 'age_classifier.model-300000'];
  for (const name of names) writeBundle(path.join(folder, name), VARIABLES, 1);
  expect(() => isTf1Bundle(folder)).toThrow(
    `${folder}: expected checkpoints of one network, got 2: age_classifier.model, alexnet.model. Give the prefix of one, such as ${folder}/age_classifier.model-300000.`,
  );
  expect((await openTf1Bundle(path.join(folder, names[1]!))).step).toBe(5);
  // as TensorFlow writes it on Windows, on a machine that this is not
  writeFileSync(
    path.join(folder, 'checkpoint'),
    'model_checkpoint_path: "C:\\\\models\\\\alexnet.model-5"\n',
  );
  expect((await openTf1Bundle(folder)).step).toBe(5);
});

test('the variables of a SavedModel are read', async () => {
  const folder = newFolder();
  mkdirSync(path.join(folder, 'variables'));
  writeFileSync(path.join(folder, 'saved_model.pb'), 'graph');
  writeBundle(path.join(folder, 'variables', 'variables'), VARIABLES, 1);
  expect([...(await (await openTf1Bundle(folder)).read('b/biases'))]).toEqual([-0.5]);
  expect(findNetwork(folder, '--x')).toEqual({ format: 'tf1' });
});

test('half and bfloat16 variables are widened', async () => {
  const prefix = path.join(newFolder(), 'model-1');
  // 1, -2, the largest, the smallest, infinity
  const half = Uint16Array.from([0x3c00, 0xc000, 0x7bff, 0x0001, 0x7c00]);
  const brain = Uint16Array.from([0x3f80, 0xc000, 0x3eab]);
  writeBundle(
    prefix,
    new Map([
      ['half', { shape: [5], values: half, type: 19 }],
      ['brain', { shape: [3], values: brain, type: 14 }],
    ]),
    1,
  );
  const { entries, read } = await openTf1Bundle(prefix);
  expect([...entries.values()].map(({ dtype }) => dtype)).toEqual(['bfloat16', 'float16']);
  expect([...(await read('half'))]).toEqual([1, -2, 65504, 2 ** -24, Infinity]);
  expect([...(await read('brain'))]).toEqual([1, -2, 0.333984375]);
});

test.each<[string, string | Buffer, RegExp]>([
  [
    'new.mat',
    `${'MATLAB 7.3 MAT-file, Platform'.padEnd(512)}x`,
    /got .*new\.mat, a MATLAB 7\.3 file \(HDF5\)\. Where its arrays are called conv1_weights, .*: `ipcgan import --from FILE /,
  ],
  [
    'old.mat',
    'MATLAB 5.0 MAT-file'.padEnd(200),
    /a MATLAB 5 file\. Save its arrays by layer as NumPy arrays/,
  ],
  ['vgg.h5', Buffer.from('894844460d0a1a0a00', 'hex'), /an HDF5 file, such as Keras writes\. /],
  [
    'model.ckpt-9',
    Buffer.from('000057fb808b247547db', 'hex'),
    /a TensorFlow checkpoint of the first version \(V1, one file\)\. Restore it in TensorFlow 1/,
  ],
  ['net.pth', 'PK', /weights of PyTorch\. /],
  ['net.bin', 'PK..archive/data.pkl', /weights of PyTorch\. /],
  ['bvlc_alexnet.caffemodel', 'x', /weights of Caffe\. /],
  ['graph.pb', 'x', /a frozen graph of TensorFlow\. /],
  ['unknown', 'x', /unknown, a file\. Give the directory of the run or the checkpoint\.$/],
])('%s is known for what it is, with the way out', async (name, content, message) => {
  const file = path.join(newFolder(), name);
  writeFileSync(file, content);
  expect(() => findNetwork(file, '--alexnet_pretrained_model')).toThrow(message);
  if (name !== 'unknown')
    await expect(openTf1Bundle(file)).rejects.toThrow(
      /expected a TensorFlow 1 checkpoint .*, got (?!none)/,
    );
});

test('a folder with a network of another format in it says which', async () => {
  const folder = newFolder();
  writeFileSync(path.join(folder, 'checkpoint'), 'model_checkpoint_path: "model.ckpt-9"\n');
  writeFileSync(path.join(folder, 'model.ckpt-9'), Buffer.from('000057fb808b247547db', 'hex'));
  const message =
    /, got .*holds model\.ckpt-9, a TensorFlow checkpoint of the first version \(V1, one file\)\. Restore it/;
  expect(() => findNetwork(folder, '--alexnet_pretrained_model')).toThrow(message);
  await expect(openTf1Bundle(folder)).rejects.toThrow(/got a TensorFlow checkpoint of the first/);
});

function flipBit(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at] = bytes[at]! ^ 4;
  writeFileSync(file, bytes);
}

test('a flipped bit in the index or the data is noticed', async () => {
  const index = bundle();
  flipBit(`${index}.index`, 10);
  await expect(openTf1Bundle(index)).rejects.toThrow(
    /acgan\.model-12\.index: expected the index of a TensorFlow checkpoint, got a wrong checksum of the block at 0/,
  );
  const data = bundle();
  flipBit(`${data}.data-00000-of-00001`, 5);
  await expect((await openTf1Bundle(data)).read('a/weights')).rejects.toThrow(
    /data-00000-of-00001: expected the values of a\/weights, got a wrong checksum/,
  );
});

test('files that are cut off or missing are named', async () => {
  const prefix = bundle(2);
  const second = `${prefix}.data-00001-of-00002`;
  writeFileSync(second, readFileSync(second).subarray(0, 3));
  await expect((await openTf1Bundle(prefix)).read('a/weights/Adam')).rejects.toThrow(
    '3 bytes instead of 8 at 0: the file is cut off',
  );
  writeFileSync(`${prefix}.index`, readFileSync(`${prefix}.index`).subarray(0, 60));
  await expect(openTf1Bundle(prefix)).rejects.toThrow('got no table (its magic number is missing)');
  await expect(openTf1Bundle('/nowhere/acgan.model-1')).rejects.toThrow(
    '/nowhere/acgan.model-1: expected a TensorFlow 1 checkpoint',
  );
});

test('a variable that is not there is named', async () => {
  await expect((await openTf1Bundle(bundle())).read('c')).rejects.toThrow(
    'expected a variable c, got 3 others',
  );
});

describeWithShared('a checkpoint that TensorFlow 1 wrote', ['seed-numbers/tf1-checkpoint'], () => {
  test('its variables are read exactly', async () => {
    const { variables } = (
      JSON.parse(readFileSync(shared('seed-numbers/step.json'), 'utf8')) as {
        checkpoint: { variables: Record<string, { first: number[]; shape: number[] }> };
      }
    ).checkpoint;
    const { entries, read } = await openTf1Bundle(shared('seed-numbers/tf1-checkpoint'));
    expect([...entries.keys()].sort()).toEqual(Object.keys(variables).sort());
    for (const [name, { first, shape }] of Object.entries(variables)) {
      expect(entries.get(name)!.shape).toEqual(shape);
      expect([...(await read(name)).slice(0, first.length)]).toEqual(first);
    }
  });
});
