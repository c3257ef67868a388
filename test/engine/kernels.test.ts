import { adamUpdate, composedUpdate } from '../../src/engine/kernels/adam-update';
import { registerActivationGradients } from '../../src/engine/kernels/activations';
import {
  batchNormTraining,
  composedBatchNormTraining,
} from '../../src/engine/kernels/batch-norm-training';
import { mirroredPadding } from '../../src/engine/kernels/convolution';
import { cropByProducts, cropWindows } from '../../src/engine/kernels/crop-windows';
import { hasNativeOps } from '../../src/engine/kernels/native';
import { functionBackend } from '../../src/engine/function/binding';
import { registerKernels } from '../../src/engine/kernels/register';
import { splitAligned } from '../../src/engine/kernels/split-aligned';
import { withoutGradients } from '../../src/engine/kernels/unneeded-gradients';
import {
  winogradConvolution,
  winogradFilterGradient,
  winogradInputGradient,
} from '../../src/engine/kernels/winograd';
import { recordPass } from '../../src/engine/recorded-pass';
import { tf } from '../../src/engine/tf';
import { assignValues } from '../../src/models/named-weights';
import { relativeError } from '../support/close';

const CLOSE = 1e-4;

beforeAll(registerKernels);

test('fused batch norm and its three gradients equal the composed ones', () => {
  const x = tf.randomNormal([3, 5, 4, 7], 2, 3, 'float32', 1) as tf.Tensor4D;
  const gamma = tf.randomUniform([7], 0.5, 1.5, 'float32', 2) as tf.Tensor1D;
  const beta = tf.randomNormal([7], 0, 1, 'float32', 3) as tf.Tensor1D;
  const dy = tf.randomNormal([3, 5, 4, 7], 0, 1, 'float32', 4);
  const results = [batchNormTraining, composedBatchNormTraining].map((norm) => {
    const forward = norm(x, gamma, beta, 1e-3);
    const f = (a: tf.Tensor, b: tf.Tensor, c: tf.Tensor): tf.Tensor =>
      norm(a as tf.Tensor4D, b as tf.Tensor1D, c as tf.Tensor1D, 1e-3).y;
    return [forward.y, forward.mean, forward.variance, ...tf.grads(f)([x, gamma, beta], dy)].map(
      (t) => t.dataSync(),
    );
  });
  results[0]!.forEach((got, i) => expect(relativeError(got, results[1]![i]!)).toBeLessThan(CLOSE));
});

test('the variance of fused batch norm is the biased one', () => {
  const x = tf.tensor4d([1, 2, 3, 6], [4, 1, 1, 1]);
  const { mean, variance } = batchNormTraining(x, tf.ones([1]), tf.zeros([1]), 1e-3);
  expect(mean.dataSync()[0]).toBeCloseTo(3, 6);
  expect(variance.dataSync()[0]).toBeCloseTo((4 + 1 + 0 + 9) / 4, 5);
});

test('batch norm leaves no tensor behind when only the gradient of its input is asked for', () => {
  const x = tf.randomNormal([2, 3, 3, 4]);
  const gamma = tf.ones([4]) as tf.Tensor1D;
  const beta = tf.zeros([4]) as tf.Tensor1D;
  const run = (): void =>
    tf.dispose(
      tf.grad((a: tf.Tensor) =>
        tf.sum(tf.square(batchNormTraining(a as tf.Tensor4D, gamma, beta, 1e-3).y)),
      )(x),
    );
  run();
  const before = tf.memory().numTensors;
  run();
  expect(tf.memory().numTensors).toBe(before);
});

test.each([
  [3, 3, 64, 9],
  [4, 5, 64, 8],
  [4, 2, 96, 7],
  [7, 3, 64, 10],
])(
  'the input gradient of a %ix%i-kernel stride-1 convolution equals finite differences',
  (kernel, inputs, outputs, size) => {
    const x = tf.randomNormal([1, size, size, inputs], 0, 1, 'float32', 5) as tf.Tensor4D;
    const w = tf.randomNormal(
      [kernel, kernel, inputs, outputs],
      0,
      0.1,
      'float32',
      6,
    ) as tf.Tensor4D;
    const dy = tf.randomNormal([1, size, size, outputs], 0, 1, 'float32', 7);
    const value = (picture: tf.Tensor4D): number =>
      tf.sum(tf.mul(tf.conv2d(picture, w, 1, 'same'), dy)).dataSync()[0]!;
    const dx = tf.grad((a: tf.Tensor) => tf.conv2d(a as tf.Tensor4D, w, 1, 'same'))(x, dy);
    const direction = tf.randomNormal(x.shape, 0, 1, 'float32', 8);
    const step = 0.05;
    const numeric =
      (value(tf.add(x, tf.mul(direction, step))) - value(tf.sub(x, tf.mul(direction, step)))) /
      (2 * step);
    const analytic = tf.sum(tf.mul(dx, direction)).dataSync()[0]!;
    expect(Math.abs(analytic - numeric) / Math.abs(numeric)).toBeLessThan(5e-3);
  },
);

test.each([
  [11, 4, 'valid', 31],
  [11, 4, 'valid', 33],
  [4, 2, 'same', 16],
  [5, 3, 'same', 20],
] as const)(
  'the gradient of a picture under a kernel of %i at stride %i, %s, %i pixels equals finite differences',
  (kernel, stride, pad, size) => {
    const x = tf.randomNormal([2, size, size, 3], 0, 1, 'float32', 5) as tf.Tensor4D;
    const w = tf.randomNormal([kernel, kernel, 3, 8], 0, 0.1, 'float32', 6) as tf.Tensor4D;
    const f = (picture: tf.Tensor): tf.Tensor => tf.conv2d(picture as tf.Tensor4D, w, stride, pad);
    const dy = tf.randomNormal(f(x).shape, 0, 1, 'float32', 7);
    const dx = tf.grad(f)(x, dy);
    expect(dx.shape).toEqual(x.shape);
    // the function is linear: differences are exact, pixel by pixel
    const direction = tf.randomNormal(x.shape, 0, 1, 'float32', 8);
    const numeric = tf.sum(tf.mul(f(direction), dy)).dataSync()[0]!;
    expect(
      Math.abs(tf.sum(tf.mul(dx, direction)).dataSync()[0]! - numeric) / Math.abs(numeric),
    ).toBeLessThan(1e-3);
  },
);

test.each([
  [7, 16],
  [5, 10],
  [7, 15],
])(
  'a kernel of %i with three outputs at %i pixels gives what padding and a plain convolution give',
  (kernel, size) => {
    const x = tf.randomNormal([2, size, size, 6], 0, 1, 'float32', 5) as tf.Tensor4D;
    const w = tf.randomNormal([kernel, kernel, 6, 3], 0, 0.1, 'float32', 6) as tf.Tensor4D;
    const side: [number, number] = [(kernel - 1) / 2, (kernel - 1) / 2];
    const padded = tf.pad(x, [[0, 0], side, side, [0, 0]]);
    const expected = tf.conv2d(padded, w, 1, 'valid');
    expect(relativeError(tf.conv2d(x, w, 1, 'same').dataSync(), expected.dataSync())).toBeLessThan(
      1e-5,
    );
    const bias = tf.tensor1d([1, -2, 3]);
    const withBias = tf.fused.conv2d({ x, filter: w, strides: 1, pad: 'same', bias });
    expect(relativeError(withBias.dataSync(), tf.add(expected, bias).dataSync())).toBeLessThan(
      1e-5,
    );
  },
);

test.each([
  ['LRN', (x: tf.Tensor) => tf.localResponseNormalization(x as tf.Tensor4D, 2, 1, 0.5, 0.75)],
  ['resize', (x: tf.Tensor) => tf.image.resizeBilinear(x as tf.Tensor4D, [11, 11], false, false)],
  [
    'batch norm',
    (x: tf.Tensor) => batchNormTraining(x as tf.Tensor4D, tf.ones([6]), tf.zeros([6]), 1e-3).y,
  ],
])('the gradient of %s equals finite differences', (_, f) => {
  const x = tf.randomNormal([2, 7, 7, 6], 0, 1, 'float32', 21);
  const dy = tf.randomNormal(f(x).shape, 0, 1, 'float32', 22);
  const direction = tf.randomNormal(x.shape, 0, 1, 'float32', 23);
  const value = (picture: tf.Tensor): number => tf.sum(tf.mul(f(picture), dy)).dataSync()[0]!;
  const step = 1e-2;
  const numeric =
    (value(tf.add(x, tf.mul(direction, step))) - value(tf.sub(x, tf.mul(direction, step)))) /
    (2 * step);
  const analytic = tf.sum(tf.mul(tf.grad(f)(x, dy), direction)).dataSync()[0]!;
  expect(Math.abs(analytic - numeric) / Math.abs(numeric)).toBeLessThan(2e-2);
});

test('an even kernel is mirrored with the larger padding first', () => {
  expect(mirroredPadding(4)).toEqual([2, 1]);
  expect(mirroredPadding(3)).toEqual([1, 1]);
});

test('ReLU and leaky ReLU pass gradients by the sign of their input', () => {
  registerActivationGradients();
  const x = tf.tensor1d([-2, -0.5, 0.5, 3]);
  expect([
    ...tf
      .grad((a: tf.Tensor) => tf.relu(a))(x, tf.tensor1d([1, 2, 3, 4]))
      .dataSync(),
  ]).toEqual([0, 0, 3, 4]);
  const leaky = tf
    .grad((a: tf.Tensor) => tf.leakyRelu(a, 0.2))(x, tf.tensor1d([1, 2, 3, 4]))
    .dataSync();
  expect(relativeError(leaky, [0.2, 0.4, 3, 4])).toBeLessThan(1e-6);
});

test('the op of our own moves variables as the composed update does, and gives the same moments and norm', () => {
  expect(hasNativeOps()).toBe(true);
  // more values than one part of its work, and no multiple of a register's
  const shapes = [[3, 3, 7, 5], [70_001], [1]];
  const draw = (seed: number, low = -1): tf.Tensor[] =>
    shapes.map((shape, i) => tf.randomUniform(shape, low, 1, 'float32', 10 * seed + i));
  const variables = draw(1);
  const gradients = draw(2);
  const total = 315 + 70_001 + 1;
  const factors = { rate: tf.scalar(0.01), beta1: 0.5, beta2: 0.999, epsilon: 1e-8 };
  const [ours, composed] = [adamUpdate, composedUpdate].map((update) => {
    const moments = {
      m: tf.variable(tf.randomUniform([total], -1, 1, 'float32', 3)),
      v: tf.variable(tf.randomUniform([total], 0, 1, 'float32', 4)),
    };
    const moved = update(variables, gradients, moments, factors);
    return [...moved.variables, moments.m, moments.v, moved.norm];
  });
  expect(ours!.map(({ shape }) => shape)).toEqual([...shapes, [total], [total], []]);
  ours!.forEach((tensor, i) =>
    expect(relativeError(tensor.dataSync(), composed![i]!.dataSync())).toBeLessThan(1e-5),
  );
});

test('moments whose values another tensor shares get their own before they are moved in place', () => {
  const m = tf.variable(tf.tensor1d([1, 2]));
  const v = tf.variable(tf.tensor1d([3, 4]));
  const before = [tf.clone(m), tf.clone(v)];
  const variables = [tf.tensor1d([5, 6])];
  const factors = { rate: tf.scalar(0.01), beta1: 0.5, beta2: 0.5, epsilon: 1e-8 };
  adamUpdate(variables, [tf.tensor1d([1, 1])], { m, v }, factors);
  expect(before.map((tensor) => [...tensor.dataSync()])).toEqual([
    [1, 2],
    [3, 4],
  ]);
  expect([m, v].map((tensor) => [...tensor.dataSync()])).toEqual([
    [1, 1.5],
    [2, 2.5],
  ]);
});

test('an array that moments were read from stays as it is when they are moved', () => {
  // a tensor lies in its array where that is aligned as TensorFlow's own memory: some of these are
  for (let size = 2000; size < 2040; size++) {
    const values = new Float32Array(size).fill(1);
    const [m, v] = [0, 0].map((value) => tf.variable(tf.fill([size], value))) as [
      tf.Variable,
      tf.Variable,
    ];
    assignValues(m, values);
    const factors = { rate: tf.scalar(0.01), beta1: 0.5, beta2: 0.5, epsilon: 1e-8 };
    adamUpdate([tf.fill([size], 1)], [tf.fill([size], 3)], { m, v }, factors);
    expect([m.dataSync()[size - 1], values.every((value) => value === 1)]).toEqual([2, true]);
  }
});

test('a product of single matrices equals the one worked out by hand, transposed or not', () => {
  const a = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
  const b = tf.tensor2d([1, 0, 2, 1, 0, 3], [3, 2]);
  expect([...tf.matMul(a, b).dataSync()]).toEqual([5, 11, 14, 23]);
  expect([...tf.matMul(a, a, false, true).dataSync()]).toEqual([14, 32, 32, 77]);
  expect([...tf.matMul(tf.stack([a, a]), tf.stack([b, b])).dataSync()]).toEqual([
    5, 11, 14, 23, 5, 11, 14, 23,
  ]);
});

test('a recorded pass gives the gradients of tf.variableGrads, whatever is differentiated between its halves', () => {
  const x = tf.variable(tf.tensor1d([3, -1]));
  const unreached = tf.variable(tf.scalar(1));
  const before = tf.memory().numTensors;
  const pass = recordPass(() => tf.square(tf.mul(x, 2)));
  // d y³/dy, of the output itself: 3y² at y = 4x²
  const gradient = tf.grad((y: tf.Tensor) => tf.mul(y, tf.mul(y, y)))(pass.output);
  expect([...gradient.dataSync()]).toEqual([3 * 36 ** 2, 3 * 4 ** 2]);
  const [ofX, none] = pass.backward([x, unreached], gradient);
  // times dy/dx = 8x
  expect([...ofX!.dataSync()]).toEqual([3 * 36 ** 2 * 24, 3 * 4 ** 2 * -8]);
  expect(none).toBeNull();
  tf.dispose([gradient, ofX!]);
  expect(tf.memory().numTensors).toBe(before);
});

test('a recorded pass that is not run backwards gives its activations back', () => {
  const x = tf.variable(tf.tensor1d([3, -1]));
  const before = tf.memory().numTensors;
  recordPass(() => tf.square(tf.mul(x, 2))).dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test('a pass frees activations as it goes backwards, and gradients on their way, but those that it gives', () => {
  const x = tf.variable(tf.tensor1d([1, 2]));
  const given = tf.tensor1d([1, 1]);
  const seen: number[] = [];
  // passes its gradient on as it is, and looks how many tensors there are then
  const look = tf.customGrad((value) => ({
    value: tf.clone(value as tf.Tensor),
    gradFunc: (dy: tf.Tensor) => {
      seen.push(tf.memory().numTensors);
      return dy;
    },
  }));
  const before = tf.memory().numTensors;
  const pass = recordPass(() => {
    let y = look(tf.mul(x, 1));
    for (let i = 0; i < 10; i++) y = tf.square(y);
    return look(y);
  });
  const [gradient] = pass.backward([x], given);
  // at its end what remains is the output, gradients of two ops, and what the first op saved
  expect(seen[1]! - before).toBeLessThan(10);
  expect(seen[0]! - seen[1]!).toBeGreaterThanOrEqual(8);
  expect([...gradient!.dataSync()]).toEqual([1024, Infinity]);
  expect([...given.dataSync()]).toEqual([1, 1]);
  gradient!.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test('of a sum and of parts put together only the shapes are kept', () => {
  const x = tf.variable(tf.ones([4, 1000]));
  const before = tf.memory().numBytes;
  const pass = recordPass(() => tf.concat([tf.add(x, 1), tf.add(x, tf.ones([1000]))]));
  expect(tf.memory().numBytes - before).toBe(4 * 8 * 1000);
  const [gradient] = pass.backward([x], tf.ones([8, 1000]));
  expect([...gradient!.dataSync().slice(0, 3)]).toEqual([2, 2, 2]);
});

test('a pass cannot be recorded inside a gradient, whose tape it would break', () => {
  const x = tf.variable(tf.scalar(3));
  expect(() => tf.variableGrads(() => recordPass(() => tf.square(x)).output.asScalar())).toThrow(
    'recordPass: expected no gradient being taken around it',
  );
});

// numbers of channels that are no multiple of a register's lanes, of what is worked on at once, nor of each other
test.each([
  [4, 16, 1, 2, 70, 67],
  [4, 18, 1, 2, 70, 67],
  [4, 9, 2, 2, 70, 67],
  [4, 8, 1, 1, 5, 300],
  [3, 16, 1, 2, 70, 67],
  [3, 13, 1, 2, 192, 33],
  [3, 13, 1, 1, 33, 192],
  [3, 5, 0, 2, 70, 67],
  [3, 4, 1, 1, 1, 1],
  // more tiles than a block, a last one that is not whole
  [3, 33, 1, 3, 20, 40],
])(
  'Winograd’s form of kernels of %i at %i pixels, %i before the first, batch %i, %i to %i channels, equals the direct convolution, its bias and both gradients, to the same bits each time',
  (kernel, size, before, batch, inputs, outputs) => {
    const x = tf.randomNormal([batch, size, size, inputs], 0, 1, 'float32', 11) as tf.Tensor4D;
    const w = tf.randomNormal(
      [kernel, kernel, inputs, outputs],
      0,
      0.1,
      'float32',
      12,
    ) as tf.Tensor4D;
    const dy = tf.randomNormal([batch, size, size, outputs], 0, 1, 'float32', 13) as tf.Tensor4D;
    const bias = tf.randomNormal([outputs], 0, 1, 'float32', 14);
    const side = [before, kernel - 1 - before] as [number, number];
    const direct = (picture: tf.Tensor, filter: tf.Tensor): tf.Tensor =>
      tf.conv2d(
        tf.pad(picture as tf.Tensor4D, [[0, 0], side, side, [0, 0]]),
        filter as tf.Tensor4D,
        1,
        'valid',
      );
    const expected = [tf.add(direct(x, w), bias), ...tf.grads(direct)([x, w], dy)];
    const run = (): tf.Tensor[] => [
      winogradConvolution(x, w, before, bias),
      winogradInputGradient(dy, w, before),
      winogradFilterGradient(x, dy, kernel, before),
    ];
    const got = run();
    const again = run();
    got.forEach((tensor, i) => {
      expect(tensor.shape).toEqual(expected[i]!.shape);
      expect(relativeError(tensor.dataSync(), expected[i]!.dataSync())).toBeLessThan(1e-5);
      expect(again[i]!.dataSync()).toEqual(tensor.dataSync());
    });
  },
);

test('the discriminator’s large layers go by Winograd’s form, with the gradients of the direct one', () => {
  const x = tf.randomNormal([1, 16, 16, 512], 0, 1, 'float32', 14) as tf.Tensor4D;
  const w = tf.randomNormal([4, 4, 512, 256], 0, 0.02, 'float32', 15) as tf.Tensor4D;
  const dy = tf.randomNormal([1, 16, 16, 256], 0, 1, 'float32', 16);
  const f = (picture: tf.Tensor, filter: tf.Tensor): tf.Tensor =>
    tf.conv2d(picture as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same');
  const run = (winograd: string): (Float32Array | Int32Array | Uint8Array)[] => {
    process.env.IPCGAN_WINOGRAD = winograd;
    const results = [f(x, w), ...tf.grads(f)([x, w], dy)].map((tensor) => tensor.dataSync());
    delete process.env.IPCGAN_WINOGRAD;
    return results;
  };
  const fast = run('1');
  const direct = run('0');
  fast.forEach((values, i) => {
    const error = relativeError(values, direct[i]!);
    expect(error).toBeLessThan(CLOSE);
    // other bits: otherwise the shape was not recognised and both took one road
    expect(error).toBeGreaterThan(0);
  });
});

test('a sum over all axes but the channels is what adding up gives; other sums are not touched', () => {
  const x = tf.randomNormal([3, 5, 7, 4], 0, 1, 'float32', 5) as tf.Tensor4D;
  const rows = x.reshape([3 * 5 * 7, 4]).arraySync() as number[][];
  const expected = [0, 1, 2, 3].map((channel) => rows.reduce((sum, row) => sum + row[channel]!, 0));
  expect(relativeError(tf.sum(x, [0, 1, 2]).dataSync(), expected)).toBeLessThan(1e-5);
  const all = expected.reduce((sum, value) => sum + value, 0);
  expect(tf.sum(x).dataSync()[0]).toBeCloseTo(all, 3);
  const kept = tf.sum(x, [0, 1, 2], true);
  expect([kept.shape, relativeError(kept.dataSync(), expected) < 1e-5]).toEqual([
    [1, 1, 1, 4],
    true,
  ]);
});

test('a reshape to the same shape shares the values, and outlives the tensor that it came from', () => {
  const x = tf.tensor2d([1, 2, 3, 4], [2, 2]);
  const same = tf.reshape(x, [2, 2]);
  const flat = tf.reshape(x, [4]);
  x.dispose();
  expect([[...same.dataSync()], [...flat.dataSync()]]).toEqual([
    [1, 2, 3, 4],
    [1, 2, 3, 4],
  ]);
});

test('gradients that nobody needs are left out, and the others stay what they are', () => {
  const x = tf.randomNormal([2, 8, 8, 3], 0, 1, 'float32', 1) as tf.Tensor4D;
  const w = tf.variable(
    tf.randomNormal([3, 3, 3, 5], 0, 1, 'float32', 2),
  ) as unknown as tf.Tensor4D;
  const bias = tf.randomNormal([5], 0, 1, 'float32', 3) as tf.Tensor1D;
  const loss = (input: tf.Tensor): tf.Scalar =>
    tf.sum(
      tf.square(
        tf.fused.conv2d({ x: input as tf.Tensor4D, filter: w, strides: 1, pad: 'same', bias }),
      ),
    );
  const used: string[] = [];
  const backend = tf.backend() as unknown as {
    executeSingleOutput: (name: string, ...rest: unknown[]) => unknown;
  };
  const original = backend.executeSingleOutput.bind(backend);
  backend.executeSingleOutput = (name, ...rest) => {
    used.push(name);
    return original(name, ...rest);
  };
  const whole = tf.grad(loss)(x).dataSync();
  expect(used).toContain('Conv2DBackpropFilter');
  used.length = 0;
  expect(withoutGradients({ filters: true }, () => tf.grad(loss)(x)).dataSync()).toEqual(whole);
  expect(used).not.toContain('Conv2DBackpropFilter');
  const ofFilter = (): Float32Array =>
    tf
      .variableGrads(() => loss(x), [w as unknown as tf.Variable])
      .grads[(w as unknown as tf.Variable).name]!.dataSync() as Float32Array;
  const expected = ofFilter();
  used.length = 0;
  expect(withoutGradients({ inputTo: w }, ofFilter)).toEqual(expected);
  backend.executeSingleOutput = original;
  expect(used).not.toContain('Conv2DBackpropInput');
});

test.each<[string, number | number[] | undefined]>([
  ['all axes', undefined],
  ['one axis', 1],
  ['the last axis, counted from behind', -1],
  ['two axes', [0, 2]],
])(
  'the gradients of a sum and of a mean over %s are one number for all that was reduced',
  (_, axis) => {
    const x = tf.randomUniform([3, 4, 5], -1, 1, 'float32', 1);
    const weights = tf.randomUniform(tf.mean(x, axis).shape, -1, 1, 'float32', 2);
    const gradientOf = (reduce: (x: tf.Tensor) => tf.Tensor): tf.Tensor =>
      tf.grad((y: tf.Tensor) => tf.sum(tf.mul(reduce(y), weights)))(x);
    const kept = tf.mean(x, axis, true).shape;
    const ofSum = tf.add(tf.zeros(x.shape), tf.reshape(weights, kept));
    const got = gradientOf((y) => tf.sum(y, axis));
    expect(got.shape).toEqual(x.shape);
    expect(got.dataSync()).toEqual(ofSum.dataSync());
    const ofMean = tf.div(ofSum, x.size / weights.size);
    expect(
      relativeError(gradientOf((y) => tf.mean(y, axis)).dataSync(), ofMean.dataSync()),
    ).toBeLessThan(1e-6);
  },
);

test('no tensor of ones is sent for the gradient of a sum', () => {
  const { binding } = functionBackend();
  const sent: number[] = [];
  const noted = Object.create(binding) as typeof binding;
  Object.defineProperty(noted, 'createTensor', {
    value: (shape: number[], dtype: number, values: ArrayLike<number>) => {
      sent.push(values.length);
      return binding.createTensor(shape, dtype, values);
    },
  });
  const x = tf.randomUniform([30, 40], -1, 1, 'float32', 1);
  // what is made lies in JavaScript until an op takes it
  functionBackend().getInputTensorIds([x]);
  functionBackend().binding = noted;
  try {
    tf.grad((y: tf.Tensor) => tf.sum(tf.square(y)))(x).dataSync();
  } finally {
    functionBackend().binding = binding;
  }
  expect(Math.max(...sent)).toBeLessThan(x.size);
});

test.each([[[16, 32, 3]], [[16, 3, 32]], [[5, 16]], [[32, 16]], [[48]], [[16, 3]]])(
  'a vector is cut into pieces of %s',
  (sizes) => {
    const total = sizes.reduce((sum, size) => sum + size, 0);
    const vector = tf.range(0, total) as tf.Tensor1D;
    const pieces = splitAligned(vector, sizes).map((piece) => [...piece.dataSync()]);
    expect(pieces.map((piece) => piece.length)).toEqual(sizes);
    expect(pieces.flat()).toEqual([...vector.dataSync()]);
  },
);

test.each<[string, readonly [number, number, number, number], readonly [number, number]]>([
  ['the whole picture', [0, 0, 1, 1], [9, 12]],
  ['an enlarged part', [0.1, 0.3, 0.8, 0.7], [9, 12]],
  ['a part of another size', [0.1, 0.3, 0.8, 0.7], [5, 20]],
  ['a mirrored one', [0.1, 0.9, 0.8, 0.2], [9, 12]],
  ['one that is partly outside', [-0.3, 0.4, 0.7, 1.4], [9, 12]],
])('a window by products is that of the op, with its gradient: %s', (_, window, size) => {
  const pictures = tf.randomUniform<tf.Rank.R4>([2, 9, 12, 3], -1, 1, 'float32', 1);
  const windows = tf.tensor2d([[...window], [0.05, 0.05, 0.9, 0.95]]);
  const dy = tf.randomUniform([2, ...size, 3], -1, 1, 'float32', 2);
  const [op, products] = [cropWindows, cropByProducts].map((crop) => {
    const compute = (x: tf.Tensor): tf.Tensor => crop(x as tf.Tensor4D, windows, size);
    return [compute(pictures), tf.grad(compute)(pictures, dy)].map((one) => one.dataSync());
  }) as unknown as [ArrayLike<number>[], ArrayLike<number>[]];
  products.forEach((got, i) => expect(relativeError(got, op[i]!)).toBeLessThan(1e-5));
});
