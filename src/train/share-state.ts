/** @file Has all processes of a run start at the same place: that of the first, which alone reads checkpoints. */

import type { TrainConfig } from '../config/schema';
import type { SamplerLists, SamplerState } from '../data/sampler';
import type { Facts, Team } from '../distributed/team';
import { sha256Of } from '../files/digest';
import { namedWeights } from '../models/named-weights';
import { processFacts, settingsFacts } from '../runs/worker-facts';
import type { OpenStep } from './open-step';

/** Settings that may differ between machines: places of files, and what the first worker alone does. */
const OF_ONE_MACHINE: ReadonlySet<string> = new Set<keyof TrainConfig>([
  'config',
  'data',
  'root_folder',
  'source_file',
  'check_data',
  'alexnet_pretrained_model',
  'age_pretrained_model',
  'second_age_model',
  'source_checkpoint_dir',
  'run',
  'checkpoint_dir',
  'sample_dir',
  'resume',
  'override',
  'dry_run',
  'json',
]);

/** What a worker's numbers depend on. */
export const factsOf = (
  config: TrainConfig,
  lists: SamplerLists,
  perceptual: string | null,
): Facts => ({
  ...settingsFacts(config, OF_ONE_MACHINE),
  ...processFacts(),
  'the perceptual networks': perceptual ?? '',
  'the lists of pictures': sha256Of(
    JSON.stringify({ ...lists, traits: [...(lists.traits ?? [])] }),
  ),
});

/** Where a run stands, beside its variables. */
export interface Place {
  readonly step: number;
  readonly sampler: SamplerState;
  /** Pairs of a finished step, and of how many batches are left out behind it. */
  readonly leftOut: readonly (readonly [number, number])[];
}

/**
 * Gives all workers the first one's variables and its place.
 * @param place the first worker's; null in the others
 */
export function shareState(
  team: Team,
  { networks, average, optimizers }: Pick<OpenStep, 'networks' | 'average' | 'optimizers'>,
  place: Place | null,
): Place {
  const { generator, discriminator } = optimizers;
  const said = team.textOfFirst(
    place &&
      JSON.stringify({
        ...place,
        updates: { generator: generator.updates, discriminator: discriminator.updates },
      }),
  );
  const { updates, ...shared } = JSON.parse(said) as Place & {
    updates: { generator: number; discriminator: number };
  };
  const models = [networks.generator, networks.discriminator, ...(average ? [average] : [])];
  team.takeFromFirst([
    ...models.flatMap((model) => [...namedWeights(model).values()]),
    ...generator.slots.values(),
    ...discriminator.slots.values(),
  ]);
  generator.updates = updates.generator;
  discriminator.updates = updates.discriminator;
  return shared;
}
