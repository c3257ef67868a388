/** @file The terms of the generator's loss. A new one is a record in a file of its own, and a line here. */

import { adversarialTerm } from './adversarial';
import { ageTerm } from './age';
import { identityTerm } from './identity';
import { maskTerm } from './mask';
import { prototypeTerm } from './prototype';
import type { LossTerm } from './term';
import { toneTerm } from './tone';
import { totalVariationTerm } from './total-variation';

/** All of them with the original's weights, in the order in which they are logged. */
export const LOSS_TERMS = [
  adversarialTerm,
  identityTerm,
  ageTerm,
  totalVariationTerm,
  maskTerm,
  toneTerm,
  prototypeTerm,
] as const satisfies readonly LossTerm[];

/** Names of the terms. */
export type LossTermName = (typeof LOSS_TERMS)[number]['name'];
