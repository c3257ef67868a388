/** @file Trains the frozen networks: AlexNet over people, or the age head on AlexNet's trunk. */

import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createEventWriter } from 'tensorboard-logger-ts';
import { DivergedError } from '../errors';
import { ALEXNET_SIZE } from '../engine/pixel-range';
import { tf } from '../engine/tf';
import type { PretrainConfig } from '../config/schema';
import { ageClasses, heldOutBatches, identityClasses, trainingBatches } from '../data/classification-data';
import type { ClassificationData, LabelledBatch } from '../data/classification-data';
import { readDataset } from '../data/prepare/dataset';
import { saveModel } from '../import/saved-model';
import { openWeights } from '../import/weight-source';
import { ageLoss as crossEntropy } from '../losses/age';
import { oneHotLabels } from '../models/age-condition';
import { ageLogits } from '../models/age-classifier';
import { buildIdentityHead, buildTrunk } from '../models/alexnet';
import { alexNetStddev } from '../models/alexnet-init';
import { initializeWeights } from '../models/initialize';
import { loadWeights, namedWeights } from '../models/named-weights';
import { gradientsOf } from './gradients';
import { watchInterrupts } from './interrupt';
import type { StopSignal } from './interrupt';
import { createMetricLogger } from './metric-logger';
import { createMomentum, MOMENTUM } from './momentum';
import { startProgress } from './progress';
import { lockRun, replaceFile, runFiles } from './run-dir';

/** How pretraining ended. */
export interface PretrainOutcome {
  readonly step: number;
  readonly classes: number;
  /** Share of held-out pictures classified rightly, 0 to 1, of `heldOut` pictures. */
  readonly accuracy: number;
  readonly heldOut: number;
  readonly signal: StopSignal | null;
}

/** A classifier: frozen layers first, then what learns. */
interface Classifier {
  readonly model: tf.LayersModel;
  /** Runs from pictures to logits; inside a gradient only the learning part is recorded. */
  readonly logits: (images: tf.Tensor4D) => tf.Tensor2D;
  readonly learns: ReadonlyMap<string, tf.Variable>;
}

function identityClassifier(people: number, seed: number): Classifier {
  const trunk = buildTrunk();
  const model = tf.model({ inputs: trunk.image, outputs: buildIdentityHead(trunk, people).new_2, name: 'identity' });
  initializeWeights(model, seed, alexNetStddev);
  return { model, logits: (images) => model.apply(images) as tf.Tensor2D, learns: namedWeights(model) };
}

/** The trunk comes from the identity network and stays as it is. */
async function ageClassifier(groups: number, seed: number, identityFile: string): Promise<Classifier> {
  const trunk = buildTrunk();
  const model = tf.model({ inputs: trunk.image, outputs: ageLogits(trunk, groups), name: 'age' });
  initializeWeights(model, seed, alexNetStddev);
  const named = [...namedWeights(model)];
  const isHead = (name: string): boolean => name.startsWith('alexnet/age_');
  await loadWeights(new Map(named.filter(([name]) => !isHead(name))), await openWeights(identityFile, '--alexnet_pretrained_model'));
  return { model, logits: (images) => model.apply(images) as tf.Tensor2D, learns: new Map(named.filter(([name]) => isHead(name))) };
}

const toImages = ({ images, labels }: LabelledBatch): tf.Tensor4D => tf.tensor4d(images, [labels.length, ALEXNET_SIZE, ALEXNET_SIZE, 3]);

async function heldOutAccuracy({ logits }: Classifier, data: ClassificationData, batchSize: number): Promise<number> {
  let right = 0;
  for await (const batch of heldOutBatches(data, batchSize)) {
    const guesses = tf.tidy(() => tf.argMax(logits(toImages(batch)), 1));
    const values = await guesses.data();
    guesses.dispose();
    right += batch.labels.filter((label, i) => values[i] === label).length;
  }
  return data.heldOut.length === 0 ? NaN : right / data.heldOut.length;
}

/** Writes `model/` in one move, so that `train` finds the old one or the new one. */
async function replaceModel(directory: string, model: tf.LayersModel): Promise<void> {
  const target = path.join(directory, 'model');
  const temporary = path.join(directory, '.model.tmp');
  await rm(temporary, { recursive: true, force: true });
  await saveModel(model, temporary);
  await rm(target, { recursive: true, force: true });
  await rename(temporary, target);
}

async function openRun(directory: string, config: PretrainConfig): Promise<void> {
  await mkdir(directory, { recursive: true });
  await writeFile(runFiles(directory).config, `${JSON.stringify(config, null, 2)}\n`);
}

/**
 * Trains a classifier by gradient descent with momentum on cross-entropy and saves it to `checkpoints/RUN/model`.
 * @throws UserError for a data set without people, a missing trunk; DivergedError
 */
export async function pretrain(config: PretrainConfig, directory: string): Promise<PretrainOutcome> {
  const dataset = await readDataset(config.data);
  const data = config.task === 'identity' ? await identityClasses(dataset) : await ageClasses(dataset);
  const classes = data.classes.length;
  const classifier =
    config.task === 'identity'
      ? identityClassifier(classes, config.seed)
      : await ageClassifier(classes, config.seed, config.alexnet_pretrained_model);
  await openRun(directory, config);
  const unlock = await lockRun(directory);
  const optimizer = createMomentum(classifier.learns, { ...MOMENTUM, learningRate: config.learning_rate });
  const writer = createEventWriter({ directory });
  const logger = createMetricLogger(runFiles(directory).metrics, writer);
  const progress = startProgress(`pretrain ${config.task}`, config.steps);
  const interrupts = watchInterrupts((signal) => progress.line(`${signal}: saving`));
  let step = 0;
  let loggedAt = { step, time: performance.now() };
  try {
    for await (const batch of trainingBatches(data, config.batch_size, config.seed, config.augment)) {
      const [images, target] = [toImages(batch), oneHotLabels(batch.labels, classes)];
      const { value, gradients } = gradientsOf(classifier.learns, () => crossEntropy(classifier.logits(images), target));
      optimizer.apply(gradients);
      tf.dispose([images, target, gradients]);
      step++;
      progress.update(step);
      if (step % config.log_every === 0 || step === config.steps) {
        const loss = (await value.data())[0] ?? NaN;
        if (!Number.isFinite(loss)) throw new DivergedError(`step ${step}: expected a finite loss, got ${loss}. Lower --learning_rate.`);
        const images_per_second = ((step - loggedAt.step) * config.batch_size * 1000) / (performance.now() - loggedAt.time);
        logger.log({ step, loss, images_per_second });
        progress.report(
          `pretrain ${config.task} ${step}/${config.steps}  loss ${loss.toPrecision(4)}  ${images_per_second.toFixed(1)} images/s`,
        );
        loggedAt = { step, time: performance.now() };
      }
      value.dispose();
      await new Promise(setImmediate);
      if (step === config.steps || interrupts.signal() !== null) break;
    }
    await replaceModel(directory, classifier.model);
    const accuracy = await heldOutAccuracy(classifier, data, config.batch_size);
    writer.scalar('held_out_accuracy', accuracy, step);
    const summary = { task: config.task, step, classes, held_out: data.heldOut.length, held_out_accuracy: accuracy };
    await replaceFile(path.join(directory, 'summary.json'), `${JSON.stringify(summary)}\n`);
    return { step, classes, accuracy, heldOut: data.heldOut.length, signal: step < config.steps ? interrupts.signal() : null };
  } finally {
    progress.stop();
    interrupts.stop();
    writer.close();
    optimizer.dispose();
    await unlock();
  }
}
