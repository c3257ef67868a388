// Seconds a training step at random inputs: `node bench/step.mjs [batch] [steps]`. The keys are those of the peer's (bench/torch_step.py
// of the same kind), so that the two can be compared; measure both in one sitting, machines are noisy.
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const dist = path.join(path.dirname(path.dirname(fileURLToPath(import.meta.url))), 'dist');
const load = (file) => require(path.join(dist, file));
const { tf } = load('engine/tf.js');
const { buildTrainedNetworks, loadJudges, networkSettings } = load('train/networks.js');
const { ADAM, createAdam } = load('train/adam.js');
const { trainableWeights } = load('models/named-weights.js');
const { readStep, trainStep } = load('train/train-step.js');
const { sameLabel } = load('models/age-condition.js');

const [batch, steps] = [Number(process.argv[2] ?? 8), Number(process.argv[3] ?? 6)];
const size = 128;
const networks = buildTrainedNetworks(networkSettings({ image_size: size, age_groups: 5, age_bounds: [20, 30, 40, 50], width: 1 }), 1);
const weights = { gan: 75, fea: 0.5e-4, age: 30, tv: 0 };
const files = { alexnet_pretrained_model: '/none', age_pretrained_model: '/none', allow_untrained: true };
const { frozen } = await loadJudges(weights, { featureLayer: 'conv5', ageGroups: 5 }, files, 1);
const adam = (model) => createAdam(trainableWeights(model), { ...ADAM, learningRate: 0.001 });
const optimizers = { discriminator: adam(networks.discriminator), generator: adam(networks.generator) };
const picture = (side, low, high) => tf.randomUniform([batch, side, side, 3], low, high);
const input = {
  source: picture(size, -110, 130),
  source227: picture(227, -110, 130),
  real: picture(size, -1, 1),
  trueLabel: sameLabel(1, batch, 5),
  falseLabel: sameLabel(3, batch, 5),
};

const backend = tf.backend();
let kernels = 0;
for (const name of ['executeSingleOutput', 'executeMultipleOutputs']) {
  const original = backend[name].bind(backend);
  backend[name] = (...args) => {
    kernels++;
    return original(...args);
  };
}
const seconds = [];
for (let step = 0; step <= steps; step++) {
  const started = performance.now();
  kernels = 0;
  await readStep(trainStep({ ...networks, frozen }, optimizers, { weights, dIter: 1, gIter: 1 }, input));
  // the first one warms up
  if (step > 0) seconds.push((performance.now() - started) / 1000);
}
const median = seconds.sort((a, b) => a - b)[Math.floor(seconds.length / 2)];
const round = (value, digits) => Number(value.toFixed(digits));
console.log(
  JSON.stringify({
    what: `ipcgan, tfjs ${tf.version.tfjs}`,
    batch,
    size,
    step_seconds: round(median, 4),
    fastest: round(seconds[0], 4),
    slowest: round(seconds.at(-1), 4),
    images_per_second: round(batch / median, 3),
    peak_rss_gb: round(process.resourceUsage().maxRSS / 1e6, 3),
    kernels_per_step: kernels,
    live_tensors: tf.memory().numTensors,
  }),
);
