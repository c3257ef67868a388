import { compile } from '../../src/engine/function/compiled';
import {
  composedAdamW,
  composedMomentum,
  updateByAdamW,
  updateByMomentum,
} from '../../src/engine/kernels/in-place-updates';
import { hasNativeOps } from '../../src/engine/kernels/native';
import { registerKernels } from '../../src/engine/kernels/register';
import { tf } from '../../src/engine/tf';

beforeAll(registerKernels);

/** More than a thread takes, and a number that no register divides. */
const SIZES = [1, 7, 100_003];

const draw = (size: number, seed: number): tf.Tensor1D =>
  tf.randomNormal([size], 0, 1, 'float32', seed);
/** All bits of it. */
const read = (tensor: tf.Tensor): string =>
  Buffer.from(tensor.dataSync().slice().buffer).toString('base64');
const zeros = (size: number): tf.Variable => tf.variable(tf.zeros([size]));

test.each(SIZES)('our ops move %i numbers as TensorFlow’s do, to the last bit', (size) => {
  expect(hasNativeOps()).toBe(true);
  const moves = [
    { momentum: updateByMomentum, adamW: updateByAdamW },
    { momentum: composedMomentum, adamW: composedAdamW },
  ].map(({ momentum, adamW }) => {
    const w = tf.variable(draw(size, 1));
    const plain = tf.variable(draw(size, 2));
    const adam = tf.variable(draw(size, 3));
    const bias = tf.variable(draw(size, 4));
    const slots = Array.from({ length: 6 }, () => zeros(size));
    const [v1, v2, m3, v3, m4, v4] = slots;
    for (let update = 1; update <= 3; update++) {
      const gradient = draw(size, 10 + update);
      const rate = tf.scalar(0.1 / update);
      momentum(w, v1!, gradient, { rate, momentum: 0.9, decay: 0.3 });
      momentum(plain, v2!, gradient, { rate, momentum: 0.9, decay: 0 });
      const betas = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
      adamW(adam, { m: m3!, v: v3! }, gradient, { ...betas, rate, kept: tf.scalar(0.97) });
      adamW(bias, { m: m4!, v: v4! }, gradient, { ...betas, rate, kept: null });
    }
    return [w, plain, adam, bias, ...slots].map(read);
  });
  expect(moves[0]!.map((bits, i) => bits === moves[1]![i])).toEqual(Array(10).fill(true));
  // they did not stand still
  expect(moves[0]![0]).not.toBe(read(draw(size, 1)));
});

test('what has the same values keeps them: a clone, and another variable that they were assigned to', () => {
  const w = tf.variable(draw(5, 1));
  const velocity = zeros(5);
  const clone = tf.clone(w);
  const other = zeros(5);
  other.assign(w);
  const before = read(w);
  const factors = { rate: tf.scalar(0.1), momentum: 0.9, decay: 0 };
  const gradient = draw(5, 2);
  updateByMomentum(w, velocity, gradient, factors);
  expect(read(w)).not.toBe(before);
  expect([read(clone), read(other)]).toEqual([before, before]);
  const tensors = tf.memory().numTensors;
  const values = w.dataSync();
  const copy = values.slice();
  updateByMomentum(w, velocity, gradient, factors);
  expect([...values]).toEqual([...copy]);
  expect(read(w)).not.toBe(Buffer.from(copy.buffer).toString('base64'));
  expect(tf.memory().numTensors).toBe(tensors);
});

test('a gradient of another size is an error, and changes nothing', () => {
  const w = tf.variable(draw(5, 1));
  const before = read(w);
  const factors = { rate: tf.scalar(0.1), momentum: 0.9, decay: 0 };
  expect(() => updateByMomentum(w, zeros(5), draw(4, 2), factors)).toThrow(/sizes/);
  expect(read(w)).toBe(before);
});

test('an op that changes variables in place is never part of a function', () => {
  const w = tf.variable(draw(5, 1));
  const velocity = zeros(5);
  const told: string[] = [];
  const { call, dispose } = compile(
    { label: 'test', off: null, onObstacle: (reason) => told.push(reason) },
    ({ gradient }, { rate }) => {
      updateByMomentum(w, velocity, gradient!, { rate: rate!, momentum: 0.9, decay: 0 });
      return { twice: tf.add(gradient!, gradient!) };
    },
  );
  const seen = new Set<string>();
  for (let i = 0; i < 5; i++) {
    call({ key: '', tensors: { gradient: draw(5, 2) }, numbers: { rate: 0.1 } });
    seen.add(read(w));
  }
  dispose();
  expect(seen.size).toBe(5);
  expect(told).toEqual(['IpcganMomentum keeps a state']);
});
