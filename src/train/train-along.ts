/** @file The workers of a run but the first: they train the same steps on pictures of their own, and read and write nothing else. */

import type { TrainConfig } from '../config/schema';
import type { Team } from '../distributed/team';
import { isNeeded } from '../losses/term';
import { watchInterrupts } from '../runs/interrupt';
import type { StopSignal } from '../runs/interrupt';
import { leavingOut } from '../data/leave-out';
import { rowsOfWorker } from '../data/rows-of-worker';
import { createSampler } from '../data/sampler';
import { openStepRunner } from './compiled-step';
import { openStep } from './open-step';
import { openLoader } from './open-training';
import { perceptualDigest } from './perceptual-digest';
import { prototypesOf } from './prototypes';
import { factsOf, shareState } from './share-state';
import { disposeStep } from './step';
import { trainNextStep } from './loop';
import { samplerSettings } from './training-data';
import type { TrainingData } from './training-data';

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/**
 * Trains until the run is over or any worker was asked to stop.
 * @returns the signal by which it ended, or null
 * @throws UserError for workers that differ or a picture that cannot be read, MachineError when another one is gone
 */
export async function trainAlong(
  config: TrainConfig,
  data: TrainingData,
  team: Team,
): Promise<StopSignal | null> {
  const rows = rowsOfWorker(config, team);
  const open = await openStep(config, data.ageBounds);
  team.expectSame(factsOf(config, data.lists, await perceptualDigest(open.networks.perceptual)));
  const { step, sampler, leftOut } = shareState(team, open, null);
  const { terms } = open.settings;
  const withSource227 =
    isNeeded(terms, 'features') && open.networks.perceptual?.identityExtractor != null;
  const prototypes = await prototypesOf(config, data, terms);
  const run = {
    config,
    rows,
    prototypes,
    step,
    samplerState: sampler,
    unchecked: new Set<string>(),
    loader: openLoader(
      config,
      data,
      leavingOut(
        createSampler(data.lists, samplerSettings(config), sampler),
        step,
        new Map(leftOut),
      ),
      withSource227,
      rows,
    ),
    runner: openStepRunner(
      { ...open, settings: { ...open.settings, reduction: team } },
      config,
      say,
    ),
  };
  const interrupts = watchInterrupts(() => run.runner.askToStop());
  try {
    while (run.step < config.max_steps && !run.runner.isAskedToStop()) {
      disposeStep(await trainNextStep(run));
      // the first worker checks losses, and names its own pictures
      run.unchecked.clear();
      // lets a signal in
      await new Promise(setImmediate);
    }
    await team.leave();
    if (run.step >= config.max_steps) return null;
    return interrupts.signal() ?? 'SIGTERM';
  } finally {
    interrupts.stop();
    run.runner.dispose();
    prototypes?.dispose();
    open.dispose();
  }
}
