/** @file Has all processes of a pretraining run start at the same place, that of the first, and end at the same step. */

import type { PretrainConfig } from '../config/schema';
import type { Facts, Team } from '../distributed/team';
import { sha256Of } from '../files/digest';
import { processFacts, settingsFacts } from '../runs/worker-facts';
import { describeArrays } from '../weights/array-file';
import type { OpenLearner } from './open-learner';
import { digestOfTask } from './task';

/** Settings that may differ between machines: places of files, and what the first worker alone does. */
const OF_ONE_MACHINE: ReadonlySet<string> = new Set<keyof PretrainConfig>([
  'config',
  'data',
  'root_folder',
  'alexnet_pretrained_model',
  'age_pretrained_model',
  'run',
  'resume',
  'override',
  'json',
]);

/** All that a teacher said, in the order of the pictures. */
function digestOfDescriptors({ task: { descriptors } }: Pick<OpenLearner, 'task'>): string {
  if (descriptors === null) return '';
  const parts = [...descriptors].map(([name, values]) => {
    const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
    return `${name} ${sha256Of(bytes)}`;
  });
  return sha256Of(parts.join('\n'));
}

/** What a worker's numbers depend on; the weights are the first one's. */
export const factsOf = (open: OpenLearner): Facts => ({
  ...settingsFacts(open.config, OF_ONE_MACHINE),
  ...processFacts(),
  'the pictures and classes': digestOfTask(open.dataset, open.task.data),
  "the teacher's descriptors (face-descriptors.bin of the data set)": digestOfDescriptors(open),
  'the layers of the network': JSON.stringify(describeArrays(open.variables)),
});

/**
 * Gives all workers the first one's variables and its step.
 * @param step finished ones of the first worker; null in the others
 * @returns finished steps
 */
export function shareState(
  team: Team,
  { variables, optimizer }: OpenLearner,
  step: number | null,
): number {
  const shared = Number(team.textOfFirst(step === null ? null : String(step)));
  team.takeFromFirst([...variables.values()]);
  optimizer.updates = shared;
  return shared;
}

const OVER = 'over';

/**
 * Whether no step is left, as the first worker has it, which alone measures and has patience. All workers ask before the first step, and behind
 * every one that the network is measured after.
 * @param isOver what the first one says; null in the others
 */
export const isOverForAll = (team: Team, isOver: boolean | null): boolean =>
  team.textOfFirst(isOver === null ? null : isOver ? OVER : '') === OVER;

/** Whether the network is measured after a step. */
export const isMeasuredAfter = (
  step: number,
  { eval_every: every, steps }: Pick<PretrainConfig, 'eval_every' | 'steps'>,
): boolean => step % every === 0 || step === steps;
