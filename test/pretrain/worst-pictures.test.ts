import { tf } from '../../src/engine/tf';
import { worstPictures } from '../../src/pretrain/worst-pictures';

const SHAPE: [number, number, number, number] = [2, 4, 4, 3];

test('each picture is moved by the radius along its own gradient, which of a linear loss is known', () => {
  const slope = tf.randomNormal<tf.Rank.R4>(SHAPE, 0, 1, 'float32', 1);
  const pictures = tf.randomUniform<tf.Rank.R4>(SHAPE, -100, 100, 'float32', 2);
  const before = tf.memory().numTensors;
  const moved = worstPictures(pictures, { radius: 30, size: 4 }, (x) =>
    tf.sum(tf.mul(x, slope)).asScalar(),
  );
  expect(tf.memory().numTensors).toBe(before + 1);
  const changes = tf.sub(moved, pictures);
  const lengths = tf.sqrt(tf.sum(tf.square(changes), [1, 2, 3])).dataSync();
  for (const length of lengths) expect(length).toBeCloseTo(30, 3);
  const slopes = tf.sqrt(tf.sum(tf.square(slope), [1, 2, 3], true));
  const error = tf.max(tf.abs(tf.sub(changes, tf.mul(tf.div(slope, slopes), 30))));
  expect(error.dataSync()[0]).toBeLessThan(1e-4);
});

test('the loss of moved pictures is higher, that of a picture without a gradient the same', () => {
  const pictures = tf.concat([
    tf.zeros<tf.Rank.R4>([1, 4, 4, 3]),
    tf.ones<tf.Rank.R4>([1, 4, 4, 3]),
  ]) as tf.Tensor4D;
  const loss = (x: tf.Tensor4D): tf.Scalar => tf.sum(tf.square(x)).asScalar();
  const moved = worstPictures(pictures, { radius: 5, size: 4 }, loss);
  const [first, second] = tf.unstack(moved) as [tf.Tensor3D, tf.Tensor3D];
  expect(tf.max(tf.abs(first)).dataSync()[0]).toBe(0);
  expect(tf.sqrt(tf.sum(tf.square(second))).dataSync()[0]).toBeCloseTo(Math.sqrt(48) + 5, 3);
});

test('changes are made on a coarser grid, and enlarged', () => {
  const slope = tf.randomNormal<tf.Rank.R4>([1, 4, 4, 3], 0, 1, 'float32', 1);
  const moved = worstPictures(tf.zeros([1, 4, 4, 3]), { radius: 9, size: 1 }, (x) =>
    tf.sum(tf.mul(x, slope)).asScalar(),
  );
  // one place for the whole picture: every pixel moves alike, along the sum of the slopes
  const sums = tf.sum(slope, [1, 2], true);
  const wanted = tf.mul(tf.div(sums, tf.sqrt(tf.sum(tf.square(sums)))), 9);
  expect(tf.max(tf.abs(tf.sub(moved, wanted))).dataSync()[0]).toBeLessThan(1e-4);
});
