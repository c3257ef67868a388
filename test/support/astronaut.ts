/** @file A real photograph that every clone has. */

import path from 'node:path';

/** Eileen Collins, NASA, in the public domain; 512 × 512, one face. */
export const ASTRONAUT = path.resolve(__dirname, '../../demo/astronaut.png');
