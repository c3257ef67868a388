/** @file What a run has logged, as objects. */

import { readFileSync } from 'node:fs';
import path from 'node:path';

/** Lines of one of its files. */
export const linesOf = (run: string, file: string): Record<string, unknown>[] =>
  readFileSync(path.join(run, file), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** Its metrics, but for their speed. */
export const metricsOf = (run: string): Record<string, unknown>[] =>
  linesOf(run, 'metrics.jsonl').map((line) => ({ ...line, images_per_second: 0 }));
