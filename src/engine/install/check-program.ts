/** @file A program of its own: computes a convolution and its gradients on the linked engine, and compares with numbers worked out by hand. */

import { loadEngine } from '../open-engine';
import { tf } from '../tf';

/** 3 × 3 picture 1..9, 2 × 2 kernel 1, 2, 3, 4, VALID: 1+4+12+20 = 37, and so on; gradients of the sum of all outputs. */
const EXPECTED = {
  y: [37, 47, 67, 77],
  dx: [1, 3, 2, 4, 10, 6, 3, 7, 4],
  dw: [12, 16, 24, 28],
};

const facts = loadEngine();
const x = tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 3, 3, 1]);
const w = tf.tensor4d([1, 2, 3, 4], [2, 2, 1, 1]);
const convolve = (picture: tf.Tensor, kernel: tf.Tensor): tf.Tensor =>
  tf.conv2d(picture as tf.Tensor4D, kernel as tf.Tensor4D, 1, 'valid');
const [dx, dw] = tf.grads((picture: tf.Tensor, kernel: tf.Tensor) =>
  tf.sum(convolve(picture, kernel)),
)([x, w]);
const got = {
  y: [...convolve(x, w).dataSync()],
  dx: [...(dx?.dataSync() ?? [])],
  dw: [...(dw?.dataSync() ?? [])],
};
const isRight = JSON.stringify(got) === JSON.stringify(EXPECTED);
process.stdout.write(`${JSON.stringify({ isRight, got, ...facts })}\n`);
