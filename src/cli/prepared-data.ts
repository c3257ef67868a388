/** @file The data set that a verb cannot do without, where its flag may be left out. */

import { UserError } from '../errors';

/** @throws UserError where none is given */
export function preparedData({ data }: { readonly data: string | null }): string {
  if (data !== null) return data;
  throw new UserError(
    '--data: expected a prepared data set, got nothing. Make one with `ipcgan prepare`.',
  );
}
