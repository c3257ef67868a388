import type { ManifestEntry } from '../../src/data/manifest';
import { rowsByLabel } from '../../src/eval/by-label';
import { scoreItem } from '../../src/eval/score';
import type { Source } from '../../src/eval/score';
import type { Observation } from '../../src/eval/judges/panel';
import { indexPeople } from '../../src/statistics/people';

const seen = (x: number, age: number, isFound = true): Observation => ({
  isFound,
  sharpness: 1,
  opinions: [{ embedding: Float32Array.of(x, 0), age, group: null }],
});

const sourceOf = (name: string): Source => ({
  name,
  person: name,
  observation: seen(0, 25),
  real: new Map(),
});

const entryOf = (path: string, labels: Partial<ManifestEntry>): ManifestEntry => ({
  ...{ path, age: 25, group: 0, identity: null, split: 'test', sha256: path, landmarks: null },
  quality: { score: null, size: null, sharpness: 1, yaw: null },
  ...labels,
});

test('inputs of one label are scored together, with the years between their youngest and their oldest', () => {
  const references = {
    ...{ thresholds: [0.5], groupMeans: [[15, 60]], ageBounds: [30], judgesAge: [true] },
  };
  const [a, b, c] = ['a', 'b', 'c'].map(sourceOf);
  const items = [
    scoreItem(a!, 0, seen(0.1, 20), references),
    scoreItem(a!, 1, seen(0.9, 50), references),
    scoreItem(b!, 0, seen(0.1, 20), references),
    scoreItem(b!, 1, seen(0.1, 30), references),
    scoreItem(c!, 0, seen(0.1, 20), references),
    scoreItem(c!, 1, seen(0.1, 99, false), references),
  ];
  const entries = [
    entryOf('a', { gender: 'female', race: 'white' }),
    entryOf('b', { gender: 'male' }),
    entryOf('c', { gender: 'female', race: 'black', group: 1 }),
  ];
  const drawings = {
    personIndex: indexPeople(['a', 'b', 'c']),
    draws: [Uint16Array.of(1, 1, 1)],
    thresholdDraws: [[]],
  };
  const rows = rowsByLabel(items, entries, ['young', 'old'], drawings);
  const told = rows.map(({ label, value, pictures, verified, found, span }) => [
    `${label} ${value}`,
    pictures,
    verified[0]?.value,
    found?.value,
    span[0] && [span[0].value, span[0].n],
  ]);
  expect(told).toEqual([
    ['age old', 2, 0.5, 0.5, null],
    ['age young', 4, 0.75, 1, [20, 2]],
    // nobody knows how old the second woman looks at the oldest group: no face was found
    ['gender female', 4, 0.5, 0.75, [30, 1]],
    ['gender male', 2, 1, 1, [10, 1]],
    ['race black', 2, 0.5, 0.5, null],
    ['race white', 2, 0.5, 1, [30, 1]],
  ]);
});
