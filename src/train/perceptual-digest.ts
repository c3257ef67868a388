/** @file Tells whether a resumed run looks through the perceptual networks it began with: their files may move, what they hold may not change. */

import { sha256OfStream } from '../files/digest';
import type { Content } from '../files/digest';
import { UserError } from '../errors';
import type { PerceptualNetworks } from '../models/perceptual-networks';
import { namedWeights } from '../models/named-weights';

/** Name, shape and values of each, one after the other. */
async function* contentOf(perceptual: PerceptualNetworks): AsyncGenerator<Content> {
  const { joint, secondAgeClassifier } = perceptual;
  for (const model of [joint, secondAgeClassifier].filter((one) => one !== null))
    for (const [name, variable] of namedWeights(model)) {
      const values = await variable.data();
      yield `${name} ${variable.shape.join()}\n`;
      yield new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    }
}

/** SHA-256 of the weights of all perceptual networks, trained or not; null where there are none. */
export async function perceptualDigest(
  perceptual: PerceptualNetworks | null,
): Promise<string | null> {
  return perceptual === null ? null : sha256OfStream(contentOf(perceptual));
}

/**
 * @param saved of the checkpoint; absent where an earlier version wrote it
 * @throws UserError where the run would go on with other networks
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
