/** @file Trains the networks that judge: AlexNet over people or after a teacher, or the age head on its trunk. */

import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { createEventWriter, truncateEventFiles } from 'tensorboard-logger-ts';
import { DivergedError } from '../../errors';
import { engineFacts } from '../../engine/facts';
import { tf } from '../../engine/tf';
import type { PretrainConfig } from '../../config/schema';
import { toImages, trainingBatches } from '../../data/labelled-batches';
import type { LabelledBatch } from '../../data/labelled-batches';
import { readDataset } from '../../data/prepare/dataset';
import { openSavedModel, saveModel } from '../../import/saved-model';
import { countStatistics } from '../../models/layers/batch-normalization';
import type { BatchStatistics } from '../../models/layers/batch-normalization';
import { loadWeights } from '../../models/named-weights';
import { gradientsOf } from '../gradients';
import { watchInterrupts } from '../interrupt';
import type { StopSignal } from '../interrupt';
import { createMetricLogger, truncateMetrics } from '../metric-logger';
import { startProgress } from '../progress';
import { describeRun, lockRun, runFiles } from '../run-dir';
import { examine } from './examine';
import type { Examination } from './examine';
import { openLesson } from './lesson';
import type { Lesson } from './lesson';
import { createOptimizer } from './optimizer';
import { fold, runPupil } from './pupil';
import type { Pupil } from './pupil';
import { writeReport } from './report';
import { learningRateAt } from './schedule';
import { openPupils } from './start';
import { restoreState, saveState } from './state';
import type { PretrainState } from './state';

/** How pretraining ended. */
export interface PretrainOutcome {
  readonly step: number;
  readonly classes: readonly string[];
  readonly heldOut: number;
  /** Of the network that is saved: the best one. */
  readonly best: Examination;
  readonly bestStep: number;
  readonly signal: StopSignal | null;
}

/** Writes `model/` in one move, so that `train` finds the old one or the new one. */
async function replaceModel(directory: string, model: tf.LayersModel): Promise<void> {
  const [target, temporary] = [path.join(directory, 'model'), path.join(directory, '.model.tmp')];
  await rm(temporary, { recursive: true, force: true });
  await saveModel(model, temporary);
  await rm(target, { recursive: true, force: true });
  await rename(temporary, target);
}

/** One update; @returns the loss, still on the device. */
function update(
  { pupil, lesson, learns, config }: Trained,
  batch: LabelledBatch,
  step: number,
  move: (gradients: Record<string, tf.Tensor>) => void,
): tf.Scalar {
  const [images, targets] = [toImages(batch), lesson.targets(batch.pictures)];
  const statistics: BatchStatistics[] = [];
  const mode = { training: config.batch_norm, statistics, dropoutSeed: [config.seed, step] };
  const firstFilter = learns.get('alexnet/conv1/weights');
  const { value, gradients } = gradientsOf(learns, () => lesson.loss(runPupil(pupil, images, mode), targets), firstFilter);
  move(gradients);
  if (statistics.length > 0) countStatistics(statistics, 1);
  tf.dispose([images, gradients]);
  tf.dispose([targets.classes, targets.descriptors].filter((tensor) => tensor !== null));
  return value;
}

interface Trained {
  readonly pupil: Pupil;
  readonly lesson: Lesson;
  readonly learns: ReadonlyMap<string, tf.Variable>;
  readonly config: PretrainConfig;
}

/** The new best, or the old one with one more evaluation since. @returns whether it is new */
function judge(best: PretrainState['best'], score: number, step: number): { best: NonNullable<PretrainState['best']>; isBetter: boolean } {
  const isBetter = best === null || score > best.score;
  return { best: isBetter ? { score, step, since: 0 } : { ...best, since: best.since + 1 }, isBetter };
}

/**
 * Trains a network and saves the best one to `RUN/model`, the last one to `RUN/last`.
 * @throws UserError for data that the task cannot use, a missing trunk, a damaged state; DivergedError
 */
export async function pretrain(config: PretrainConfig, directory: string): Promise<PretrainOutcome> {
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  const dataset = await readDataset(config.data);
  const lesson = await openLesson(dataset, config, say);
  const { pupil, plain, factors } = await openPupils(config, lesson);
  const learns = new Map([...factors.keys()].map((name) => [name, pupil.weights.get(name) as tf.Variable]));
  const files = runFiles(directory);
  await mkdir(directory, { recursive: true });
  const unlock = await lockRun(directory);
  const optimizer = createOptimizer(learns, factors, { optimizer: config.optimizer, weightDecay: config.weight_decay });
  const kept = new Map([...pupil.weights, ...optimizer.slots]);
  const restored = config.resume ? await restoreState(directory, kept) : null;
  if (config.resume) say(restored ? `resuming at step ${restored.step}` : `${directory}: nothing saved yet; starting at step 0`);
  let { step, best }: PretrainState = restored ?? { step: 0, best: null };
  await truncateMetrics(files.metrics, step);
  truncateEventFiles(directory, step);
  await describeRun(directory, config, engineFacts());
  const writer = createEventWriter({ directory });
  const logger = createMetricLogger(files.metrics, writer);
  const progress = startProgress(`pretrain ${config.task}`, config.steps, step);
  const interrupts = watchInterrupts((signal) => progress.line(`${signal}: saving`));
  const plan = { batchSize: config.batch_size, seed: config.seed, isAugmented: config.augment, isBalanced: config.balance, skipped: step };
  const save = (): Promise<void> => saveState(directory, plain.model, kept, { step, best });
  let loggedAt = { step, time: performance.now() };
  const isOver = (): boolean => step >= config.steps || (config.patience > 0 && best !== null && best.since >= config.patience);

  const evaluate = async (): Promise<void> => {
    fold(pupil, plain);
    const found = await examine(plain, lesson, config.batch_size);
    const judged = judge(best, found.score, step);
    best = judged.best;
    if (judged.isBetter) await replaceModel(directory, plain.model);
    logger.log({ step, ...found.figures });
    progress.line(`held out at step ${step}: ${describeFigures(found)}${judged.isBetter ? ', the best so far' : ''}`);
    loggedAt = { step, time: performance.now() };
  };

  try {
    const batches = trainingBatches(lesson.data, plan);
    while (!isOver() && interrupts.signal() === null) {
      const { value: batch } = await batches.next();
      const rate = learningRateAt(config, step);
      const value = update({ pupil, lesson, learns, config }, batch, step, (gradients) => optimizer.apply(gradients, rate, step + 1));
      step++;
      progress.update(step);
      if (step % config.log_every === 0 || step === config.steps) {
        const loss = (await value.data())[0] ?? NaN;
        if (!Number.isFinite(loss)) throw new DivergedError(`step ${step}: expected a finite loss, got ${loss}. Lower --learning_rate.`);
        const images_per_second = ((step - loggedAt.step) * config.batch_size * 1000) / (performance.now() - loggedAt.time);
        logger.log({ step, loss, learning_rate: rate, images_per_second });
        const speed = `${images_per_second.toFixed(1)} images/s`;
        progress.report(`pretrain ${config.task} ${step}/${config.steps}  loss ${loss.toPrecision(4)}  ${speed}`);
        loggedAt = { step, time: performance.now() };
      }
      value.dispose();
      await new Promise(setImmediate);
      if (step % config.eval_every === 0 || step === config.steps) {
        await evaluate();
        await save();
      }
    }
    // stopped between evaluations: what a resumed run needs, and a first network where there is none
    const signal = isOver() ? null : interrupts.signal();
    if (signal !== null) {
      fold(pupil, plain);
      await save();
      if (!existsSync(path.join(directory, 'model'))) await replaceModel(directory, plain.model);
    }
    const outcome = await examineBest(directory, plain, lesson, config);
    const result = {
      step,
      classes: lesson.data.classes,
      heldOut: lesson.data.heldOut.length,
      best: outcome,
      bestStep: best?.step ?? step,
      signal,
    };
    await writeReport(directory, { config, dataset, lesson, outcome: result }, writer);
    return result;
  } finally {
    progress.stop();
    interrupts.stop();
    writer.close();
    optimizer.dispose();
    await unlock();
  }
}

/** The saved network once more, with everything that is reported. */
async function examineBest(directory: string, plain: Pupil, lesson: Lesson, config: PretrainConfig): Promise<Examination> {
  await loadWeights(plain.weights, await openSavedModel(path.join(directory, 'model')));
  return examine(plain, lesson, config.batch_size, true);
}

const describeFigures = ({ figures }: Examination): string =>
  Object.entries(figures)
    .filter(([name]) => !name.includes('group'))
    .map(([name, value]) => `${name.replace('held_out_', '').replaceAll('_', ' ')} ${value.toPrecision(4)}`)
    .join(', ');
