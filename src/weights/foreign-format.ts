/** @file Files of weights that are none of ours and no TensorFlow checkpoint of today, known by their first or last bytes: what they are, and the way out. */

import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import path from 'node:path';

const HEAD_BYTES = 512;
/** At the end of a table of LevelDB's form, of which a V1 checkpoint is one; little-endian. */
const TABLE_MAGIC = Buffer.from('57fb808b247547db', 'hex');
const HDF5_MAGIC = Buffer.from('894844460d0a1a0a', 'hex');

const TO_NPZ =
  'Save its arrays by layer as NumPy arrays (.npz), and turn those into a network: `ipcgan import --from FILE.npz --to checkpoints/alexnet`.';
/** HDF5 is read where its arrays are called after layers. */
const IMPORT_HDF5 =
  'Where its arrays are called conv1_weights, conv1_biases and so on, turn them into a network: `ipcgan import --from FILE --to checkpoints/alexnet`.';

/** A format, and the way out. */
export interface ForeignFormat {
  /** With its article, e.g. `a MATLAB 5 file`. */
  readonly name: string;
  readonly advice: string;
}

/** Endings that tell a format whose bytes do not. */
const BY_ENDING: Readonly<Record<string, string>> = {
  '.caffemodel': 'weights of Caffe',
  '.onnx': 'an ONNX model',
  '.pb': 'a frozen graph of TensorFlow',
  '.npy': 'a single NumPy array',
  '.safetensors': 'weights in safetensors',
  '.tflite': 'a model of TensorFlow Lite',
};

function endsOf(file: string): { readonly head: Buffer; readonly tail: Buffer } {
  const handle = openSync(file, 'r');
  try {
    const { size } = statSync(file);
    const head = Buffer.alloc(Math.min(HEAD_BYTES, size));
    const tail = Buffer.alloc(Math.min(TABLE_MAGIC.length, size));
    readSync(handle, head, 0, head.length, 0);
    readSync(handle, tail, 0, tail.length, size - tail.length);
    return { head, tail };
  } finally {
    closeSync(handle);
  }
}

/** What a file of weights is, and what to do with it; null for one that nobody knows, or a place where no file is. */
export function foreignFormat(location: string): ForeignFormat | null {
  if (!existsSync(location) || !statSync(location).isFile()) return null;
  const { head, tail } = endsOf(location);
  const text = head.toString('latin1');
  const is = (name: string, advice = TO_NPZ): ForeignFormat => ({ name, advice });
  if (text.startsWith('MATLAB 7.3')) return is('a MATLAB 7.3 file (HDF5)', IMPORT_HDF5);
  if (text.startsWith('MATLAB 5')) return is('a MATLAB 5 file');
  if (head.subarray(0, HDF5_MAGIC.length).equals(HDF5_MAGIC))
    return is('an HDF5 file, such as Keras writes', IMPORT_HDF5);
  if (tail.equals(TABLE_MAGIC) && !location.endsWith('.index'))
    return is(
      'a TensorFlow checkpoint of the first version (V1, one file)',
      'Restore it in TensorFlow 1 and save it again with `tf.train.Saver(write_version=tf.train.SaverDef.V2)`.',
    );
  const ending = path.extname(location).toLowerCase();
  const isZip = text.startsWith('PK');
  if (ending === '.pth' || ending === '.pt' || (isZip && text.includes('data.pkl')))
    return is('weights of PyTorch');
  if (ending === '.keras') return is('a model of Keras');
  const known = BY_ENDING[ending];
  return known === undefined ? null : is(known);
}

/** The first file of a known format in a folder in which no network is. */
export function foreignFormatIn(directory: string): (ForeignFormat & { file: string }) | null {
  for (const file of readdirSync(directory).sort()) {
    const found = foreignFormat(path.join(directory, file));
    if (found !== null) return { ...found, file };
  }
  return null;
}
