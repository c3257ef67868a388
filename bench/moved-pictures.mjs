// How an age classifier bears small changes that are made to mislead it: `node bench/moved-pictures.mjs DATASET NETWORK …`. Every test picture
// is enlarged from --size (128) pixels, as a generator's are, and moved up its own gradient of the age loss by each of --radii (0,100,200,400
// levels, by the Euclidean norm), in --steps of 4. Prints a line of JSON a network: the share that it still sees in the right group.
import path from 'node:path';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';

const require = createRequire(import.meta.url);
const from = (file) => require(path.join(path.dirname(import.meta.dirname), 'dist', file));
const { values, positionals } = parseArgs({
  options: {
    size: { type: 'string', default: '128' },
    radii: { type: 'string', default: '0,100,200,400' },
    steps: { type: 'string', default: '4' },
    faces: { type: 'string', default: '200' },
  },
  allowPositionals: true,
});
const [directory, ...networks] = positionals;
if (networks.length === 0)
  throw new Error(
    'bench/moved-pictures.mjs: expected DATASET and networks, got fewer. See the top of the file.',
  );
const size = Number(values.size);
const steps = Number(values.steps);
const radii = values.radii.split(',').map(Number);

await from('engine/open-engine.js').openEngine();
const { tf } = from('engine/tf.js');
const { ageLoss } = from('losses/age.js');
const { toAlexNetInput } = from('losses/picture-tensors.js');
const { ALEXNET_SIZE, MEAN_RGB } = from('images/pixel-range.js');
const { openWeights } = from('weights/weight-source.js');
const { buildAlexNet, runAlexNet, shapeOf } = from('models/alexnet-network.js');
const { loadWeights } = from('models/named-weights.js');
const { ageClasses } = from('data/classification-data.js');
const { readDataset } = from('data/dataset.js');
const { loadTestImages } = from('data/batches.js');
const { worstPictures } = from('pretrain/worst-pictures.js');

const BATCH = 10;
const { rootFolder, test, classes } = await ageClasses(await readDataset(directory));
// every nth of a list that is in order of groups
const every = Math.max(1, Math.floor(test.pictures.length / Number(values.faces)));
const pictures = test.pictures.filter((_, i) => i % every === 0);

for (const name of networks) {
  const source = await openWeights(name, 'NETWORK');
  const network = buildAlexNet(await shapeOf(source));
  await loadWeights(network.weights, source);
  const right = radii.map(() => 0);
  for (let start = 0; start < pictures.length; start += BATCH) {
    const some = pictures.slice(start, start + BATCH);
    const files = some.map((one) => path.join(rootFolder, one.name));
    const shape = [some.length, size, size, 3];
    const loaded = tf.tensor4d(await loadTestImages(files, size), shape);
    tf.tidy(() => {
      const labels = tf.tensor1d(
        some.map(({ label }) => label),
        'int32',
      );
      const wanted = tf.oneHot(labels, classes.length, 1, 0, 'float32');
      // [-1, 1], as a generator's pictures are
      const faces = tf.sub(tf.div(tf.add(loaded, tf.tensor1d([...MEAN_RGB])), 127.5), 1);
      const given = toAlexNetInput(faces, ALEXNET_SIZE);
      const lossOf = (images) => ageLoss(runAlexNet(network, images).age, wanted);
      for (const [i, radius] of radii.entries()) {
        let moved = given;
        for (let step = 0; radius > 0 && step < steps; step++)
          moved = worstPictures(moved, { radius: radius / steps, size }, lossOf);
        const seen = tf.argMax(runAlexNet(network, moved).age, 1);
        right[i] += tf.sum(tf.cast(tf.equal(seen, labels), 'float32')).dataSync()[0];
      }
    });
    loaded.dispose();
  }
  const shares = Object.fromEntries(radii.map((r, i) => [r, right[i] / pictures.length]));
  console.log(JSON.stringify({ network: name, pictures: pictures.length, right: shares }));
  network.model.dispose();
}
