/** @file Reads chosen columns of structs from MATLAB files, whichever version wrote them. */

import { UserError } from '../../errors';
import { isHdf5, readHdf5Structs } from '../../files/hdf5';
import { readMat5Structs } from './mat5';
import type { MatColumns } from './mat5';

/**
 * Reads fields of the structs of a file: MATLAB 5 (`-v6`, `-v7`), or MATLAB 7.3, which is HDF5.
 * @param wanted names of fields by name of struct
 * @throws UserError when the file is absent, cut off, or of another format
 */
export async function readMatStructs(
  file: string,
  wanted: Readonly<Record<string, readonly string[]>>,
): Promise<Record<string, MatColumns>> {
  const isNew = await isHdf5(file).catch(() => false);
  const structs = await (isNew ? readHdf5Structs : readMat5Structs)(file, wanted).catch(
    (cause: unknown) => {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new UserError(
        `--meta: expected a whole file of MATLAB, got ${file}: ${reason}. Download it again.`,
        { cause },
      );
    },
  );
  const missing = Object.keys(wanted).filter((name) => !(name in structs));
  if (missing.length > 0)
    throw new UserError(
      `--meta: expected the struct ${missing.join(' and ')} in ${file}, got ${Object.keys(structs).join(', ') || 'none of them'}.`,
    );
  return structs;
}
