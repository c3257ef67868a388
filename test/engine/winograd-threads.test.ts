import { spawnSync } from 'node:child_process';
import path from 'node:path';

const dist = path.resolve(__dirname, '../../dist/engine');

/** Prints a digest of a convolution in Winograd's form and of both its gradients, of each size of kernel. */
const CHILD = `
const { createHash } = require('node:crypto');
const { tf } = require(${JSON.stringify(path.join(dist, 'tf.js'))});
require(${JSON.stringify(path.join(dist, 'open-engine.js'))}).loadEngine();
require(${JSON.stringify(path.join(dist, 'kernels', 'register.js'))}).registerKernels();
const winograd = require(${JSON.stringify(path.join(dist, 'kernels', 'winograd.js'))});
const digest = createHash('sha256');
for (const [kernel, size] of [[3, 33], [4, 18]]) {
  const x = tf.randomNormal([3, size, size, 70], 0, 1, 'float32', 1);
  const w = tf.randomNormal([kernel, kernel, 70, 67], 0, 1, 'float32', 2);
  const dy = tf.randomNormal([3, size, size, 67], 0, 1, 'float32', 3);
  const results = [
    winograd.winogradConvolution(x, w, 1),
    winograd.winogradInputGradient(dy, w, 1),
    winograd.winogradFilterGradient(x, dy, kernel, 1),
  ];
  for (const result of results) digest.update(result.dataSync());
}
console.log(digest.digest('hex'));
`;

test('Winograd’s form gives the same bits with any number of threads', () => {
  const digests = ['1', '2', '5'].map((threads) => {
    const { stdout, stderr } = spawnSync(process.execPath, ['-e', CHILD], {
      encoding: 'utf8',
      env: { ...process.env, TF_NUM_INTRAOP_THREADS: threads },
    });
    expect([stdout.length, stderr]).toEqual([65, '']);
    return stdout;
  });
  expect(new Set(digests).size).toBe(1);
});
