import { tf } from '../../src/engine/tf';
import { ADAM, createAdam } from '../../src/optimizers/adam';

const variables = (values: number[]): Map<string, tf.Variable> =>
  new Map([['w', tf.variable(tf.tensor1d(values))]]);

/** TensorFlow's Adam for one weight, in double precision. */
function reference(gradients: readonly number[], rate: number): number {
  let [w, m, v] = [0, 0, 0];
  gradients.forEach((g, i) => {
    m = 0.5 * m + 0.5 * g;
    v = 0.999 * v + 0.001 * g * g;
    w -=
      ((rate * Math.sqrt(1 - 0.999 ** (i + 1))) / (1 - 0.5 ** (i + 1))) *
      (m / (Math.sqrt(v) + 1e-8));
  });
  return w;
}

test.each([[1], [1e-3], [1e-7], [-3e-8]])(
  'three updates with a gradient of %p are those of TensorFlow’s form, not of the paper’s',
  (g) => {
    const weights = variables([0]);
    const adam = createAdam(weights, { ...ADAM, learningRate: 0.1 });
    const gradients = [g, 2 * g, -0.5 * g];
    gradients.forEach((value) => adam.apply({ w: tf.tensor1d([value]) }));
    const got = weights.get('w')!.dataSync()[0]!;
    expect(Math.abs(got / reference(gradients, 0.1) - 1)).toBeLessThan(1e-4);
  },
);

test('with gradients near 1e-7 the two forms of ε differ by far more than the tolerance above', () => {
  // the paper's form adds ε after the bias correction: √(v/(1−β2)) + ε; for one update that is |g| + ε against |g|·√0.001 + ε
  const [tensorFlow, paper] = [reference([1e-7], 0.1), -0.1 * (1e-7 / (1e-7 + 1e-8))];
  expect(Math.abs(tensorFlow / paper - 1)).toBeGreaterThan(0.05);
});

test('a restored optimiser goes on as if it had never stopped', async () => {
  const [whole, first] = [variables([1, 2]), variables([1, 2])];
  const [a, b] = [whole, first].map((weights) =>
    createAdam(weights, { ...ADAM, learningRate: 0.1 }),
  );
  const gradients = [
    [0.1, -2],
    [0.3, 1],
    [-1, 5],
  ].map((g) => tf.tensor1d(g));
  gradients.forEach((g) => a!.apply({ w: g }));
  b!.apply({ w: gradients[0]! });
  const resumed = createAdam(first, { ...ADAM, learningRate: 0.1 });
  resumed.restore(await b!.state());
  resumed.apply({ w: gradients[1]! });
  resumed.apply({ w: gradients[2]! });
  expect([...first.get('w')!.dataSync()]).toEqual([...whole.get('w')!.dataSync()]);
});

test('a state of other variables is refused', async () => {
  const adam = createAdam(variables([1, 2]), { ...ADAM, learningRate: 0.1 });
  const other = await createAdam(variables([1]), { ...ADAM, learningRate: 0.1 }).state();
  expect(() => adam.restore(other)).toThrow('optimiser state: expected 2 moments, got 1 and 1');
});

test('the norm is that of all gradients together', () => {
  const adam = createAdam(variables([0, 0]), { ...ADAM, learningRate: 0.1 });
  expect(adam.apply({ w: tf.tensor1d([3, 4]) }).dataSync()[0]).toBeCloseTo(5, 5);
});
