/** @file Has all processes of a run start at the same place: that of the first, which alone reads checkpoints. */

import type { TrainConfig } from '../config/schema';
import type { SamplerLists, SamplerState } from '../data/sampler';
import type { Facts, Team } from '../distributed/team';
import { hasNativeOps } from '../engine/kernels/native';
import { engineObstacle } from '../engine/function/compiled';
import { UserError } from '../errors';
import { packageVersion } from '../files/package-version';
import { sha256Of } from '../files/digest';
import { namedWeights } from '../models/named-weights';
import { gitCommit } from '../runs/git-commit';
import type { OpenStep } from './open-step';
import type { Rows } from '../data/batches';

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
export function factsOf(
  config: TrainConfig,
  lists: SamplerLists,
  perceptual: string | null,
): Facts {
  const settings = Object.entries(config)
    .filter(([name]) => !OF_ONE_MACHINE.has(name))
    .map(([name, value]) => [`--${name}`, JSON.stringify(value)] as const);
  return {
    ...Object.fromEntries(settings),
    'the version of the code': `${packageVersion()} ${gitCommit() ?? ''}`,
    'the number of threads (TF_NUM_INTRAOP_THREADS)': process.env.TF_NUM_INTRAOP_THREADS ?? '',
    'oneDNN (TF_ENABLE_ONEDNN_OPTS)': process.env.TF_ENABLE_ONEDNN_OPTS ?? '',
    'Winograd convolutions (IPCGAN_WINOGRAD)': process.env.IPCGAN_WINOGRAD ?? '',
    'our own native code': `${hasNativeOps()} ${engineObstacle() ?? ''}`,
    'the perceptual networks': perceptual ?? '',
    'the lists of pictures': sha256Of(
      JSON.stringify({ ...lists, traits: [...(lists.traits ?? [])] }),
    ),
  };
}

/** What of a batch is a worker's. @throws UserError where the batch cannot be shared out evenly */
export function rowsOfWorker(
  { batch_size: batch, micro_batch: micro }: Pick<TrainConfig, 'batch_size' | 'micro_batch'>,
  { rank, size }: Pick<Team, 'rank' | 'size'>,
): Rows {
  const count = batch / size;
  if (!Number.isInteger(count))
    throw new UserError(
      `--batch_size: expected a multiple of the ${size} workers, got ${batch}. Every worker must have as many pictures.`,
    );
  if (micro !== null && count % micro !== 0)
    throw new UserError(
      `--micro_batch: expected a divisor of a worker's share of the batch (${count}), got ${micro}. Every part must be of the same size.`,
    );
  return { first: rank * count, count };
}

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
