/** @file JSON that carries the digest of itself, so that a bit that changed on the disk is found, whatever it says then. */

import { sha256Of } from './digest';

/** The key of the digest. */
const SEAL = 'seal';

const sealOf = (content: object): string => sha256Of(JSON.stringify(content));

const without = (content: object, key: string): object =>
  Object.fromEntries(Object.entries(content).filter(([name]) => name !== key));

/** The text of an object with `seal`, the SHA-256 of the JSON of all the rest, as its last key. @param space as JSON.stringify has it */
export const sealedJson = (content: object, space?: number): string =>
  JSON.stringify({ ...content, [SEAL]: sealOf(content) }, null, space);

/**
 * What a text of {@link sealedJson} says, without the seal; a text that never had one, as earlier versions wrote, is taken as it is.
 * @throws SyntaxError for what is no JSON, Error where the seal is of another content
 */
export function parseSealed(text: string): unknown {
  const content: unknown = JSON.parse(text);
  if (typeof content !== 'object' || content === null || Array.isArray(content)) return content;
  if (SEAL in content) {
    const rest = without(content, SEAL);
    if ((content as Record<string, unknown>)[SEAL] === sealOf(rest)) return rest;
    throw new Error('other content than was written (its seal does not fit)');
  }
  // the bit may have been one of the seal's name
  const isRenamed = Object.entries(content).some(
    ([name, value]) => typeof value === 'string' && value === sealOf(without(content, name)),
  );
  if (isRenamed)
    throw new Error('other content than was written (the name of its seal is damaged)');
  return content;
}
