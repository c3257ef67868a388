/** @file Trains the perceptual networks: AlexNet over people or after a teacher, or the age head on its trunk. */

import { existsSync } from 'node:fs';
import { DivergedError } from '../errors';
import type { Team } from '../distributed/team';
import type { tf } from '../engine/tf';
import type { PretrainConfig } from '../config/schema';
import { watchReading } from '../images/reading';
import { openSavedModel } from '../weights/saved-model';
import { allFinite, loadWeights } from '../models/named-weights';
import type { StopSignal } from '../runs/interrupt';
import type { Progress } from '../runs/progress';
import { watchDisk } from '../runs/disk-trouble';
import { namesAmong, rollBack } from '../runs/roll-back';
import type { Returnable } from '../runs/roll-back';
import { leftOutBehind } from '../runs/rollbacks';
import { runTraining } from '../runs/training';
import type { Training } from '../runs/training';
import { measureHeldOut, measureTest } from './held-out';
import type { HeldOutFigures } from './held-out';
import { openPretraining } from './open-run';
import type { OpenPretraining } from './open-run';
import { fold } from './network';
import { isMeasuredAfter, isOverForAll } from './share-state';
import { writeResults } from './write-results';
import { modelDirectory, replaceModel } from './saved-network';
import { lastDirectory } from './state';
import type { PretrainState } from './state';

/** How pretraining ended. */
export interface PretrainOutcome {
  readonly step: number;
  readonly classes: readonly string[];
  /** How many pictures chose the best network, and how many of its classes it is tested on. */
  readonly heldOut: number;
  readonly tested: number;
  /** Of the network that is saved, on what chose it as the best. */
  readonly best: HeldOutFigures;
  /** Of the same network, on the test part. */
  readonly test: HeldOutFigures;
  readonly bestStep: number;
  readonly signal: StopSignal | null;
}

/** The new best, or the old one with one more evaluation since. */
function keepBetter(
  best: PretrainState['best'],
  score: number,
  step: number,
): { best: PretrainState['best']; isBetter: boolean } {
  if (best === null || score > best.score)
    return { best: { score, step, since: 0 }, isBetter: true };
  return { best: { ...best, since: best.since + 1 }, isBetter: false };
}

/** Where it would go on, if it was saved. */
const savedIn = (directory: string): string | null => {
  const last = lastDirectory(directory);
  return existsSync(last) ? last : null;
};

/** @throws DivergedError for a loss that is no number, with the pictures since the last one that was */
function expectFinite(
  loss: number,
  what: string,
  { directory, unchecked }: Pick<OpenPretraining, 'directory' | 'unchecked'>,
): void {
  if (Number.isFinite(loss)) return;
  const last = savedIn(directory);
  const advice = last
    ? `What was last saved is in ${last}: go on from it with --resume --override and a lower --learning_rate; --resume --on_nan=rollback goes on with other pictures.`
    : 'Nothing was saved before: start a new run (--run) with a lower --learning_rate.';
  const found = `${what}: expected a finite loss, got ${loss}. ${namesAmong(unchecked)}`;
  throw new DivergedError(`${found}${advice}`, found.trim());
}

/**
 * Measures the network on the held-out pictures, and keeps it where it is the best so far; where none is held out, always.
 * @throws DivergedError before it is kept
 */
async function evaluate(run: OpenPretraining, progress: Progress): Promise<void> {
  const { network, plain, task, config, directory, logger, state, watch } = run;
  run.state = { ...state, owed: true };
  fold(network, plain);
  const found = await watchReading('the evaluation', watch, () =>
    measureHeldOut(plain, task, config.batch_size),
  );
  const { loss, score, figures } = found;
  if (loss !== null) expectFinite(loss, `held-out pictures after step ${state.step}`, run);
  // nothing else tells of an update that broke them
  else if (!allFinite(network.weights.values()))
    expectFinite(NaN, `weights after step ${state.step}`, run);
  const { best, isBetter } =
    score === null ? { best: null, isBetter: true } : keepBetter(state.best, score, state.step);
  run.state = { ...state, best, owed: false };
  if (isBetter) await replaceModel(directory, plain.model, run.metadata);
  if (Object.keys(figures).length > 0) logger.log({ step: state.step, ...figures });
  if (score === null)
    progress.line(`saved at step ${state.step}; no picture is held out to choose the best by`);
  else
    progress.line(
      `held out at step ${state.step}: ${describeFigures(found)}${isBetter ? ', the best so far' : ''}`,
    );
}

/** The end of the schedule, or the end of patience. */
const isOver = ({ config, state: { step, best } }: OpenPretraining): boolean =>
  step >= config.steps || (config.patience > 0 && best !== null && best.since >= config.patience);

/** Between evaluations: saves what a resumed run needs, and a first network where there is none. */
async function saveBetween({
  directory,
  network,
  plain,
  metadata,
  state,
  save,
}: OpenPretraining): Promise<void> {
  fold(network, plain);
  await save();
  if (state.best === null) await replaceModel(directory, plain.model, metadata);
}

/** The saved network once more, with everything that is reported: the only look at the test part. */
async function examineBest({
  directory,
  plain,
  task,
  config,
  watch,
}: OpenPretraining): Promise<Pick<PretrainOutcome, 'best' | 'test'>> {
  await loadWeights(plain.weights, await openSavedModel(modelDirectory(directory)));
  const { batch_size: batchSize } = config;
  return watchReading('the evaluation', watch, async () => ({
    best: await measureHeldOut(plain, task, batchSize, true),
    test: await measureTest(plain, task, batchSize),
  }));
}

/** What one step leaves to be read. */
interface StepLoss {
  /** On the device. */
  readonly value: tf.Scalar;
  readonly rate: number;
}

/** An open run as what the skeleton of both trainings runs. */
function toTraining(run: OpenPretraining, team: Team | null): Training<StepLoss> {
  const { config, directory, updater } = run;
  const newBatches = () => run.batchesFrom(run.state.step, leftOutBehind(run.rollbacks));
  let batches = newBatches();
  const disk = watchDisk();
  const returnable: Returnable = {
    config,
    directory,
    sooner: '--eval_every',
    place: () => ({
      step: run.state.step,
      lastGood: savedIn(directory),
      rollbacks: run.rollbacks,
    }),
    goBack: run.goBack,
  };
  let loggedAt = { step: run.state.step, time: performance.now() };
  const evaluateAndSave = async (progress: Progress): Promise<void> => {
    await evaluate(run, progress);
    await run.save();
    loggedAt = { step: run.state.step, time: performance.now() };
  };
  const log = (step: number, loss: number, rate: number, progress: Progress): void => {
    const seconds = (performance.now() - loggedAt.time) / 1000;
    const images_per_second = ((step - loggedAt.step) * config.batch_size) / seconds;
    run.logger.log({ step, loss, learning_rate: rate, images_per_second });
    const speed = `${images_per_second.toFixed(1)} images/s`;
    progress.report(
      `pretrain ${config.task} ${step}/${config.steps}  loss ${loss.toPrecision(4)}  ${speed}`,
    );
    loggedAt = { step, time: performance.now() };
  };
  const finish = async (
    { value, rate }: StepLoss,
    isStopped: boolean,
    progress: Progress,
  ): Promise<void> => {
    const { step } = run.state;
    const isLogged = step % config.log_every === 0 || step === config.steps;
    const isEvaluated = isMeasuredAfter(step, config);
    const isRead = isLogged || isEvaluated || isStopped;
    const [loss = NaN] = isRead ? await value.data() : [0];
    value.dispose();
    if (isRead) expectFinite(loss, `step ${step}`, run);
    if (isLogged) log(step, loss, rate, progress);
    if (isEvaluated) await evaluateAndSave(progress);
    if (isRead) run.unchecked.clear();
    if (team && isEvaluated) isOverForAll(team, isOver(run));
  };
  return {
    label: `pretrain ${config.task}`,
    total: config.steps,
    get writer() {
      return run.writer;
    },
    step: () => run.state.step,
    isOver: () => isOver(run),
    begin: async (progress) => {
      if (run.state.owed) await evaluateAndSave(progress);
      if (team) isOverForAll(team, isOver(run));
    },
    trainStep: async (isAskedToStop) => {
      if (isAskedToStop) updater.askToStop();
      const { value: batch } = await batches.next();
      const learnt = run.learn(batch, run.state.step);
      for (const { name } of batch.pictures) run.unchecked.add(name);
      run.state = { ...run.state, step: run.state.step + 1 };
      return learnt;
    },
    ...(team && { commonSignal: (own) => (updater.isAskedToStop() ? (own ?? 'SIGTERM') : null) }),
    finishStep: async (scalars, isStopped, progress) => {
      try {
        await finish(scalars, isStopped, progress);
      } catch (error) {
        if (!(error instanceof DivergedError)) throw error;
        await rollBack(returnable, error, { disk, say: progress.line });
        batches = newBatches();
        loggedAt = { step: run.state.step, time: performance.now() };
        if (run.state.owed) await evaluateAndSave(progress);
      }
    },
    isWhole: () => allFinite(run.network.weights.values()),
    save: () => saveBetween(run),
    close: run.close,
  };
}

/** Measures the saved network once more, and writes everything that is reported. */
async function report(run: OpenPretraining, signal: StopSignal | null): Promise<PretrainOutcome> {
  const { config, directory, dataset, task, writer, state } = run;
  const { classes, heldOut, test } = task.data;
  const outcome = {
    ...(await examineBest(run)),
    step: state.step,
    classes,
    heldOut: heldOut.length,
    tested: test.pictures.length,
    bestStep: state.best?.step ?? state.step,
    signal,
  };
  await writeResults(directory, { config, dataset, task, outcome }, writer);
  return outcome;
}

/**
 * Trains a network and saves the best one to `RUN/model`, the last one to `RUN/last`.
 * @param team the run's workers, of which this is the first; null where there are no others
 * @throws UserError for data that the task cannot use, a missing trunk, a damaged state; MachineError when another worker is gone;
 * DivergedError
 */
export async function pretrain(
  config: PretrainConfig,
  directory: string,
  team: Team | null = null,
): Promise<PretrainOutcome> {
  const run = await openPretraining(config, directory, team);
  const { result } = await runTraining(toTraining(run, team), async (signal) => {
    // what is reported is measured by this process alone
    await team?.leave();
    return report(run, signal);
  });
  return result;
}

const describeFigures = ({ figures }: HeldOutFigures): string =>
  Object.entries(figures)
    .filter(([name]) => !name.includes('group'))
    .map(
      ([name, value]) =>
        `${name.replace('held_out_', '').replaceAll('_', ' ')} ${value.toPrecision(4)}`,
    )
    .join(', ');
