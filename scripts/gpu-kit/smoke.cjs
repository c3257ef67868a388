// What the networks are made of, with gradients, on the device that the engine finds. usage: smoke.cjs FILE  (writes JSON of checks and values)
const fs = require('node:fs');
const path = require('node:path');
const own = (file) => require(path.resolve(__dirname, '../../dist', file));
const { device } = own('engine/open-engine.js').loadEngine();
const { tf } = own('engine/tf.js');
const { batchNormTraining } = own('engine/kernels/batch-norm-training.js');
const { createRandom } = own('statistics/random.js');

const random = createRandom(1);
const tensor = (...shape) =>
  tf.tensor(
    Float32Array.from(
      { length: shape.reduce((product, size) => product * size, 1) },
      () => 2 * random.nextFloat() - 1,
    ),
    shape,
  );

/** Name, inputs, and what is computed of them. */
const CHECKS = [
  [
    'convolution 3 x 3',
    [tensor(4, 32, 32, 128), tensor(3, 3, 128, 128)],
    (x, w) => tf.conv2d(x, w, 1, 'same'),
  ],
  [
    'convolution 4 x 4, stride 2',
    [tensor(4, 64, 64, 69), tensor(4, 4, 69, 128)],
    (x, w) => tf.conv2d(x, w, 2, 'same'),
  ],
  [
    'convolution 4 x 4, 256 to 512',
    [tensor(4, 16, 16, 256), tensor(4, 4, 256, 512)],
    (x, w) => tf.conv2d(x, w, 1, 'same'),
  ],
  [
    'convolution 7 x 7 to 3',
    [tensor(4, 64, 64, 32), tensor(7, 7, 32, 3)],
    (x, w) => tf.conv2d(x, w, 1, 'same'),
  ],
  [
    'convolution 11 x 11, stride 4',
    [tensor(2, 227, 227, 3), tensor(11, 11, 3, 96)],
    (x, w) => tf.conv2d(x, w, 4, 'valid'),
  ],
  [
    'transposed convolution',
    [tensor(4, 32, 32, 128), tensor(3, 3, 64, 128)],
    (x, w) => tf.conv2dTranspose(x, w, [4, 64, 64, 64], 2, 'same'),
  ],
  ['product', [tensor(8, 2304), tensor(2304, 1024)], (a, b) => tf.matMul(a, b)],
  [
    'batch norm',
    [tensor(4, 32, 32, 64), tensor(64), tensor(64)],
    (x, gamma, beta) => batchNormTraining(x, gamma, beta, 1e-3).y,
  ],
  [
    'response normalisation',
    [tensor(4, 27, 27, 96)],
    (x) => tf.localResponseNormalization(x, 2, 1, 2e-5, 0.75),
  ],
  ['largest of windows', [tensor(4, 55, 55, 96)], (x) => tf.maxPool(x, 3, 2, 'valid')],
  ['resizing', [tensor(4, 128, 128, 3)], (x) => tf.image.resizeBilinear(x, [227, 227])],
  [
    'leaky ReLU',
    [tensor(4, 32, 32, 128), tensor(128)],
    (x, bias) => tf.leakyRelu(tf.add(x, bias), 0.2),
  ],
  ['softmax', [tensor(8, 5)], (x) => tf.logSoftmax(x)],
  ['parts', [tensor(12, 16, 16, 64)], (x) => tf.concat(tf.split(x, 3).reverse())],
  [
    'means and sums',
    [tensor(6, 16, 16, 8)],
    (x) => tf.add(tf.mean(tf.square(x), [1, 2]), tf.sum(tf.mul(x, x), [1, 2])),
  ],
];

const checks = CHECKS.map(([name, inputs, compute]) =>
  tf.tidy(() => {
    const started = performance.now();
    const y = compute(...inputs);
    const gradients = tf.grads(compute)(inputs, tensor(...y.shape));
    const values = [y, ...gradients].map((one) =>
      Buffer.from(Float32Array.from(one.dataSync()).buffer).toString('base64'),
    );
    return { name, milliseconds: Math.round(performance.now() - started), values };
  }),
);
fs.writeFileSync(process.argv[2], JSON.stringify({ device, checks }));
