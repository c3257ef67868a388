/**
 * @file A generator that changes light and colourfulness of its source where a mask says so: wrinkles, shadows, grey hair. It has no paint of
 * its own, so that it cannot pay the age term by tinting faces, which a masked one does. Not in the paper.
 */

import { shadeBlend } from './layers/shade-blend';
import { sourceKeeping } from './source-keeping';

/** A channel of light, one of colourfulness and one of mask. */
const CHANNELS = 3;

/** The one that shades. */
export const shadedGenerator = sourceKeeping(
  {
    kind: 'shaded',
    description: 'which changes light and colourfulness of the source where a mask says so',
  },
  CHANNELS,
  shadeBlend,
);
