/** @file Times steps that several workers train together, and what the exchange between them takes of it. */

import type { TrainConfig } from '../config/schema';
import { rowsOfWorker } from '../data/rows-of-worker';
import type { Team } from '../distributed/team';
import { tf } from '../engine/tf';
import { trainableWeights } from '../models/named-weights';
import { openStep } from '../train/open-step';
import { randomInput, timeSteps } from './step';
import { median, rounded, secondsSince } from './timing';

/** What was measured, by the first worker. */
export interface WorkersBench {
  readonly what: string;
  readonly workers: number;
  /** Pictures a step, of all workers together. */
  readonly batch: number;
  readonly size: number;
  readonly step_seconds: number;
  readonly images_per_second: number;
  /** Median of the same step without the exchange, while the other workers run theirs. */
  readonly alone_seconds: number;
  /** Median of exchanges of as many numbers as a step's, one behind the other. */
  readonly reduce_seconds: number;
  /** What is left of the step: for the slowest worker, and for what the exchange keeps from going on. */
  readonly wait_seconds: number;
  /** Numbers that a worker sends and receives a step, in MB as float32. */
  readonly exchanged_mb: number;
}

/** Times steps of a team at random inputs; every worker calls it. */
export async function benchWorkers(
  config: TrainConfig,
  steps: number,
  team: Team,
): Promise<WorkersBench> {
  const { count } = rowsOfWorker(config, team);
  const open = await openStep(config, config.age_bounds);
  const input = randomInput({ ...config, batch_size: count });
  const joined = { ...open, settings: { ...open.settings, reduction: team } };
  const timeOf = async (what: typeof open): Promise<number> => {
    const { times, runner } = await timeSteps(what, config, input, steps);
    runner.dispose();
    return median(times.map(({ whole }) => whole));
  };
  const together = await timeOf(joined);
  const alone = await timeOf(open);
  const sizes = [open.networks.discriminator, open.networks.generator].map((model) =>
    [...trainableWeights(model).values()].reduce((sum, { size }) => sum + size, 0),
  );
  const exchanges = Array.from({ length: steps }, () => {
    const vectors = sizes.map((size) => tf.zeros([size]));
    // all begin together
    const begin = (): void =>
      team.during(() => tf.tidy(() => void team.reduce([tf.scalar(0)], [])));
    begin();
    const started = performance.now();
    for (const vector of vectors)
      team.during(() => tf.tidy(() => void team.reduce([vector], []).means[0]?.dataSync()));
    tf.dispose(vectors);
    return secondsSince(started);
  });
  const reduce = median(exchanges);
  return {
    what: `ipcgan, tfjs ${tf.version.tfjs}`,
    workers: team.size,
    batch: config.batch_size,
    size: config.image_size,
    step_seconds: rounded(together, 4),
    images_per_second: rounded(config.batch_size / together, 3),
    alone_seconds: rounded(alone, 4),
    reduce_seconds: rounded(reduce, 4),
    wait_seconds: rounded(Math.max(0, together - alone - reduce), 4),
    exchanged_mb: rounded((4 * sizes.reduce((a, b) => a + b, 0)) / 1e6, 1),
  };
}
