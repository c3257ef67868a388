import { tf } from '../../src/engine/tf';
import { createAdam } from '../../src/optimizers/adam';
import { averageDecayAt, withAverage } from '../../src/optimizers/averaged';

test('a young average forgets its start: (1 + n) / (10 + n), until that is the decay', () => {
  expect([1, 2, 10].map((n) => averageDecayAt(0.999, n))).toEqual([2 / 11, 3 / 12, 11 / 20]);
  expect(averageDecayAt(0.999, 1e5)).toBe(0.999);
  expect(averageDecayAt(0.1, 1)).toBe(0.1);
});

test('it moves its variables as the optimiser alone does, and averages by hand after each update; it leaves no tensor', () => {
  const before = tf.memory().numTensors;
  const DECAY = 0.3;
  const RATE = 0.1;
  const variableOf = (values: number[]): tf.Variable =>
    tf.tidy(() => tf.variable(tf.tensor1d(values), false));
  const moved = variableOf([1, -2]);
  const alone = variableOf([1, -2]);
  // such as a statistic: no optimiser moves it
  const other = variableOf([4]);
  const averages = [variableOf([1, -2]), variableOf([0])] as const;
  const optimizer = withAverage(
    createAdam(new Map([['w', moved]])),
    [
      { variable: moved, average: averages[0] },
      { variable: other, average: averages[1] },
    ],
    DECAY,
  );
  const plain = createAdam(new Map([['w', alone]]));
  const open = tf.memory().numTensors;
  let expected = [1, -2, 0];
  for (let n = 1; n <= 4; n++) {
    const gradient = tf.tensor1d([n, -1]);
    tf.dispose([optimizer.apply({ w: gradient }, RATE)!, plain.apply({ w: gradient }, RATE)!]);
    gradient.dispose();
    const decay = Math.min(DECAY, (1 + n) / (10 + n));
    const values = [...moved.dataSync(), 4];
    expected = expected.map((average, i) => decay * average + (1 - decay) * values[i]!);
    const found = averages.flatMap((average) => [...average.dataSync()]);
    found.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
    expect([...moved.dataSync()]).toEqual([...alone.dataSync()]);
  }
  expect([optimizer.updates, tf.memory().numTensors]).toEqual([4, open]);
  optimizer.dispose();
  plain.dispose();
  tf.dispose([moved, alone, other, ...averages]);
  expect(tf.memory().numTensors).toBe(before);
});
