/** @file The learning rates of a step: one for each network. */

import type { TrainConfig } from '../config/schema';
import { learningRateAt } from '../optimizers/schedule';

/** By network. */
export interface LearningRates {
  readonly discriminator: number;
  readonly generator: number;
}

/** What of a config they follow from. */
export type RateConfig = Pick<
  TrainConfig,
  | 'learning_rate'
  | 'd_learning_rate'
  | 'g_learning_rate'
  | 'schedule'
  | 'warmup_steps'
  | 'max_steps'
>;

/** Those of the next step. @param step finished steps, from 0 */
export function learningRatesAt(config: RateConfig, step: number): LearningRates {
  const { learning_rate: both, schedule, warmup_steps, max_steps: steps } = config;
  const at = (own: number | null): number =>
    learningRateAt({ schedule, warmup_steps, steps, learning_rate: own ?? both }, step);
  return { discriminator: at(config.d_learning_rate), generator: at(config.g_learning_rate) };
}

/** What a line of metrics.jsonl says of the rates of a finished step: nothing in a run whose rates stay what its config says. */
export function loggedRates(config: RateConfig, step: number): Readonly<Record<string, number>> {
  if (config.schedule === 'constant' && config.warmup_steps === 0) return {};
  const { discriminator, generator } = learningRatesAt(config, step - 1);
  return { d_learning_rate: discriminator, g_learning_rate: generator };
}
