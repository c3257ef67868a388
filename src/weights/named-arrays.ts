/** @file Files of arrays by name: NumPy's `.npz`, and HDF5 as MATLAB 7.3, h5py and others write it. */

import { UserError } from '../errors';
import { isHdf5, readHdf5 } from '../files/hdf5';
import type { Hdf5Array } from '../files/hdf5';
import { readNpz } from './npz';
import type { NumpyArray } from './npz';

/** MATLAB's sides turned back: HDF5 says last, middle, first of them. [c,b,a] → [a,b,c]. */
function turned(shape: readonly number[], values: Float32Array): NumpyArray {
  const sides = [...shape].reverse();
  // how far apart neighbours of each of the new sides lie in the file
  const strides = sides.map((_, i) => sides.slice(0, i).reduce((step, side) => step * side, 1));
  const to = new Float32Array(values.length);
  const index = sides.map(() => 0);
  for (let i = 0; i < to.length; i++) {
    to[i] = values[index.reduce((at, one, k) => at + one * (strides[k] ?? 0), 0)] ?? 0;
    for (let k = sides.length - 1; k >= 0; k--) {
      index[k] = (index[k] ?? 0) + 1;
      if ((index[k] ?? 0) < (sides[k] ?? 0)) break;
      index[k] = 0;
    }
  }
  return { shape: sides, values: to };
}

function toArray({ shape, values, isMatlabs }: Hdf5Array): NumpyArray {
  const read = values ?? new Float32Array();
  if (!isMatlabs) return { shape, values: read };
  // MATLAB knows no vectors
  const isRow = shape.length === 2 && shape.includes(1);
  return isRow ? { shape: [read.length], values: read } : turned(shape, read);
}

/**
 * The arrays of a file by name, in row-major order.
 * @throws UserError when it is none, is damaged, or holds other things
 */
export async function readNamedArrays(file: string): Promise<Map<string, NumpyArray>> {
  // what cannot be read is said by the reader of .npz
  if (!(await isHdf5(file).catch(() => false))) return readNpz(file);
  try {
    const { arrays } = await readHdf5(file);
    return new Map(arrays.map((array) => [array.path, toArray(array)] as const));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(
      `${file}: expected a whole HDF5 file of arrays, got ${reason}. Write it again.`,
      { cause },
    );
  }
}

/** Whether a file is one of arrays by its ending or first bytes; a place where no file is, by its ending. */
export const isArrayFile = async (file: string): Promise<boolean> =>
  file.endsWith('.npz') || (await isHdf5(file).catch(() => false));
