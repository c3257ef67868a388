// How far a generator ages, in the age loss of a classifier that had no part in its training:
// `node bench/age-loss.mjs [--batch_norm=batch] AGE_RUN DATASET CHECKPOINT …`, where AGE_RUN is a run of `ipcgan pretrain --task=age` of its
// own. Every test face is shown at every group, by the moving averages, or by the statistics of eight faces at the same group, as training
// with `--labels=batch` does. Prints a line of JSON a checkpoint, and one for the faces as they are: the mean cross-entropy (the age loss),
// its mean for each group, and the share that the classifier sees in the group that was asked for.
import path from 'node:path';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';

const require = createRequire(import.meta.url);
const from = (file) => require(path.join(path.dirname(import.meta.dirname), 'dist', file));
const { values, positionals } = parseArgs({
  options: { batch_norm: { type: 'string', default: 'moving' } },
  allowPositionals: true,
});
const [classifierRun, directory, ...checkpoints] = positionals;
if (!['moving', 'batch'].includes(values.batch_norm))
  throw new Error(`--batch_norm: expected moving or batch, got ${values.batch_norm}.`);
if (checkpoints.length === 0)
  throw new Error(
    'bench/age-loss.mjs: expected AGE_RUN, DATASET and checkpoints, got fewer. See the top of the file.',
  );

await from('engine/open-engine.js').openEngine();
const { tf } = from('engine/tf.js');
const { toAlexNetInput } = from('losses/picture-tensors.js');
const { ALEXNET_SIZE, MEAN_RGB } = from('images/pixel-range.js');
const { openWeights } = from('weights/weight-source.js');
const { buildAlexNet, runAlexNet, shapeOf } = from('models/alexnet-network.js');
const { loadWeights } = from('models/named-weights.js');
const { readDataset } = from('data/dataset.js');
const { loadTestImages } = from('data/batches.js');
const { LIST_FILES, readList } = from('data/lists.js');
const { openGenerator } = from('ageing/open-generator.js');
const { ageByBatchStatistics, ageByMovingAverages } = from('ageing/age-faces.js');
const { sameLabel } = from('models/age-condition.js');

const BATCH = 8;
const dataset = await readDataset(directory);
const groups = dataset.ageBounds.length + 1;
const files = (await readList(path.join(directory, LIST_FILES.sources('test')))).map(({ name }) =>
  path.join(dataset.rootFolder, name),
);
const source = await openWeights(classifierRun, 'AGE_RUN');
const classifier = buildAlexNet(await shapeOf(source));
await loadWeights(classifier.weights, source);

/** Sums of cross-entropy and of right answers over a batch, [B,S,S,3] in [-1, 1]. */
function scored(pictures, group) {
  const [loss, right] = tf.tidy(() => {
    const { age } = runAlexNet(classifier, toAlexNetInput(pictures, ALEXNET_SIZE));
    const target = sameLabel(group, pictures.shape[0], groups);
    const crossEntropy = tf.neg(tf.sum(tf.mul(target, tf.logSoftmax(age))));
    return [crossEntropy, tf.sum(tf.cast(tf.equal(tf.argMax(age, 1), group), 'float32'))].map(
      (one) => one.dataSync()[0],
    );
  });
  return { loss, right };
}

async function measure(label, size, show) {
  const sums = Array.from({ length: groups }, () => ({ loss: 0, right: 0 }));
  for (let start = 0; start < files.length; start += BATCH) {
    const some = files.slice(start, start + BATCH);
    const sources = tf.tensor4d(await loadTestImages(some, size), [some.length, size, size, 3]);
    for (const [group, sum] of sums.entries()) {
      const pictures = show(sources, group);
      const { loss, right } = scored(pictures, group);
      sum.loss += loss / files.length;
      sum.right += right / files.length;
      pictures.dispose();
    }
    sources.dispose();
  }
  const mean = (name) => sums.reduce((total, sum) => total + sum[name] / groups, 0);
  const by_group = sums.map(({ loss }) => loss);
  console.log(
    JSON.stringify({
      checkpoint: label,
      faces: files.length,
      age_loss: mean('loss'),
      in_group: mean('right'),
      by_group,
    }),
  );
}

const loaded = [];
for (const checkpoint of checkpoints) loaded.push(await openGenerator(checkpoint));
const unchanged = (sources) =>
  tf.tidy(() => tf.sub(tf.div(tf.add(sources, tf.tensor1d([...MEAN_RGB])), 127.5), 1));
await measure('the faces as they are', loaded[0].imageSize, unchanged);
const age = values.batch_norm === 'batch' ? ageByBatchStatistics : ageByMovingAverages;
for (const { generator, imageSize, label } of loaded)
  await measure(label, imageSize, (sources, group) => age(generator, sources, group));
