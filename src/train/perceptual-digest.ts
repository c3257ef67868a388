/** @file Tells whether a resumed run is judged by the networks it began with: their files may move, what they hold may not change. */

import { createHash } from 'node:crypto';
import { UserError } from '../errors';
import type { PerceptualNetworks } from '../models/perceptual-networks';
import { namedWeights } from '../models/named-weights';

/** SHA-256 of the weights of all judges in the loss, trained or not; null where there are none. */
export async function perceptualDigest(
  perceptual: PerceptualNetworks | null,
): Promise<string | null> {
  if (perceptual === null) return null;
  const hash = createHash('sha256');
  for (const [name, variable] of namedWeights(perceptual.joint)) {
    const values = await variable.data();
    hash
      .update(`${name} ${variable.shape.join()}\n`)
      .update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return hash.digest('hex');
}

/**
 * @param saved of the checkpoint; absent where an earlier version wrote it
 * @throws UserError where the run would go on with other judges
 */
export function checkSamePerceptualNetworks(
  directory: string,
  saved: string | null | undefined,
  now: string | null,
): void {
  if (saved === undefined || saved === now) return;
  throw new UserError(
    `--resume: expected the identity network and age classifier that ${directory} was trained with, got others. ` +
      'Say where they are by --alexnet_pretrained_model and --age_pretrained_model, or start a new run.',
  );
}
