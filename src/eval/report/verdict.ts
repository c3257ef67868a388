/** @file An evaluation in sentences: where the model stands between the baselines. */

import type { Estimate } from '../../statistics/bootstrap';
import type { EvaluationRecord } from './record';

/** Drawing so few people again shows too little of what others would have shown. */
const FEW_PEOPLE = 10;

const percent = ({ value, low, high }: Estimate): string =>
  `${(100 * value).toFixed(0)} % [${(100 * low).toFixed(0)}, ${(100 * high).toFixed(0)}]`;

function place({ value, low, high }: Estimate, worse: string, better: string): string {
  if (high < 0) return `below ${worse}`;
  if (low > 1) return `above ${better}`;
  if (low <= 0 && high >= 1) return `too uncertain to place`;
  if (low <= 0) return value <= 0 ? `not above ${worse}` : `not surely above ${worse}`;
  return high >= 1 ? `not surely below ${better}` : `between ${worse} and ${better}`;
}

/** Sentences for the head of a report and for the terminal. */
export function verdict({
  position,
  test,
  judges,
}: Pick<EvaluationRecord, 'position' | 'test' | 'judges'>): string[] {
  const { identity, age, overall } = position;
  // the judge that `positionOf` asks
  const witness = judges.find(({ threshold }) => threshold !== null);
  const part =
    witness?.part_in_training == null
      ? ''
      : ` (${witness.name} had a part in training: ${witness.part_in_training})`;
  return [
    identity === null
      ? 'Identity: cannot be placed; the baselines are not there, or the copy is not verified more often than strangers.'
      : `Identity: ${percent(identity)} of the way from a stranger's photograph to the copied input; ${place(identity, 'a stranger', 'the copy')}${part}.`,
    age === null
      ? 'Age: cannot be placed; the data has no real photographs of the groups, or they are no nearer to their age than the copy. Give --reference.'
      : `Age: ${percent(age)} of the way from the copied input to real photographs of the age; ${place(age, 'the copied input', 'real photographs')}.`,
    ...(test.people < FEW_PEOPLE
      ? [`Only ${test.people} people: the intervals are narrower than they should be.`]
      : []),
    ...(overall === null
      ? []
      : [`Both: ${percent(overall)}, the harmonic mean of the two, each cut to 0 to 100 %.`]),
  ];
}
