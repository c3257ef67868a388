/** @file What every process of a pretraining run opens, be it alone or one of several: data, networks, optimiser and updater. */

import type { PretrainConfig } from '../config/schema';
import { readDataset } from '../data/dataset';
import type { Dataset } from '../data/dataset';
import { trainingBatches, toImageTensor } from '../data/labelled-batches';
import type { LabelledBatch } from '../data/labelled-batches';
import { rowsOfWorker } from '../data/rows-of-worker';
import type { Team } from '../distributed/team';
import { tf } from '../engine/tf';
import { watchReading } from '../images/reading';
import type { StallWatch } from '../images/reading';
import type { AlexNetNetwork } from '../models/alexnet-network';
import type { Optimizer } from '../optimizers/optimizer';
import { createPerVariableOptimizer } from '../optimizers/per-variable';
import { learningRateAt } from '../optimizers/schedule';
import { openStartingNetworks } from './start';
import { openTask } from './task';
import type { PretrainTask } from './task';
import { openUpdater } from './update';
import type { Updater } from './update';

/** An open one, at its starting weights. */
export interface OpenLearner {
  readonly config: PretrainConfig;
  readonly dataset: Dataset;
  readonly task: PretrainTask;
  /** As it is trained, with batch norm and dropout. */
  readonly network: AlexNetNetwork;
  /** As it is saved: plain AlexNet. */
  readonly plain: AlexNetNetwork;
  readonly optimizer: Optimizer;
  /** The weights as they are trained, and the optimiser's slots. */
  readonly variables: ReadonlyMap<string, tf.Variable>;
  readonly updater: Updater;
  /** Who is told of pictures that do not come. */
  readonly watch: StallWatch;
  /** This process's pictures of every batch behind the first so many finished steps. @param leftOut batches to pass over, by finished steps */
  batchesFrom(
    step: number,
    leftOut?: ReadonlyMap<number, number>,
  ): AsyncGenerator<LabelledBatch, never>;
  /** Moves the network by its pictures of a batch. @param step finished ones; @returns the loss and the rate, the loss on the device and the caller's */
  learn(batch: LabelledBatch, step: number): { readonly value: tf.Scalar; readonly rate: number };
  /** Frees networks and optimiser. */
  dispose(): void;
}

const toStderr = (line: string): void => void process.stderr.write(`${line}\n`);

/**
 * Opens it.
 * @param team the workers of the run, of which this is one; null where there are no others
 * @param say takes what is worth a line
 * @throws UserError for data that the task cannot use, a missing trunk, or a batch that the workers cannot share
 */
export async function openLearner(
  config: PretrainConfig,
  team: Team | null,
  say: (line: string) => void,
): Promise<OpenLearner> {
  const rows = team ? rowsOfWorker(config, team) : undefined;
  const dataset = await readDataset(config.data, config.root_folder);
  const watch = { seconds: config.loader_timeout, say: toStderr };
  const task = await watchReading('the check of the pictures', watch, () =>
    openTask(dataset, config, team, say),
  );
  const { network, plain, factors } = await openStartingNetworks(
    config,
    task,
    dataset.ageBounds,
    say,
  );
  const learns = new Map(
    [...factors.keys()].map((name) => [name, network.weights.get(name) as tf.Variable]),
  );
  const optimizer = createPerVariableOptimizer(learns, factors, {
    optimizer: config.optimizer,
    weightDecay: config.weight_decay,
  });
  const { adversarial_radius: radius, adversarial_size: size } = config;
  const updater = openUpdater(
    {
      ...{ network, learns, optimizer, loss: task.loss, batchNorm: config.batch_norm },
      seed: config.seed,
      reach: radius > 0 ? { radius, size } : null,
      microBatch: config.micro_batch ?? undefined,
      reduction: team ?? undefined,
    },
    config,
    say,
  );
  return {
    ...{ config, dataset, task, network, plain, optimizer, updater, watch },
    variables: new Map([...network.weights, ...optimizer.slots]),
    batchesFrom: (step, leftOut) =>
      trainingBatches(task.data, {
        batchSize: config.batch_size,
        seed: config.seed,
        isAugmented: config.augment,
        isBalanced: config.balance,
        skipped: step,
        rows,
        watch,
        ...(leftOut && { leftOut }),
      }),
    learn: (batch, step) => {
      const rate = learningRateAt(config, step);
      const images = toImageTensor(batch);
      const targets = task.targets(batch.pictures);
      const value = updater.update(images, targets, rate);
      images.dispose();
      tf.dispose([targets.classes, targets.descriptors].filter((tensor) => tensor !== null));
      return { value, rate };
    },
    dispose: () => {
      updater.dispose();
      optimizer.dispose();
      network.model.dispose();
      plain.model.dispose();
    },
  };
}
