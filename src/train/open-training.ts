/** @file Everything that a training run works with, opened at step 0 or at its last checkpoint. */

import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { EventWriter } from 'tensorboard-logger-ts';
import type { TrainConfig } from '../config/schema';
import { ageGroupNames } from '../data/age-groups';
import { createBatchLoader } from '../data/batches';
import type { BatchLoader, Rows } from '../data/batches';
import { groupNamesOf, readDataset } from '../data/dataset';
import { licenceOf, UNKNOWN_LICENCE } from '../data/licences';
import { leavingOut } from '../data/leave-out';
import { rowsOfWorker } from '../data/rows-of-worker';
import { createSampler } from '../data/sampler';
import type { Sampler, SamplerState } from '../data/sampler';
import type { Team } from '../distributed/team';
import { tf } from '../engine/tf';
import { UserError } from '../errors';
import { watchReading } from '../images/reading';
import { isNeeded } from '../losses/term';
import type { MetricLogger } from '../runs/metric-logger';
import { leftOutBehind, readRollbacks, writeRollbacks } from '../runs/rollbacks';
import type { Rollback } from '../runs/rollbacks';
import { openRunLog, reopenRunLog } from '../runs/run-log';
import type { CheckpointState } from '../weights/checkpoint';
import { GENERATOR } from '../weights/find-network';
import { readManifestOf, toManifest } from '../weights/model-manifest';
import type { ManifestFacts } from '../weights/model-manifest';
import { startAverage } from './generator-average';
import { restoreNewest, saveCheckpoint } from './save-checkpoint';
import { openHeldOut, openHeldOutMeter } from './held-out';
import type { HeldOutFaces, HeldOutMeter } from './held-out';
import { openStepRunner } from './compiled-step';
import type { StepRunner } from './compiled-step';
import { openStep } from './open-step';
import type { OpenStep, OwnParts } from './open-step';
import { checkSamePerceptualNetworks, perceptualDigest } from './perceptual-digest';
import { prototypesOf } from './prototypes';
import type { Prototypes } from './prototypes';
import { factsOf, shareState } from './share-state';
import { loadStartingWeights } from './starting-weights';
import { samplerSettings } from './training-data';
import type { TrainingData } from './training-data';

/** An open run; one process has it at a time. */
export interface OpenTraining extends Omit<OpenStep, 'networkSettings' | 'dispose'> {
  readonly config: TrainConfig;
  /** What samples and held-out terms show: the generator's average, where there is one, else the generator. */
  readonly shown: tf.LayersModel;
  /** Trains its steps. */
  readonly runner: StepRunner;
  loader: BatchLoader;
  /** What of every batch this process trains on, where others train on the rest. */
  readonly rows?: Rows | undefined;
  /** What the prototype term draws fakes to; null where it is off. */
  readonly prototypes: Prototypes | null;
  readonly heldOut: HeldOutFaces;
  /** Measures loss terms on them. */
  readonly heldOutMeter: HeldOutMeter;
  logger: MetricLogger;
  writer: EventWriter;
  /** Directory of sample grids. */
  readonly sampleDir: string;
  /** Finished steps. */
  step: number;
  /** Where the sampler stood after them. */
  samplerState: SamplerState;
  /** The newest checkpoint, or null. */
  lastGood: string | null;
  /** Pictures of the steps since losses were last seen to be finite. */
  readonly unchecked: Set<string>;
  /** What the last logged step measured, for the model's own description. */
  figures: Readonly<Record<string, number>>;
  /** Writes a checkpoint of the finished steps, where there is none. @throws MachineError */
  readonly save: () => Promise<void>;
  /** How often it went back after it had diverged, in all. */
  rollbacks: readonly Rollback[];
  /**
   * Puts the run back where its newest intact checkpoint is, cuts off what was logged since, writes that down, and leaves out the batches of
   * the steps since. Called again after an error of the file system, it does what is left to do.
   * @throws UserError where no checkpoint is intact, MachineError or the file system's error
   */
  readonly goBack: () => Promise<void>;
  /** Closes the logs; frees networks, optimisers and faces. */
  readonly close: () => void;
}

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/**
 * Puts a resumed run where its newest intact checkpoint is, a new one at its starting weights.
 * @returns the checkpoint, if any, and its state
 * @throws UserError for a damaged checkpoint, other perceptual networks, or fewer steps than are done
 */
async function restoreRun(
  config: TrainConfig,
  { networks, average, optimizers }: OpenStep,
  perceptual: string | null,
): Promise<{ lastGood: string | null; restored: CheckpointState | null }> {
  const { checkpoint_dir: directory, source_checkpoint_dir: source, resume } = config;
  if (!resume && source !== null) {
    await loadStartingWeights(networks, source);
    if (average) startAverage(networks.generator, average);
  }
  const found = resume
    ? await restoreNewest(directory, { ...networks, average, optimizers })
    : null;
  const restored = found?.state ?? null;
  const lastGood = found?.checkpoint ?? null;
  for (const problem of found?.damaged ?? []) say(`warning: ${problem}`);
  const step = restored?.step ?? 0;
  if (step > config.max_steps)
    throw new UserError(
      `--max_steps: expected ${step} or more, for ${directory} has done so many, got ${config.max_steps}.`,
    );
  if (restored) checkSamePerceptualNetworks(directory, restored.judges, perceptual);
  if (resume)
    say(
      lastGood === null
        ? `${directory}: no complete checkpoint; starting at step 0`
        : `resuming at step ${step} from ${lastGood}`,
    );
  return { lastGood, restored };
}

/** The batches of a run, from where its sampler stands. @param rows of every batch that are wanted */
export const openLoader = (
  config: TrainConfig,
  data: TrainingData,
  sampler: Sampler,
  withSource227: boolean,
  rows: Rows | undefined,
): BatchLoader =>
  createBatchLoader(sampler, {
    rootFolder: data.rootFolder,
    imageSize: config.image_size,
    withSource227,
    rows,
    watch: { seconds: config.loader_timeout, say },
  });

/** Pictures of a run from a step on. @param saved where its sampler stood then; absent at the start */
function openSampler(
  config: TrainConfig,
  data: TrainingData,
  step: number,
  saved: SamplerState | undefined,
  rollbacks: readonly Rollback[],
): Sampler {
  const sampler = createSampler(data.lists, samplerSettings(config), saved);
  return leavingOut(sampler, step, leftOutBehind(rollbacks));
}

/** What the run's generator says of itself, whatever step it is saved at. */
async function describeModel(
  config: TrainConfig,
  { ageBounds }: TrainingData,
  { networkSettings: networks, generator }: OpenStep,
): Promise<Omit<ManifestFacts, 'step' | 'figures'>> {
  const description = config.data === null ? null : (await readDataset(config.data)).description;
  return {
    generator: {
      kind: generator.kind,
      channels: networks.generator_channels,
      upsampling: networks.upsampling,
    },
    imageSize: networks.image_size,
    ageBounds,
    groupNames: description ? groupNamesOf(description) : ageGroupNames(ageBounds),
    labelScale: networks.label_scale,
    // a generator that never saw a batch of several labels finds the label in the batch's own statistics
    batchNorm: config.labels === 'picture' ? 'moving' : 'batch',
    trainedOn: description && {
      source: description.source.kind,
      content_hash: description.content_hash,
      faces: description.counts.train.reduce((sum, count) => sum + count, 0),
    },
    licence: description ? licenceOf(description.source.kind) : UNKNOWN_LICENCE,
  };
}

/** What is opened once, whatever happens then. */
async function openParts(
  config: TrainConfig,
  data: TrainingData,
  open: OpenStep,
  team: Team | null,
) {
  const directory = config.checkpoint_dir;
  const rows = team ? rowsOfWorker(config, team) : undefined;
  const perceptual = await perceptualDigest(open.networks.perceptual);
  team?.expectSame(factsOf(config, data.lists, perceptual));
  const { lastGood, restored } = await restoreRun(config, open, perceptual);
  const step = restored?.step ?? 0;
  const saved = restored ? (restored.sampler as SamplerState) : undefined;
  const rollbacks = config.resume ? await readRollbacks(directory) : [];
  const sampler = openSampler(config, data, step, saved, rollbacks);
  const samplerState = sampler.state();
  const leftOut = [...leftOutBehind(rollbacks)];
  if (team) shareState(team, open, { step, sampler: samplerState, leftOut });
  const needsFeatures = isNeeded(open.settings.terms, 'features');
  const extractor = needsFeatures ? (open.networks.perceptual?.identityExtractor ?? null) : null;
  const newLoader = (from: Sampler): BatchLoader =>
    openLoader(config, data, from, extractor !== null, rows);
  const heldOutFiles = data.heldOut.map((name) => path.join(data.rootFolder, name));
  const heldOut = await watchReading(
    'the reading of held-out faces',
    { seconds: config.loader_timeout, say },
    () => openHeldOut(heldOutFiles, config, extractor),
  );
  const prototypes = await prototypesOf(config, data, open.settings.terms);
  const sampleDir = config.sample_dir ?? path.join(directory, 'samples');
  await mkdir(sampleDir, { recursive: true });
  // last: what fails before it leaves no open file
  const log = await openRunLog(directory, config, step, team?.size);
  return {
    ...{
      perceptual,
      lastGood,
      step,
      heldOut,
      prototypes,
      sampleDir,
      rows,
      samplerState,
      rollbacks,
    },
    ...{ newLoader, loader: newLoader(sampler), ...log },
  };
}

/** What was last measured before a checkpoint: a run that goes on says it of the next one until it measures again. */
async function figuresOf(checkpoint: string | null): Promise<Readonly<Record<string, number>>> {
  if (checkpoint === null) return {};
  return (await readManifestOf(path.join(checkpoint, GENERATOR)))?.figures ?? {};
}

/** All the rest of an open step; frees it where that fails. */
async function openAll(config: TrainConfig, data: TrainingData, open: OpenStep, team: Team | null) {
  try {
    return {
      model: await describeModel(config, data, open),
      ...(await openParts(config, data, open, team)),
    };
  } catch (error) {
    open.dispose();
    throw error;
  }
}

/**
 * Opens networks, optimisers, data and logs; with `resume` at the newest checkpoint, whatever was written after it cut off.
 * The caller has the run's lock.
 * @param own loss terms beside the config's, and a generator in the place of its
 * @param team the workers of the run, of which this is the first; null where there are no others
 * @throws UserError for missing or unfit pretrained networks or starting weights, a damaged checkpoint, or workers that differ
 */
export async function openTraining(
  config: TrainConfig,
  data: TrainingData,
  own: OwnParts = {},
  team: Team | null = null,
): Promise<OpenTraining> {
  const open = await openStep(config, data.ageBounds, own);
  const { networks, average, optimizers, settings, networkSettings, generator, untrained } = open;
  const { checkpoint_dir: directory } = config;
  if (untrained.length > 0)
    say(
      `warning: ${untrained.join(' and ')}: no file; training against random weights (--allow_untrained)`,
    );
  const { model, perceptual, newLoader, ...parts } = await openAll(config, data, open, team);
  const saved = { step: parts.lastGood === null ? -1 : parts.step };
  const runner = openStepRunner(
    { ...open, settings: { ...settings, reduction: team ?? undefined } },
    config,
    say,
  );
  const shown = average ?? networks.generator;
  const { perceptual: looks } = networks;
  const heldOutMeter = openHeldOutMeter(
    { generator: shown, perceptual: looks },
    parts.heldOut,
    settings.terms,
    config,
  );
  const run: OpenTraining = {
    ...{
      config,
      runner,
      heldOutMeter,
      networks,
      average,
      shown,
      optimizers,
      settings,
      generator,
      untrained,
      figures: await figuresOf(parts.lastGood),
      unchecked: new Set<string>(),
    },
    ...parts,
    save: async () => {
      if (saved.step === run.step) return;
      const manifest = toManifest({ ...model, step: run.step, figures: run.figures });
      run.lastGood = await saveCheckpoint(
        directory,
        { ...networks, average, optimizers },
        {
          step: run.step,
          networks: networkSettings,
          sampler: run.samplerState,
          judges: perceptual,
          manifest,
          keep: config.keep,
          keepEvery: config.keep_every,
        },
      );
      saved.step = run.step;
    },
    goBack: async () => {
      const diverged = run.step;
      const found = await restoreNewest(directory, { ...networks, average, optimizers });
      if (found === null)
        throw new UserError(
          `${directory}: expected a checkpoint to go back to, got none. Start the run anew.`,
        );
      for (const problem of found.damaged) say(`warning: ${problem}`);
      const { step, sampler } = found.state;
      const rollback = { step: diverged, to: step, pictures: [...run.unchecked] };
      const rollbacks = [...run.rollbacks, rollback];
      run.writer.close();
      const { logger, writer } = await reopenRunLog(directory, step);
      run.logger = logger;
      run.writer = writer;
      // last: a process that is killed before it diverges again, and goes back then
      await writeRollbacks(directory, rollbacks);
      const from = openSampler(config, data, step, sampler as SamplerState, rollbacks);
      run.samplerState = from.state();
      run.loader = newLoader(from);
      run.step = saved.step = step;
      run.lastGood = found.checkpoint;
      run.rollbacks = rollbacks;
      run.figures = {};
      run.unchecked.clear();
    },
    close: () => {
      run.writer.close();
      const { sources, features } = run.heldOut;
      tf.dispose(features ? [sources, features] : [sources]);
      runner.dispose();
      heldOutMeter.dispose();
      run.prototypes?.dispose();
      open.dispose();
    },
  };
  return run;
}
