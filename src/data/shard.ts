/** @file Which part of the pictures a process works on, where several share the work. */

import { UserError } from '../errors';

/** Part `index` of `count`, from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** What `--shard` says, such as 2/8; null for the whole. @throws UserError for a part that there is not */
export function parseShard(text: string | null): Shard | null {
  if (text === null) return null;
  const [, index = '', count = ''] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  const shard = { index: Number(index), count: Number(count) };
  if (shard.index >= 1 && shard.index <= shard.count) return shard;
  throw new UserError(
    `--shard: expected a part and how many there are, as 2/8, got ${text}. The first part is 1.`,
  );
}
