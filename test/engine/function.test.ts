import { compile } from '../../src/engine/function/compiled';
import type { CallInput, Compiled, Compute, Tensors } from '../../src/engine/function/compiled';
import { adamUpdate } from '../../src/engine/kernels/adam-update';
import { runNativeSingle } from '../../src/engine/kernels/native';
import { tf } from '../../src/engine/tf';

const open: Compiled<Tensors>[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.dispose();
});

/** A computation, and what it was told of obstacles. */
function compiled(compute: Compute<Tensors>, off: string | null = null) {
  const told: string[] = [];
  const one = compile({ label: 'test', off, onObstacle: (reason) => told.push(reason) }, compute);
  open.push(one);
  return { ...one, told };
}

const input = (values: number[], numbers: CallInput['numbers'] = {}, key = ''): CallInput => ({
  key,
  tensors: { x: tf.tensor1d(values) },
  numbers,
});

/** Outputs of a call as numbers. */
function read(outputs: Tensors): Record<string, number[] | null> {
  const values = Object.entries(outputs).map(([name, tensor]) => [
    name,
    tensor && [...tensor.dataSync()],
  ]);
  tf.dispose(Object.values(outputs).filter((tensor) => tensor !== null));
  return Object.fromEntries(values) as Record<string, number[] | null>;
}

const kinds = ({ states }: Pick<Compiled<Tensors>, 'states'>): string[] =>
  [...states().values()].map((state) => state.kind);

/** y = x·w + b, w ← w − rate · y; another w for each. */
function step() {
  const w = tf.variable(tf.tensor1d([1, 2, 3]));
  const compute: Compute<Tensors> = ({ x }, { rate }) => {
    const y = tf.add(tf.mul(x!, w), 0.5);
    w.assign(tf.sub(w, tf.mul(rate!, y)));
    return { y, sum: tf.sum(y), none: null };
  };
  return { w, compute };
}

test('the fourth call of a key and shapes is a function: its outputs and variables are those of op by op, to the last bit', () => {
  const byOp = step();
  const asFunction = step();
  const one = compiled(asFunction.compute);
  const other = compiled(byOp.compute, 'asked for');
  for (let i = 0; i < 7; i++) {
    const given = [Math.sin(i), 0.3 * i, -i];
    const numbers = { rate: 0.1 / (i + 1) };
    const got = read(one.call(input(given, numbers)));
    expect(got).toEqual(read(other.call(input(given, numbers))));
    expect(got.none).toBeNull();
    expect([...asFunction.w.dataSync()]).toEqual([...byOp.w.dataSync()]);
    expect(kinds(one)).toEqual([i < 2 ? 'recording' : 'function']);
  }
  expect(kinds(other)).toEqual(['op by op']);
  expect(one.told).toEqual([]);
});

test('a function leaves no tensor behind, and a clone of a variable keeps its value', () => {
  const { w, compute } = step();
  const { call } = compiled(compute);
  const x = tf.tensor1d([1, 1, 1]);
  const run = (): void => void read(call({ key: '', tensors: { x }, numbers: { rate: 0.1 } }));
  for (let i = 0; i < 4; i++) run();
  const before = tf.memory().numTensors;
  for (let i = 0; i < 5; i++) run();
  expect(tf.memory().numTensors).toBe(before);
  const copy = tf.clone(w);
  const value = [...copy.dataSync()];
  run();
  expect([...copy.dataSync()]).toEqual(value);
  expect([...w.dataSync()]).not.toEqual(value);
});

test('other shapes and other keys are functions of their own; a variable may change between calls', () => {
  const b = tf.variable(tf.scalar(1));
  const one = compiled(({ x }) => ({ y: tf.add(x!, b) }));
  for (let i = 0; i < 5; i++) {
    b.assign(tf.scalar(i));
    expect(read(one.call(input([1, 2]))).y).toEqual([1 + i, 2 + i]);
    expect(read(one.call(input([1, 2, 3]))).y).toEqual([1 + i, 2 + i, 3 + i]);
    expect(read(one.call(input([1], {}, 'other'))).y).toEqual([1 + i]);
  }
  expect(kinds(one)).toEqual(['function', 'function', 'function']);
});

test('results that come from one op, and one result for two outputs, are told apart', () => {
  const one = compiled(({ x }) => {
    const [first, second] = tf.split(x!, 2) as [tf.Tensor, tf.Tensor];
    return { second, first, again: tf.clone(first) };
  });
  for (let i = 0; i < 5; i++)
    expect(read(one.call(input([1, i])))).toEqual({ second: [i], first: [1], again: [1] });
  expect(kinds(one)).toEqual(['function']);
});

test('constant indices of a gather are int64 in a function, which lie on a GPU, and gather what they did', () => {
  const INT64 = 9;
  const one = compiled(({ x }) => ({ y: tf.gather(x!, tf.tensor1d([2, 0, 2], 'int32')) }));
  for (let i = 0; i < 5; i++) expect(read(one.call(input([i, 5, 7])))).toEqual({ y: [7, i, 7] });
  expect([kinds(one), one.told]).toEqual([['function'], []]);
  const [recording] = one.recordings().values();
  const gathers = recording!.ops.filter(({ op }) => op === 'GatherV2');
  expect(gathers.map(({ inputs }) => inputs[1]!.dtype)).toEqual([INT64]);
});

const OUTSIDE = (): tf.Tensor => tf.keep(tf.tensor1d([7, 7]));
let calls = 0;
const outside = { tensor: null as tf.Tensor | null };

test.each<[string, RegExp, Compute<Tensors>]>([
  [
    'a number that JavaScript changes',
    /number from JavaScript/,
    ({ x }) => ({ y: tf.add(x!, calls++) }),
  ],
  [
    'an attribute that changes',
    /other attributes/,
    ({ x }) => ({
      y: runNativeSingle('LeakyRelu', [x!], { T: { type: 'float32' }, alpha: { float: calls++ } }),
    }),
  ],
  [
    'more ops than before',
    /ops, another/,
    ({ x }) => ({ y: calls++ % 2 === 0 ? tf.neg(x!) : tf.abs(tf.neg(x!)) }),
  ],
  [
    'a value that is read',
    /reads a value/,
    ({ x }) => ({ y: tf.mul(x!, Number(x!.dataSync()[0])) }),
  ],
  [
    'a tensor from outside',
    /made outside/,
    ({ x }) => ({ y: tf.add(x!, (outside.tensor ??= OUTSIDE())) }),
  ],
  [
    'an op with a state',
    /keeps a state/,
    ({ x }) => ({
      y: tf.add(
        x!,
        runNativeSingle('RandomUniform', [tf.tensor1d([2], 'int32')], {
          T: { type: 'int32' },
          dtype: { type: 'float32' },
          seed: { ints: 1 },
          seed2: { ints: 2 },
        }),
      ),
    }),
  ],
  ['an output that is its input', /returns what it was given/, ({ x }) => ({ y: tf.clone(x!) })],
])('with %s, calls go on op by op, and say why once', (_, reason, compute) => {
  calls = 0;
  const one = compiled(compute);
  const again = (): number[] | null => read(one.call(input([1, 2]))).y ?? null;
  const got = Array.from({ length: 5 }, again);
  expect(one.told).toHaveLength(1);
  expect(one.told[0]).toMatch(reason);
  expect(kinds(one)).toEqual(['op by op']);
  expect(got.every((values) => values?.length === 2)).toBe(true);
  // JavaScript went on running
  if (reason.source.includes('number from')) expect(got[4]).toEqual([5, 6]);
});

test('inside a gradient a call is seen op by op, whatever has been compiled', () => {
  const { call } = compiled(({ x }) => ({ y: tf.sum(tf.square(x!)) }));
  const x = tf.tensor1d([1, 2, 3]);
  for (let i = 0; i < 4; i++) read(call({ key: '', tensors: { x }, numbers: {} }));
  const slope = tf.grad(
    (point: tf.Tensor) => call({ key: '', tensors: { x: point }, numbers: {} }).y!,
  )(x);
  expect([...slope.dataSync()]).toEqual([2, 4, 6]);
});

test('moments that a function moves in place are those of op by op, and a copy from before a call stays', () => {
  const moving = (off: string | null) => {
    const [w, m, v] = [1, 0, 0].map((value) => tf.variable(tf.fill([3000], value))) as [
      tf.Variable,
      tf.Variable,
      tf.Variable,
    ];
    const one = compiled(({ x }, { rate }) => {
      const factors = { rate: rate!, beta1: 0.5, beta2: 0.9, epsilon: 1e-8 };
      const moved = adamUpdate([w], [tf.mul(w, x!)], { m, v }, factors);
      w.assign(moved.variables[0]!);
      return { norm: moved.norm };
    }, off);
    return { ...one, variables: [w, m, v] };
  };
  const asFunction = moving(null);
  const byOp = moving('asked for');
  const valuesOf = (tensors: readonly tf.Tensor[]): number[][] =>
    tensors.map((tensor) => [...tensor.dataSync()]);
  for (let i = 0; i < 6; i++) {
    // shared at the calls that are not recorded
    const copies = i > 2 ? asFunction.variables.map((variable) => tf.clone(variable)) : [];
    const before = valuesOf(copies);
    const given = input([0.3 * i + 1], { rate: 0.1 });
    expect(read(asFunction.call(given))).toEqual(read(byOp.call(given)));
    expect(valuesOf(asFunction.variables)).toEqual(valuesOf(byOp.variables));
    expect(valuesOf(copies)).toEqual(before);
    tf.dispose(copies);
  }
  expect(kinds(asFunction)).toEqual(['function']);
});

test('an error of the computation passes through, and the next call goes on', () => {
  let isBroken = true;
  const { call } = compiled(({ x }) => {
    if (isBroken) throw new Error('mine');
    return { y: tf.neg(x!) };
  });
  for (let i = 0; i < 3; i++) expect(() => call(input([1]))).toThrow('mine');
  isBroken = false;
  for (let i = 0; i < 5; i++) expect(read(call(input([i]))).y).toEqual([-i]);
});

/** What oneDNN's pass over whole functions may join with its neighbours, and what it is joined with. */
const JOINED: Readonly<Record<string, (x: tf.Tensor4D, filter: tf.Tensor4D) => tf.Tensor>> = {
  'a pool of overlapping windows': (x) => tf.maxPool(x, 3, 2, 'valid'),
  'local response normalisation': (x) => tf.localResponseNormalization(x, 2, 1, 2e-5, 0.75),
  'a convolution, its bias and a ReLU': (x, filter) =>
    tf.relu(tf.add(tf.conv2d(x, filter, 1, 'same'), tf.slice(filter, [0, 0, 0, 0], [1, 1, 1, -1]))),
  'a strided convolution and a leaky ReLU': (x, filter) =>
    tf.leakyRelu(tf.conv2d(x, filter, 2, 'same')),
  'a window of the picture': (x) =>
    tf.image.cropAndResize(x, [[0.1, 0.9, 0.8, 0]], [1], [57, 57], 'bilinear'),
};

test.each(
  Object.keys(JOINED).flatMap((name) =>
    [3, 4, 16, 32].map((channels) => [name, channels] as const),
  ),
)('the gradient of %s of %i channels has the same bits in a function', (name, channels) => {
  const layer = JOINED[name]!;
  const draw = (shape: number[], seed: number): tf.Tensor =>
    tf.randomNormal(shape, 0, 1, 'float32', seed);
  const { call } = compiled(({ x, filter, wanted }) => {
    const value = (seen: tf.Tensor, weights: tf.Tensor): tf.Tensor =>
      tf.sum(tf.mul(wanted!, layer(seen as tf.Tensor4D, weights as tf.Tensor4D)));
    const ofPicture = tf.grad((seen) => value(seen, filter!))(x!);
    if (!name.includes('convolution')) return { ofPicture };
    return { ofPicture, ofFilter: tf.grad((weights) => value(x!, weights))(filter!) };
  });
  const x = draw([2, 55, 55, channels], 1) as tf.Tensor4D;
  const filter = draw([3, 3, channels, channels], 2) as tf.Tensor4D;
  const tensors = { x, filter, wanted: draw(layer(x, filter).shape, 3) };
  const results = Array.from({ length: 5 }, () => read(call({ key: '', tensors, numbers: {} })));
  for (const result of results) expect(result).toEqual(results[0]);
});
