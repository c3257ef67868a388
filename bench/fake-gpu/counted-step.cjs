// A process of its own, with the GPU that does nothing: trains steps, counts one, and prints JSON. usage: counted-step.cjs CHECKOUT SETTINGS
const path = require('node:path');
const [checkout, given] = process.argv.slice(2);
const { batch = 8, size = 128, steps = 12, ...settings } = JSON.parse(given);
const own = (file) => require(path.join(checkout, 'dist', file));

const counter = { exports: {} };
process.dlopen(counter, process.env.IPCGAN_FAKE_GPU);
const { start, stop } = counter.exports;

const sum = (rows, prefix, column = 1) =>
  rows
    .filter(([what]) => `${what} `.startsWith(`${prefix} `))
    .reduce((total, row) => total + row[column], 0);

(async () => {
  const { device } = own('engine/open-engine.js').loadEngine();
  if (device !== 'gpu')
    throw new Error('expected TensorFlow to see the GPU that does nothing, got the CPU');
  const { tf } = own('engine/tf.js');
  const { nativeFunctions } = own('engine/function/native-functions.js');
  const { config } = own('config/load.js').resolveConfig('train', {
    batch_size: String(batch),
    image_size: String(size),
    allow_untrained: true,
    alexnet_pretrained_model: '/none',
    age_pretrained_model: '/none',
    ...settings,
  });
  const open = await own('train/open-step.js').openStep(config, config.age_bounds);
  const runner = own('train/compiled-step.js').openStepRunner(open, config, (line) =>
    process.stderr.write(`${line}\n`),
  );
  const { toInputs, disposeInputs } = own('train/inputs.js');
  const { disposeStep } = own('train/step.js');
  const count = Number(batch);
  const pixels = Number(size) ** 2 * 3;
  const one = {
    source: new Float32Array(count * pixels),
    source227: new Float32Array(count * 227 * 227 * 3),
    real: new Float32Array(count * pixels),
    trueLabels: Array.from({ length: count }, () => 1),
    falseLabels: Array.from({ length: count }, () => 2),
    generatorSource: null,
  };
  const { binding } = tf.backend();
  let ops = 0;
  const hosts = [];
  let asked = [];
  for (let n = 0; n < Number(steps); n++) {
    const isCounted = n === Number(steps) - 1;
    if (isCounted) {
      const counting = Object.create(binding);
      Object.defineProperty(counting, 'executeOp', {
        value: (...args) => (ops++, binding.executeOp(...args)),
      });
      tf.backend().binding = counting;
      start();
    }
    const started = performance.now();
    const { input, generatorInput } = toInputs(one, config, n);
    const scalars = runner.step(input, generatorInput);
    hosts.push(performance.now() - started);
    nativeFunctions()?.wait();
    disposeStep(scalars);
    disposeInputs(input, generatorInput);
    if (isCounted) {
      asked = stop();
      tf.backend().binding = binding;
    }
  }
  const later = hosts.slice(-Math.max(1, Math.floor(hosts.length / 2)), -1).sort((a, b) => a - b);
  const [state] = [...runner.states().values()];
  const [recording] = runner.recordings().values();
  const what = (prefix) => sum(asked, prefix);
  const megabytes = (row) => Number((sum(asked, row, 2) / 1e6).toFixed(1));
  const result = {
    compile: config.compile,
    state: state?.kind ?? 'op by op',
    calls: ops,
    ops: recording?.ops.length ?? ops,
    casts:
      recording?.ops.filter(
        ({ op, inputs, outputs }) => op === 'Cast' && inputs[0].dtype !== outputs[0].dtype,
      ).length ?? 0,
    launches: what('launch'),
    library_calls: what('library'),
    device_copies: what('copy'),
    fills: what('fill'),
    uploads: what('upload'),
    upload_bytes: sum(asked, 'upload', 2),
    uploads_of_a_scalar: what('upload 4') + what('upload 8'),
    read_backs: what('read-back'),
    waits: what('wait'),
    orders: what('order'),
    between_gpus: what('between GPUs'),
    peak_mb: megabytes('memory at most'),
    kept_mb: megabytes('memory at the end'),
    host_ms: Number((later[later.length >> 1] ?? hosts.at(-1)).toFixed(1)),
    live_tensors: tf.memory().numTensors,
    asked,
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
})().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
