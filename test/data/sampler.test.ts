import { createRandom, randomFromState } from '../../src/statistics/random';
import { createSampler } from '../../src/data/sampler';
import type { SamplerState } from '../../src/data/sampler';

const names = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}${i}`);
const LISTS = {
  sources: names('s', 7),
  groups: [names('a', 5), names('b', 6)],
  pairs: [
    [0, 1],
    [1, 0],
    [0, 1],
  ] as [number, number][],
};
const SETTINGS = {
  batchSize: 2,
  seed: 3,
  freshSources: false,
  isAugmented: false,
  isLabelledByPicture: false,
};

test('real pictures are of the true group and labels differ', () => {
  const sampler = createSampler(LISTS, SETTINGS);
  for (let i = 0; i < 50; i++) {
    const { trueLabels, falseLabels, real } = sampler.next();
    const [label = NaN] = trueLabels;
    expect([trueLabels, falseLabels]).toEqual([
      [label, label],
      [1 - label, 1 - label],
    ]);
    expect(real.every((name) => name.startsWith(label === 0 ? 'a' : 'b'))).toBe(true);
  }
});

test('real pictures have the trait of their sources, where it is known, and a sampler goes on in the middle', () => {
  const traits = new Map([
    ...LISTS.sources.slice(0, 5).map((name, i): [string, string] => [name, i % 2 ? 'x' : 'y']),
    ...LISTS.groups.flat().map((name, i): [string, string] => [name, i % 3 ? 'x' : 'y']),
  ]);
  const settings = { ...SETTINGS, isLabelledByPicture: true };
  const lists = { ...LISTS, traits };
  const sampler = createSampler(lists, settings);
  const drawn = Array.from({ length: 60 }, () => ({
    plan: sampler.next(),
    state: sampler.state(),
  }));
  const unmatched = new Set<string>();
  for (const { plan } of drawn)
    plan.sources.forEach((source, i) => {
      const real = plan.real[i] ?? '';
      expect(real.startsWith(plan.trueLabels[i] === 0 ? 'a' : 'b')).toBe(true);
      const wanted = traits.get(source);
      if (wanted === undefined) unmatched.add(traits.get(real) ?? '');
      else expect(traits.get(real)).toBe(wanted);
    });
  expect([...unmatched].sort()).toEqual(['x', 'y']);
  const resumed = createSampler(lists, settings, drawn[29]?.state);
  expect(drawn.slice(30).map(() => resumed.next())).toEqual(
    drawn.slice(30).map(({ plan }) => plan),
  );
});

test('a trait of sources that a group lacks is refused by name', () => {
  const traits = new Map(
    [...LISTS.sources, ...(LISTS.groups[0] ?? [])].map((name) => [name, 'x'] as const),
  );
  expect(() =>
    createSampler({ ...LISTS, traits }, { ...SETTINGS, isLabelledByPicture: true }),
  ).toThrow("got none of 'x' in group 1. Add pictures, or train without --match.");
});

test('with labels by picture each has a pair of its own, and a real picture of its group', () => {
  const sampler = createSampler(LISTS, { ...SETTINGS, isLabelledByPicture: true });
  const plans = Array.from({ length: 60 }, () => sampler.next());
  for (const { trueLabels, falseLabels, real } of plans) {
    expect(falseLabels).toEqual(trueLabels.map((label) => 1 - label));
    expect(real.map((name) => (name.startsWith('a') ? 0 : 1))).toEqual(trueLabels);
  }
  expect(
    plans.filter(({ trueLabels: [first, second] }) => first !== second).length,
  ).toBeGreaterThan(10);
  // every pair of the list, three a round; every picture of a group before any comes again
  const labels = plans.flatMap(({ trueLabels }) => trueLabels);
  for (let round = 0; round < 10; round++)
    expect(labels.slice(3 * round, 3 * round + 3).sort()).toEqual([0, 0, 1]);
  const ofFirst = plans.flatMap(({ real }) => real).filter((name) => name.startsWith('a'));
  for (let round = 0; round < 5; round++)
    expect(new Set(ofFirst.slice(5 * round, 5 * round + 5)).size).toBe(5);
});

test('with labels by picture a group need not fill a batch, but must not be empty', () => {
  const settings = { ...SETTINGS, batchSize: 9, isLabelledByPicture: true };
  expect(createSampler(LISTS, settings).next().real).toHaveLength(9);
  expect(() => createSampler({ ...LISTS, groups: [[], names('b', 6)] }, settings)).toThrow(
    'got group 0 has 0',
  );
});

test('sources are walked in epochs: each of them once before any comes again', () => {
  const sampler = createSampler(LISTS, SETTINGS);
  const drawn = Array.from({ length: 7 }, () => sampler.next().sources).flat();
  expect(new Set(drawn.slice(0, 7)).size).toBe(7);
  expect(new Set(drawn.slice(7, 14)).size).toBe(7);
});

test('a group’s list returns to its start when the pointer reaches size minus batch size, and is shuffled again, group 0 too', () => {
  const sampler = createSampler({ ...LISTS, pairs: [[0, 1]] }, SETTINGS);
  // five pictures, two at a time: pointer 0, 2, then 4 ≥ 5 − 2 makes a new round of two batches
  const rounds = Array.from({ length: 40 }, () => [...sampler.next().real, ...sampler.next().real]);
  for (const round of rounds) expect(new Set(round).size).toBe(4);
  expect(new Set(rounds.map(String)).size).toBeGreaterThan(10);
});

test('the pair list wraps for ever and each round holds every pair', () => {
  const sampler = createSampler(LISTS, SETTINGS);
  for (let round = 0; round < 5; round++)
    expect([0, 1, 2].map(() => sampler.next().trueLabels[0]).sort()).toEqual([0, 0, 1]);
});

test('fresh sources are others than the discriminator’s', () => {
  const { sources, generatorSources } = createSampler(LISTS, {
    ...SETTINGS,
    freshSources: true,
    isAugmented: false,
  }).next();
  expect(generatorSources).toHaveLength(2);
  expect(sources.some((name) => generatorSources!.includes(name))).toBe(false);
});

test.each([false, true])(
  'a state saved at any step, as JSON, continues exactly, with labels by picture %s',
  (isLabelledByPicture) => {
    const settings = { ...SETTINGS, isLabelledByPicture };
    const whole = createSampler(LISTS, settings);
    const steps = Array.from({ length: 30 }, () => ({
      before: JSON.stringify(whole.state()),
      plan: whole.next(),
    }));
    for (let start = 0; start < 30; start++) {
      const resumed = createSampler(
        LISTS,
        { ...settings, seed: 99 },
        JSON.parse(steps[start]!.before) as SamplerState,
      );
      expect(steps.slice(start).map(() => resumed.next())).toEqual(
        steps.slice(start).map(({ plan }) => plan),
      );
    }
  },
);

test.each([false, true])(
  'a state of longer lists goes on in shorter ones from their start, with labels by picture %s',
  (isLabelledByPicture) => {
    const settings = { ...SETTINGS, isLabelledByPicture };
    const long = {
      sources: names('s', 90),
      groups: [names('a', 50), names('b', 60)],
      pairs: LISTS.pairs,
    };
    const before = createSampler(long, settings);
    for (let i = 0; i < 20; i++) before.next();
    const resumed = createSampler(LISTS, settings, before.state());
    for (let i = 0; i < 30; i++) {
      const { sources, real } = resumed.next();
      for (const name of sources) expect(LISTS.sources).toContain(name);
      for (const name of real) expect(LISTS.groups.flat()).toContain(name);
    }
  },
);

test('a group that cannot fill a batch is named', () => {
  expect(() => createSampler(LISTS, { ...SETTINGS, batchSize: 6 })).toThrow(
    '--batch_size: expected at least 6 pictures in every group, got group 0 has 5.',
  );
});

test('the random generator gives the same stream from its state', () => {
  const random = createRandom(5);
  random.nextUint32();
  const copy = randomFromState(random.state());
  expect(Array.from({ length: 5 }, () => copy.nextFloat())).toEqual(
    Array.from({ length: 5 }, () => random.nextFloat()),
  );
});

test('random numbers are uniform', () => {
  const random = createRandom(6);
  const counts = new Array<number>(10).fill(0);
  for (let i = 0; i < 10_000; i++) counts[random.nextInt(10)]!++;
  // three standard deviations of a binomial of 10,000 and a tenth
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(120);
});
