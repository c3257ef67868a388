import { compile } from '../../src/engine/function/compiled';
import type { Compiled, Compute, Tensors } from '../../src/engine/function/compiled';
import { tf } from '../../src/engine/tf';

const FLOAT32 = 1;
const BFLOAT16 = 14;

const open: Compiled<Tensors>[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.dispose();
});

function compiled(compute: Compute<Tensors>, precision: 'float32' | 'bfloat16'): Compiled<Tensors> {
  const one = compile({ label: 'test', off: null, precision }, compute);
  open.push(one);
  return one;
}

const draw = (shape: number[], seed: number): tf.Tensor =>
  tf.randomNormal(shape, 0, 1, 'float32', seed);

/** Ops of the one function, with the types of their first results. */
const opsOf = (one: Compiled<Tensors>): [string, number | undefined][] =>
  [...one.recordings().values()].flatMap(({ ops }) =>
    ops.map(({ op, outputs }): [string, number | undefined] => [op, outputs[0]?.dtype]),
  );

function read(outputs: Tensors): Record<string, readonly number[]> {
  const values = Object.entries(outputs).flatMap(([name, tensor]) =>
    tensor ? [[name, [...tensor.dataSync()]] as const] : [],
  );
  tf.dispose(Object.values(outputs).filter((tensor) => tensor !== null));
  return Object.fromEntries(values);
}

/** How far two lists of numbers are apart, by the length of the first. */
function distance(a: readonly number[], b: readonly number[]): number {
  const length = (values: readonly number[]): number => Math.hypot(...values);
  return length(a.map((value, i) => value - (b[i] ?? NaN))) / length(a);
}

/** Two layers, the sum of squares of what they give, and its gradients. */
function layers(): { readonly compute: Compute<Tensors>; readonly tensors: Tensors } {
  const tensors = {
    x: draw([2, 8, 8, 3], 1),
    first: tf.mul(draw([3, 3, 3, 8], 2), 0.2),
    bias: draw([8], 3),
    second: tf.mul(draw([3, 3, 8, 4], 4), 0.1),
  };
  const value = (x: tf.Tensor, first: tf.Tensor, bias: tf.Tensor, second: tf.Tensor): tf.Scalar => {
    const padded = tf.mirrorPad(x, [[0, 0], [1, 1], [1, 1], [0, 0]], 'reflect'); // prettier-ignore
    const seen = tf.leakyRelu(
      tf.add(tf.conv2d(padded as tf.Tensor4D, first as tf.Tensor4D, 1, 'valid'), bias),
    );
    const pooled = tf.maxPool(seen as tf.Tensor4D, 2, 2, 'valid');
    return tf.sum(tf.square(tf.conv2d(pooled, second as tf.Tensor4D, 1, 'same')));
  };
  const compute: Compute<Tensors> = ({ x, first, bias, second }) => {
    const { value: loss, grads } = tf.valueAndGrads(value)([x!, first!, bias!, second!]);
    const [ofX, ofFirst, ofBias, ofSecond] = grads as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    return { loss, ofX, ofFirst, ofBias, ofSecond };
  };
  return { compute, tensors };
}

test('a function in bfloat16 gives the numbers of float32 within eight bits, from its first call on', () => {
  const { compute, tensors } = layers();
  const exact = read(compute(tensors, {}));
  const one = compiled(compute, 'bfloat16');
  const results = Array.from({ length: 3 }, () =>
    read(one.call({ key: '', tensors, numbers: {} })),
  );
  expect([...one.states().values()].map(({ kind }) => kind)).toEqual(['function']);
  for (const result of results) expect(result).toEqual(results[0]);
  for (const [name, values] of Object.entries(exact)) {
    const far = distance(values, results[0]![name]!);
    expect([name, far < 0.02]).toEqual([name, true]);
    // and it is another precision
    expect([name, far > 1e-4]).toEqual([name, true]);
  }
});

test('what lies between convolutions is in bfloat16, sums are not, and no tensor is cast twice', () => {
  const { compute, tensors } = layers();
  const one = compiled(compute, 'bfloat16');
  read(one.call({ key: '', tensors, numbers: {} }));
  const ops = opsOf(one);
  const typesOf = (name: string): (number | undefined)[] =>
    ops.filter(([op]) => op === name).map(([, dtype]) => dtype);
  for (const name of ['Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter'])
    expect([name, typesOf(name)]).toEqual([name, [BFLOAT16, BFLOAT16]]);
  for (const name of ['Add', 'LeakyRelu', 'LeakyReluGrad', 'MaxPool', 'MaxPoolGrad'])
    expect([name, typesOf(name)]).toEqual([name, [BFLOAT16]]);
  for (const name of ['Square', 'Sum']) expect([name, typesOf(name)]).toEqual([name, [FLOAT32]]);
  const [recording] = one.recordings().values();
  // TensorFlow.js has casts of its own, from float32 to float32
  const casts = recording!.ops.filter(
    ({ op, inputs, outputs }) => op === 'Cast' && inputs[0]!.dtype !== outputs[0]!.dtype,
  );
  const seen = casts.map(({ inputs, attributes }) =>
    JSON.stringify([inputs, attributes.find(({ name }) => name === 'DstT')?.value]),
  );
  expect(new Set(seen).size).toBe(seen.length);
  // x, two filters and the bias; the output and its gradient; four gradients
  expect(casts.length).toBe(10);
});

test('the recordings leave variables and memory as they were, and variables stay float32', () => {
  const run = (precision: 'float32' | 'bfloat16') => {
    const w = tf.variable(draw([4, 4], 5));
    const one = compiled(({ x }, { rate }) => {
      const y = tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D);
      w.assign(tf.sub(w, tf.mul(rate!, y)));
      return { sum: tf.sum(y) };
    }, precision);
    const x = draw([4, 4], 6);
    const step = (): void =>
      void read(one.call({ key: '', tensors: { x }, numbers: { rate: 0.001 } }));
    step();
    const { numTensors } = tf.memory();
    step();
    expect(tf.memory().numTensors).toBe(numTensors);
    return [...w.dataSync()];
  };
  const exact = run('float32');
  const found = run('bfloat16');
  // two updates, not four; a weight that were kept in bfloat16 would be wrong in its third digit
  expect(distance(exact, found)).toBeLessThan(1e-5);
  expect(found).not.toEqual(exact);
});

test('what cannot be a function is an error in bfloat16', () => {
  const one = compiled(({ x }) => ({ y: tf.mul(x!, Number(x!.dataSync()[0])) }), 'bfloat16');
  const call = (): unknown => one.call({ key: '', tensors: { x: tf.tensor1d([1]) }, numbers: {} });
  for (let i = 0; i < 2; i++)
    expect(call).toThrow(
      'bfloat16: expected what is computed to become one function, got one that cannot: it reads a value back. Use --precision=tf32 or float32.',
    );
});

test('inside a gradient there is no bfloat16, and none is pretended', () => {
  const one = compiled(({ x }) => ({ y: tf.sum(tf.square(x!)) }), 'bfloat16');
  const value = (x: tf.Tensor): tf.Tensor => one.call({ key: '', tensors: { x }, numbers: {} }).y!;
  expect(() => tf.grad(value)(tf.tensor1d([1]))).toThrow('a gradient is taken around it');
});
