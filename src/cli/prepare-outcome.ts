/** @file What `ipcgan prepare` says of what it made. */

import path from 'node:path';
import type { VerbConfig } from '../config/schema';
import { groupNamesOf } from '../data/dataset';
import { SPLITS } from '../data/lists';
import type { PrepareOutcome } from '../data/prepare/prepare-dataset';
import { printResult } from './print-result';

/** Lines for readers. */
function report(out: string, outcome: PrepareOutcome): string {
  if ('shard' in outcome) {
    const { shard, examined, resumed } = outcome;
    return `${out}: part ${shard.index} of ${shard.count} examined, ${examined} pictures (${resumed} of them before). When all parts are done, run the same with --merge.`;
  }
  const { description, isUnchanged, warnings } = outcome;
  const { counts, people } = description;
  const groups = groupNamesOf(description).map(
    (name, i) => `${name}: ${SPLITS.map((part) => counts[part][i] ?? 0).join('+')}`,
  );
  return [
    `${out}: ${isUnchanged ? 'already prepared with these settings; nothing to do' : `${counts.scanned} scanned = ${counts.kept} kept + ${counts.rejected} rejected`}`,
    `faces by group (${SPLITS.join('+')}): ${groups.join(', ')}`,
    ...(people.train > 0
      ? [
          `people: ${people.train} in train, ${people.valid} in valid, ${people.test} in test, ${people.several} in more than one part`,
        ]
      : []),
    ...(counts.rejected > 0 ? [`reasons: ${path.join(out, 'rejected.csv')}`] : []),
    `look at ${path.join(out, 'report.html')}`,
    ...warnings.map((warning) => `warning: ${warning}`),
  ].join('\n');
}

/** The same for scripts; `dataset` is the content of dataset.json. */
function toResult(out: string, outcome: PrepareOutcome): object {
  if ('shard' in outcome) return { out, ...outcome };
  const { isUnchanged: unchanged, warnings, description: dataset } = outcome;
  return { out, unchanged, warnings, dataset };
}

/** Prints it. */
export const printOutcome = ({ out, json }: VerbConfig<'prepare'>, outcome: PrepareOutcome): void =>
  printResult(json, toResult(out, outcome), report(out, outcome));
