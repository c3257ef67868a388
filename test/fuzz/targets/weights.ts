/** @file Networks of others and our own: what weights are read from. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { buf as crc32 } from 'crc-32';
import { openGenerator } from '../../../src/ageing/open-generator';
import { openEngine } from '../../../src/engine/open-engine';
import { tf } from '../../../src/engine/tf';
import { restoreState, saveState } from '../../../src/pretrain/state';
import { openCaffeArrays } from '../../../src/weights/caffe-arrays';
import {
  latestCheckpoint,
  listCheckpoints,
  readCheckpointState,
} from '../../../src/weights/checkpoint';
import { readKerasWeights } from '../../../src/weights/keras-h5';
import { restoreArrays, writeTrainingState } from '../../../src/weights/training-state';
import { openWeights } from '../../../src/weights/weight-source';
import { writeTinyModel } from '../../support/tiny-model';
import { writeBundle } from '../../support/write-bundle';
import { filesOf } from '../target';
import type { Files, Target } from '../target';
import { sealAll, sealJson, sealTable, sealWeights, sealZip } from './checksums';

/** Everything under a folder that `write` fills. */
async function written(write: (folder: string) => unknown): Promise<Files> {
  const folder = mkdtempSync(path.join(tmpdir(), 'ipcgan-fuzz-'));
  try {
    await write(folder);
    return new Map(
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => path.join(entry.parentPath, entry.name))
        .sort()
        .map((file) => [path.relative(folder, file), readFileSync(file)]),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const VARIABLES = new Map([
  ['a/weights', { shape: [2, 3], values: Float32Array.from([1, 2, 3, 4, 5, 6]) }],
  ['a/weights/Adam', { shape: [2], values: Float32Array.from([7, 8]) }],
  ['b/biases', { shape: [], values: Float32Array.from([-0.5]) }],
  ['c/half', { shape: [3], values: Uint16Array.from([1, 2, 3]), type: 19 }],
]);

const tf1: Target = {
  name: 'tf1',
  make: () =>
    Promise.all(
      [1, 2].map((shards) =>
        written((folder) => writeBundle(path.join(folder, 'acgan.model-12'), VARIABLES, shards)),
      ),
    ),
  formOf: () => 'bytes',
  mend: (files) => {
    for (const [name, bytes] of files) {
      // the bytes belong to the corpus
      const copy = Buffer.from(bytes);
      if (name.endsWith('.index')) sealTable(copy);
      files.set(name, copy);
    }
  },
  read: async (folder) => {
    const source = await openWeights(folder, '--x');
    for (const name of source.names) await source.read(name);
  },
};

const KERAS_LAYERS = { C1: 'conv2d', F7: 'dense' };

const h5: Target = {
  name: 'h5',
  make: async () =>
    [
      await written((folder) => {
        const script = path.join(__dirname, 'make-h5.mjs');
        const { status, stderr } = spawnSync(process.execPath, [script, folder], {
          encoding: 'utf8',
        });
        if (status !== 0) throw new Error(stderr);
      }),
    ].flatMap((files) => [...files].map(([, bytes]) => new Map([['weights.h5', bytes]]))),
  formOf: () => 'bytes',
  // the module's own memory, which a thread takes anew for each file
  mostGrowth: 1024 * 2 ** 20,
  read: (folder) => readKerasWeights(path.join(folder, 'weights.h5'), '--x', KERAS_LAYERS, ['F8']),
};

/** An array as NumPy saves it. */
function npy(shape: readonly number[], kind: '<f4' | '<f8'): Buffer {
  const size = shape.reduce((product, side) => product * side, 1);
  const text = `{'descr': '${kind}', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`;
  const header = Buffer.from(`${text.padEnd(117)}\n`, 'latin1');
  const start = Buffer.from(`\x93NUMPY\x01\x00${String.fromCharCode(header.length, 0)}`, 'latin1');
  return Buffer.concat([start, header, Buffer.alloc(size * (kind === '<f4' ? 4 : 8), 1)]);
}

/** A zip. @param method 0 as it is, 8 deflated */
function zip(entries: readonly (readonly [string, Buffer])[], method: 0 | 8): Buffer {
  let offset = 0;
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  for (const [name, content] of entries) {
    const packed = method === 8 ? deflateRawSync(content) : content;
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(method, 4);
    fields.writeUInt32LE(crc32(content) >>> 0, 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(content.length, 18);
    fields.writeUInt16LE(name.length, 22);
    const head = Buffer.concat([Buffer.from('PK\u0003\u0004'), fields, Buffer.from(name)]);
    local.push(head, packed);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    central.push(Buffer.from('PK\u0001\u0002\u0014\0', 'latin1'), fields, place, Buffer.from(name));
    offset += head.length + packed.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...local, directory, Buffer.from('PK\u0005\u0006'), end]);
}

const CONVOLUTIONS = ['conv1', 'conv2', 'conv3', 'conv4', 'conv5'];

const npz: Target = {
  name: 'npz',
  make: () => {
    const arrays = (kind: '<f4' | '<f8'): [string, Buffer][] =>
      CONVOLUTIONS.flatMap((layer): [string, Buffer][] => [
        [`${layer}_weights.npy`, npy([2, 3, 1, 1], kind)],
        [`${layer}_biases.npy`, npy([2], kind)],
      ]);
    return Promise.resolve([
      filesOf({ 'a.npz': zip(arrays('<f4'), 0) }),
      filesOf({ 'a.npz': zip(arrays('<f8'), 8) }),
    ]);
  },
  formOf: () => 'bytes',
  mend: (files) => {
    const copy = Buffer.from(files.get('a.npz') ?? []);
    sealZip(copy);
    if (files.has('a.npz')) files.set('a.npz', copy);
  },
  read: async (folder) => {
    const input = { channelOrder: 'bgr', meanRgb: [123, 117, 104] } as const;
    const source = await openCaffeArrays(path.join(folder, 'a.npz'), input);
    for (const name of source.names) await source.read(name);
  },
};

const NETWORKS = {
  image_size: 32,
  age_groups: 5,
  age_bounds: [20, 30, 40, 50],
  label_scale: 1,
  generator: 'residual',
  upsampling: 'transposed',
  generator_channels: 2,
  discriminator_channels: 2,
  discriminator: 'patch',
  discriminator_norm: 'batch',
};
const FORM = (file: string): 'json' | 'bytes' => (file.endsWith('.json') ? 'json' : 'bytes');

/** Small variables, made once. */
const moments = (() => {
  let made: ReadonlyMap<string, tf.Variable> | null = null;
  return () =>
    (made ??= new Map([
      ['m', tf.variable(tf.ones([2, 3]))],
      ['v', tf.variable(tf.ones([4]))],
    ]));
})();

const OPTIMIZERS = 'optimizers.bin';
const CHECKPOINT = 'acgan.model-12';

/** A checkpoint's folder, with a small network and moments. */
async function checkpointFiles(): Promise<Files> {
  await openEngine();
  return written(async (folder) => {
    const checkpoint = path.join(folder, CHECKPOINT);
    await writeTinyModel(path.join(checkpoint, 'generator'), 'residual');
    await writeTrainingState(
      checkpoint,
      { networks: {}, arrays: moments(), arraysFile: OPTIMIZERS },
      {
        format: 1,
        step: 12,
        networks: NETWORKS,
        sampler: { a: 1 },
        updates: { discriminator: 12, generator: 12 },
        judges: null,
      },
    );
  });
}

const checkpoint: Target = {
  name: 'checkpoint',
  make: async () => {
    const whole = await checkpointFiles();
    const text = whole.get(`${CHECKPOINT}/state.json`)?.toString('utf8') ?? '';
    const state = JSON.parse(text) as { files: object };
    const digests = Object.fromEntries(
      ['model.json', 'weights.bin', 'ipcgan.json'].map((name) => [
        `generator/${name}`,
        { bytes: 1, sha256: '0'.repeat(64) },
      ]),
    );
    const files = new Map(whole);
    const said = { ...state, files: { ...digests, ...state.files } };
    files.set(`${CHECKPOINT}/state.json`, Buffer.from(JSON.stringify(said)));
    sealAll(files, `${CHECKPOINT}/state.json`);
    return [files];
  },
  formOf: FORM,
  mend: (files) => {
    sealAll(files, `${CHECKPOINT}/state.json`);
  },
  read: async (folder) => {
    await listCheckpoints(folder);
    const latest = (await latestCheckpoint(folder)) ?? path.join(folder, CHECKPOINT);
    const state = await readCheckpointState(latest);
    const parts = { arrays: moments(), arraysFile: OPTIMIZERS };
    await restoreArrays(latest, state.files, parts, 'Use another.');
  },
};

/** As 0.1 has a generator in a checkpoint: what it is stands in state.json alone. */
const generator: Target = {
  name: 'generator',
  make: async () => {
    const whole = await checkpointFiles();
    const manifest = `${CHECKPOINT}/generator/ipcgan.json`;
    const folder = `${CHECKPOINT}/generator/`;
    const old = new Map([...whole].filter(([name]) => name !== manifest));
    const alone = new Map(
      [...whole].flatMap(([name, bytes]) =>
        name.startsWith(folder) ? [[name.slice(folder.length), bytes] as const] : [],
      ),
    );
    return [old, alone];
  },
  formOf: FORM,
  mend: (files) => {
    sealWeights(files);
    sealWeights(files, `${CHECKPOINT}/generator/`);
    sealJson(files);
  },
  read: async (folder) => {
    const opened = await openGenerator(folder);
    opened.dispose();
  },
};

const keptOf = (plain: tf.LayersModel | null) => ({
  plain: plain as tf.LayersModel,
  metadata: {},
  variables: moments(),
  data: 'd'.repeat(64),
});

const pretrainState: Target = {
  name: 'pretrain-state',
  make: async () => {
    await openEngine();
    const whole = await written(async (folder) => {
      const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] });
      await saveState(folder, keptOf(model), { step: 3, best: null, owed: false });
      model.dispose();
    });
    const state = JSON.parse(whole.get('last/state.json')?.toString('utf8') ?? '') as {
      seal: string;
      arrays: object;
      files: Record<string, { sha256: string }>;
    };
    const { arrays, files, ...sealed } = state;
    const rest: Record<string, unknown> = { ...sealed };
    delete rest.seal;
    // as 0.1 wrote it
    const old = { ...rest, variables: arrays, sha256: files['state.bin']?.sha256 };
    return [whole, new Map(whole).set('last/state.json', Buffer.from(JSON.stringify(old)))];
  },
  formOf: FORM,
  mend: (files) => {
    sealAll(files, 'last/state.json');
  },
  read: (folder) => restoreState(folder, keptOf(null)),
};

export const WEIGHT_TARGETS: readonly Target[] = [
  tf1,
  h5,
  npz,
  checkpoint,
  generator,
  pretrainState,
];
