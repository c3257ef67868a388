/**
 * @file A generator that paints over its source where a mask says so: person, background and sharpness are there from the first step, and
 * training pays for ageing only. Not in the paper; after attention masks of face translation (Pumarola et al. 2018, GANimation).
 */

import { maskBlend } from './layers/mask-blend';
import { sourceKeeping } from './source-keeping';

/** Three channels of colour and one of mask. */
const CHANNELS = 4;

/** The one that paints. */
export const maskedGenerator = sourceKeeping(
  {
    kind: 'masked',
    description: 'which paints over the source where a mask says so, and keeps the rest',
  },
  CHANNELS,
  maskBlend,
);
