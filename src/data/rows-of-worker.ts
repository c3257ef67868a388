/** @file Shares a batch out among several processes. */

import { UserError } from '../errors';
import type { Rows } from './batches';

/** What of a batch is a worker's. @throws UserError where the batch cannot be shared out evenly */
export function rowsOfWorker(
  {
    batch_size: batch,
    micro_batch: micro,
  }: { readonly batch_size: number; readonly micro_batch: number | null },
  { rank, size }: { readonly rank: number; readonly size: number },
): Rows {
  const count = batch / size;
  if (!Number.isInteger(count))
    throw new UserError(
      `--batch_size: expected a multiple of the ${size} workers, got ${batch}. Every worker must have as many pictures.`,
    );
  if (micro !== null && count % micro !== 0)
    throw new UserError(
      `--micro_batch: expected a divisor of a worker's share of the batch (${count}), got ${micro}. Every part must be of the same size.`,
    );
  return { first: rank * count, count };
}
