/** @file The kinds of generators. A new one is a record in a file of its own, and a line here. */

import { UserError } from '../errors';
import type { GeneratorRecord } from './generator-record';
import { maskedGenerator } from './masked-generator';
import { pyramidGenerator } from './pyramid-generator';
import { residualGenerator } from './residual-generator';
import { shadedGenerator } from './shaded-generator';

/** All kinds; the first is the original's. */
export const GENERATORS: readonly [GeneratorRecord, ...GeneratorRecord[]] = [
  residualGenerator,
  maskedGenerator,
  shadedGenerator,
  pyramidGenerator,
];

/** Words of all kinds. */
export const GENERATOR_KINDS = GENERATORS.map(({ kind }) => kind) as [string, ...string[]];

/** Words of those that have a mask. */
export const MASKED_KINDS = GENERATORS.filter(({ hasMask }) => hasMask === true).map(
  ({ kind }) => kind,
);

/** Words of those that have a decoder. */
export const DECODING_KINDS = GENERATORS.filter(({ isCoarse }) => isCoarse !== true).map(
  ({ kind }) => kind,
);

/** The record of a kind. @param from what named it, for errors @throws UserError for a kind that is not here */
export function generatorOfKind(kind: string, from: string): GeneratorRecord {
  const found = GENERATORS.find((record) => record.kind === kind);
  if (found) return found;
  throw new UserError(
    `${from}: expected a generator of kind ${GENERATOR_KINDS.join(', ')}, got '${kind}'. Use the version of ipcgan that made it, or give its record among 'kinds'.`,
  );
}
