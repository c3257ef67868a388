/** @file Which pictures and labels each step trains on: the original's rules, seeded, and resumable at any step. */

import { UserError } from '../errors';
import type { LabelPair } from './lists';
import { randomFromState, createRandom } from '../statistics/random';
import type { RandomState } from '../statistics/random';

/** The lists of a run. */
export interface SamplerLists {
  /** Names of all source pictures, any group. */
  readonly sources: readonly string[];
  /** Names by group. */
  readonly groups: readonly (readonly string[])[];
  readonly pairs: readonly LabelPair[];
  /**
   * A trait of pictures by name, such as their gender: the real pictures of a step have those of its sources, so that a group in which
   * one of them is commoner does not teach it as a sign of age. A source that is not there takes any picture. Null: nothing is matched.
   */
  readonly traits?: ReadonlyMap<string, string> | null;
}

/** What is drawn from the lists. */
export interface SamplerSettings {
  readonly batchSize: number;
  readonly seed: number;
  /** Draw other sources for the generator's update than for the discriminator's, as the original's queues do. */
  readonly freshSources: boolean;
  /** Draw a seed for random changes of each step's pictures. */
  readonly isAugmented: boolean;
  /** Draw a pair of labels for every picture; otherwise one for the whole batch, as the original does. */
  readonly isLabelledByPicture: boolean;
}

/** Names and labels of one step. */
export interface StepPlan {
  /** One for each picture of the batch. */
  readonly trueLabels: readonly number[];
  readonly falseLabels: readonly number[];
  readonly sources: readonly string[];
  /** Other sources for the generator's update, or null when it shares the discriminator's. */
  readonly generatorSources: readonly string[] | null;
  /** A picture of each true group. */
  readonly real: readonly string[];
  /** What random changes of the step's pictures are drawn from; null where pictures stay as they are. */
  readonly augmentationSeed: number | null;
}

/** A walk over a list: how often it was shuffled is in the random state that its order came from. */
interface CursorState {
  readonly position: number;
  readonly shuffledFrom: RandomState;
}

/** JSON-serialisable position in all lists. */
export interface SamplerState {
  readonly random: RandomState;
  readonly sources: CursorState;
  /** By group, and by trait within each where traits are matched. */
  readonly groups: readonly CursorState[];
  readonly pairs: CursorState;
}

/** Draws steps for ever. */
export interface Sampler {
  next(): StepPlan;
  state(): SamplerState;
}

/** A list in an order that can be drawn again from the random state that it came from. */
interface Cursor<T> {
  take(count: number): T[];
  state(): CursorState;
}

/**
 * `reserve` items at the end are never reached before the list is shuffled again: the original returns to 0 when the pointer
 * reaches size − batch_size.
 */
function createCursor<T>(
  items: readonly T[],
  reserve: number,
  random: { current: RandomState },
  saved?: CursorState,
): Cursor<T> {
  let shuffledFrom: RandomState = saved?.shuffledFrom ?? random.current;
  const shuffle = (): T[] => {
    const source = randomFromState(shuffledFrom);
    const shuffled = source.shuffled(items);
    if (shuffledFrom !== saved?.shuffledFrom) random.current = source.state();
    return shuffled;
  };
  let order = shuffle();
  let position = saved?.position ?? 0;
  const reshuffle = (): void => {
    shuffledFrom = random.current;
    order = shuffle();
    position = 0;
  };
  // a resumed run may be given a shorter list
  if (position > (reserve > 0 ? Math.max(0, items.length - reserve - 1) : items.length))
    reshuffle();
  return {
    take: (count) => {
      const taken: T[] = [];
      if (reserve > 0) {
        taken.push(...order.slice(position, position + count));
        position += count;
        if (position >= items.length - reserve) reshuffle();
        return taken;
      }
      while (taken.length < count) {
        if (position === items.length) reshuffle();
        taken.push(order[position++] as T);
      }
      return taken;
    },
    state: () => ({ position, shuffledFrom }),
  };
}

/** Stands for every picture of a group. */
const ANY_TRAIT = '';

const traitsAmong = ({ sources, traits }: SamplerLists): string[] => [
  ...new Set(sources.map((name) => traits?.get(name) ?? ANY_TRAIT)),
];

function checkTraits(lists: SamplerLists, used: ReadonlySet<number>): void {
  const lacking = lists.groups.flatMap((names, group) => {
    const there = new Set(names.map((name) => lists.traits?.get(name)));
    return traitsAmong(lists).flatMap((trait) =>
      used.has(group) && trait !== ANY_TRAIT && !there.has(trait)
        ? [`none of '${trait}' in group ${group}`]
        : [],
    );
  });
  if (lacking.length > 0)
    throw new UserError(
      `--match: expected pictures of every kind in every group, got ${lacking.join(', ')}. Add pictures, or train without --match.`,
    );
}

function checkLists(lists: SamplerLists, leastOfGroup: number): void {
  const { sources, groups, pairs } = lists;
  const used = new Set(pairs.map(([trueLabel]) => trueLabel));
  const short = groups.flatMap((names, group) =>
    used.has(group) && names.length < leastOfGroup ? [`group ${group} has ${names.length}`] : [],
  );
  if (sources.length === 0)
    throw new UserError(
      'source_file: expected at least one picture, got none. Prepare a data set with pictures.',
    );
  if (short.length > 0) {
    throw new UserError(
      `--batch_size: expected at least ${leastOfGroup} pictures in every group, got ${short.join(', ')}. Use a smaller batch or more pictures.`,
    );
  }
  checkTraits(lists, used);
}

/**
 * Draws from the lists by the rules of the original; a saved state continues exactly.
 * Differs: the pair list wraps and is shuffled again for ever, and group 0 is reshuffled like the others. With a pair for every
 * picture no group has to fill a batch, and all of its pictures come before any comes again.
 * @throws UserError when a group that a pair names cannot fill a batch, or is empty
 */
export function createSampler(
  lists: SamplerLists,
  settings: SamplerSettings,
  saved?: SamplerState,
): Sampler {
  const { batchSize, seed, freshSources, isAugmented, isLabelledByPicture } = settings;
  checkLists(lists, isLabelledByPicture ? 1 : batchSize);
  const random = { current: saved?.random ?? createRandom(seed).state() };
  const sources = createCursor(lists.sources, 0, random, saved?.sources);
  const traits = traitsAmong(lists);
  const keyOf = (group: number, trait: string): string => `${group} ${trait}`;
  const ofTrait = (names: readonly string[], trait: string): readonly string[] =>
    trait === ANY_TRAIT ? names : names.filter((name) => lists.traits?.get(name) === trait);
  const cursors = lists.groups
    .flatMap((names, group) =>
      traits.map((trait) => [keyOf(group, trait), ofTrait(names, trait)] as const),
    )
    .map(([key, names], i): [string, Cursor<string>] => [
      key,
      createCursor(names, isLabelledByPicture ? 0 : batchSize, random, saved?.groups[i]),
    ]);
  const groups = new Map(cursors);
  const pairs = createCursor(lists.pairs, 0, random, saved?.pairs);
  const drawSeed = (): number => {
    const source = randomFromState(random.current);
    const drawn = source.nextUint32();
    random.current = source.state();
    return drawn;
  };
  const takeOf = (group: number, trait: string, count: number): string[] =>
    groups.get(keyOf(group, trait))?.take(count) ?? [];
  return {
    next: () => {
      const drawn = pairs.take(isLabelledByPicture ? batchSize : 1);
      const pairOf = isLabelledByPicture
        ? drawn
        : new Array<LabelPair>(batchSize).fill(drawn[0] as LabelPair);
      const trueLabels = pairOf.map(([trueLabel]) => trueLabel);
      const drawnSources = sources.take(batchSize);
      const traitOf = (i: number): string => lists.traits?.get(drawnSources[i] ?? '') ?? ANY_TRAIT;
      return {
        trueLabels,
        falseLabels: pairOf.map(([, falseLabel]) => falseLabel),
        sources: drawnSources,
        generatorSources: freshSources ? sources.take(batchSize) : null,
        real: isLabelledByPicture
          ? trueLabels.flatMap((label, i) => takeOf(label, traitOf(i), 1))
          : takeOf(trueLabels[0] as number, ANY_TRAIT, batchSize),
        augmentationSeed: isAugmented ? drawSeed() : null,
      };
    },
    state: () => ({
      random: random.current,
      sources: sources.state(),
      groups: cursors.map(([, cursor]) => cursor.state()),
      pairs: pairs.state(),
    }),
  };
}
