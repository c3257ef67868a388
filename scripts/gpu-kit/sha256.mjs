// The SHA-256 of a file, in hexadecimal.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

export const sha256 = (file) => createHash('sha256').update(readFileSync(file)).digest('hex');
