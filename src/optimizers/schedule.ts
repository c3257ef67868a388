/** @file The learning rate of a step, by a warm-up and a schedule: both trainings go by it. */

/** How the rate changes with the step. */
export interface Schedule {
  readonly schedule: 'constant' | 'step' | 'cosine' | 'linear';
  /** At its highest. */
  readonly learning_rate: number;
  /** Steps in which the rate rises from 0. */
  readonly warmup_steps: number;
  /** Steps in all, after which the schedule ends. */
  readonly steps: number;
}

/** From here on, as shares of all steps, the rate is divided by ten, and by ten again. */
const DROPS = [0.5, 0.75] as const;

/**
 * The rate of the next step.
 * @param step finished steps, from 0
 */
export function learningRateAt(
  { schedule, learning_rate, warmup_steps, steps }: Schedule,
  step: number,
): number {
  if (step < warmup_steps) return (learning_rate * (step + 1)) / warmup_steps;
  if (schedule === 'constant') return learning_rate;
  const done = Math.min(1, (step - warmup_steps) / Math.max(1, steps - warmup_steps));
  if (schedule === 'cosine') return (learning_rate * (1 + Math.cos(Math.PI * done))) / 2;
  if (schedule === 'linear') return learning_rate * (1 - done);
  return learning_rate * 0.1 ** DROPS.filter((drop) => done >= drop).length;
}
