// How well a pretrained network tells people apart whom it has never seen: `node bench/identity.mjs CHECKPOINT DATASET`, where DATASET
// was prepared with names, e.g. `ipcgan prepare cacd --aligned --images cacd-samples/train --out samples`. Prints one JSON object:
// AUC and TAR of cosine distances in each layer, and of the teacher's own descriptors.
import path from 'node:path';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const from = (file) => require(path.join(path.dirname(import.meta.dirname), 'dist', file));
const [checkpoint, directory] = process.argv.slice(2);
if (directory === undefined)
  throw new Error(
    'bench/identity.mjs: expected CHECKPOINT and DATASET, got fewer. See the top of the file.',
  );

await from('engine/open-engine.js').openEngine();
const { openWeights } = from('weights/weight-source.js');
const { buildAlexNet, runAlexNet, shapeOf } = from('models/alexnet-network.js');
const { loadWeights } = from('models/named-weights.js');
const { readDataset } = from('data/dataset.js');
const { readManifest } = from('data/manifest.js');
const { concatenated } = from('data/batches.js');
const { faceDescriptors } = from('data/teacher-descriptors.js');
const { plainBatches, toImageTensor } = from('data/labelled-batches.js');
const { pairDistances, verification } = from('statistics/pair-distances.js');

const dataset = await readDataset(directory);
const named = (await readManifest(directory)).filter(({ identity }) => identity !== null);
const people = [...new Set(named.map(({ identity }) => identity))];
const pictures = named.map(({ path: name, age, identity }) => ({
  name,
  age,
  label: people.indexOf(identity),
}));
const source = await openWeights(checkpoint, 'CHECKPOINT');
const pupil = buildAlexNet(await shapeOf(source));
await loadWeights(pupil.weights, source);

const rows = {};
for await (const batch of plainBatches(dataset.rootFolder, pictures, 16)) {
  const images = toImageTensor(batch);
  const outputs = runAlexNet(pupil, images);
  for (const [layer, tensor] of Object.entries(outputs))
    if (layer !== 'age') (rows[layer] ??= []).push(await tensor.data());
  for (const tensor of [images, ...Object.values(outputs)]) tensor.dispose();
}
const labels = pictures.map(({ label }) => label);
const result = { pictures: pictures.length, people: people.length };
for (const [layer, values] of Object.entries(rows)) {
  const joined = concatenated(values);
  const vectors = { values: joined, size: joined.length / pictures.length };
  result[layer] = verification(pairDistances(vectors, 'cosine'), labels);
}
const taught = await faceDescriptors(dataset, () => undefined);
const descriptors = Float32Array.from(pictures.flatMap(({ name }) => [...taught.get(name)]));
result.teacher = verification(
  pairDistances({ values: descriptors, size: 128 }, 'euclidean'),
  labels,
);
console.log(JSON.stringify(result));
