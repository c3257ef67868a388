import { tf } from '../../src/engine/tf';
import { createAdam } from '../../src/optimizers/adam';

const RATE = 0.1;

const variables = (values: number[]): Map<string, tf.Variable> =>
  new Map([['w', tf.variable(tf.tensor1d(values))]]);

/** TensorFlow's Adam for one weight, in double precision. */
function reference(gradients: readonly number[], rate: number): number {
  let w = 0;
  let m = 0;
  let v = 0;
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
    const adam = createAdam(weights);
    const gradients = [g, 2 * g, -0.5 * g];
    gradients.forEach((value) => adam.apply({ w: tf.tensor1d([value]) }, RATE));
    const got = weights.get('w')!.dataSync()[0]!;
    expect(Math.abs(got / reference(gradients, 0.1) - 1)).toBeLessThan(1e-4);
  },
);

test('with gradients near 1e-7 the two forms of ε differ by far more than the tolerance above', () => {
  // the paper's form adds ε after the bias correction: √(v/(1−β2)) + ε; for one update that is |g| + ε against |g|·√0.001 + ε
  const tensorFlow = reference([1e-7], 0.1);
  const paper = -0.1 * (1e-7 / (1e-7 + 1e-8));
  expect(Math.abs(tensorFlow / paper - 1)).toBeGreaterThan(0.05);
});

test('an optimiser with another\u2019s updates and slots goes on as if it had never stopped', () => {
  const whole = variables([1, 2]);
  const first = variables([1, 2]);
  const uninterrupted = createAdam(whole);
  const stopped = createAdam(first);
  const gradients = [
    [0.1, -2],
    [0.3, 1],
    [-1, 5],
  ].map((g) => tf.tensor1d(g));
  gradients.forEach((g) => uninterrupted.apply({ w: g }, RATE));
  stopped.apply({ w: gradients[0]! }, RATE);
  const resumed = createAdam(first);
  resumed.updates = stopped.updates;
  for (const [name, slot] of stopped.slots) resumed.slots.get(name)!.assign(slot);
  resumed.apply({ w: gradients[1]! }, RATE);
  resumed.apply({ w: gradients[2]! }, RATE);
  expect([...first.get('w')!.dataSync()]).toEqual([...whole.get('w')!.dataSync()]);
});

test('the norm is that of all gradients together', () => {
  const norm = createAdam(variables([0, 0])).apply({ w: tf.tensor1d([3, 4]) }, RATE);
  expect(norm!.dataSync()[0]).toBeCloseTo(5, 5);
});
