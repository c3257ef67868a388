import { resolveConfig } from '../../src/config/load';
import { tf } from '../../src/engine/tf';
import { NO_TRAINING_LAYERS, widthsWithHead } from '../../src/models/alexnet';
import { buildAlexNet, initializeAlexNet } from '../../src/models/alexnet-network';
import { createPerVariableOptimizer } from '../../src/optimizers/per-variable';
import { learningRates } from '../../src/pretrain/network';
import { taskLoss } from '../../src/pretrain/task';
import { openUpdater } from '../../src/pretrain/update';
import { relativeError } from '../support/close';

const PEOPLE = 7;
const GROUPS = 5;
const DESCRIPTOR = 128;

/** Settings of `pretrain`, and with them what the network has beside its trunk. */
async function openLearner(flags: Record<string, string>) {
  const { config } = resolveConfig('pretrain', { data: '/none', run: 'none', ...flags });
  const isAge = config.task === 'age';
  const isTaught = config.teacher !== 'none';
  const layers = { batchNorm: config.batch_norm, dropout: config.dropout };
  const network = buildAlexNet(
    {
      widths: widthsWithHead(16),
      hasIdentity: true,
      descriptor: isTaught ? DESCRIPTOR : null,
      people: isAge || isTaught ? null : PEOPLE,
      ageGroups: isAge ? GROUPS : null,
    },
    {
      trunk: { ...layers, dropout: 0 },
      identity: isAge ? NO_TRAINING_LAYERS : layers,
      age: isAge ? layers : NO_TRAINING_LAYERS,
    },
  );
  await initializeAlexNet(network, 1, null);
  const factors = learningRates(network, config);
  const learns = new Map([...factors.keys()].map((name) => [name, network.weights.get(name)!]));
  const optimizer = createPerVariableOptimizer(learns, factors, {
    optimizer: config.optimizer,
    weightDecay: config.weight_decay,
  });
  const classes = isAge ? ('age' as const) : isTaught ? null : ('new_2' as const);
  const loss = taskLoss(classes, config.teacher_weight);
  const targets = (batch: number, seed: number) => ({
    classes:
      classes &&
      (tf.oneHot(
        Array.from({ length: batch }, (_, i) => (i + seed) % GROUPS),
        isAge ? GROUPS : PEOPLE,
        1,
        0,
        'float32',
      ) as tf.Tensor2D),
    descriptors: isTaught
      ? (tf.randomNormal([batch, DESCRIPTOR], 0, 1, 'float32', seed + 1) as tf.Tensor2D)
      : null,
  });
  const { batch_norm: batchNorm, adversarial_radius: radius, micro_batch } = config;
  const reach = radius > 0 ? { radius, size: 128 } : null;
  const microBatch = micro_batch ?? undefined;
  const learner = { network, learns, optimizer, loss, batchNorm, seed: 3, reach, microBatch };
  return { learner, targets };
}

/** What updates by batches of these sizes give: their losses, and every variable after them. */
async function train(
  compile: 'auto' | 'off',
  batches: readonly number[],
  flags: Record<string, string>,
  precision: 'auto' | 'bfloat16' = 'auto',
) {
  const { learner, targets } = await openLearner(flags);
  const { network, optimizer } = learner;
  const notes: string[] = [];
  const updater = openUpdater(learner, { compile, precision }, (line) => notes.push(line));
  const losses = batches.map((batch, i) => {
    const images = tf.randomUniform<tf.Rank.R4>([batch, 227, 227, 3], -110, 130, 'float32', i + 1);
    const wanted = targets(batch, i);
    const loss = updater.update(images, wanted, 1e-3 / (i + 1));
    const value = loss.dataSync()[0];
    tf.dispose([images, loss, ...Object.values(wanted).filter((tensor) => tensor !== null)]);
    return value;
  });
  const variables = [...network.weights, ...optimizer.slots].map(([name, variable]) => [
    name,
    Buffer.from(variable.dataSync().buffer).toString('base64'),
  ]);
  const kinds = [...updater.states().values()].map(({ kind }) => kind);
  updater.dispose();
  optimizer.dispose();
  network.model.dispose();
  return { kinds, notes, result: { losses, variables, updates: optimizer.updates } };
}

const STEPS = [2, 2, 2, 2, 2, 2];
const PEOPLES = { task: 'identity' };
const AGES = { task: 'age', alexnet_pretrained_model: '/none' };

test.each<[string, Record<string, string>]>([
  ['over people, with dropout and momentum', PEOPLES],
  [
    'over people, with batch norm and Adam',
    { ...PEOPLES, batch_norm: 'true', optimizer: 'adam', weight_decay: '0.1' },
  ],
  ['after a teacher', { ...PEOPLES, teacher: 'face-descriptor', batch_norm: 'true' }],
  ['of the age head alone', AGES],
  ['in micro-batches', { ...PEOPLES, batch_norm: 'true', micro_batch: '1' }],
  ['by moved pictures', { ...PEOPLES, batch_norm: 'true', adversarial_radius: '300' }],
  [
    'of the age head and the trunk, with a teacher',
    {
      ...AGES,
      trunk: 'finetune',
      trunk_rate: '0.3',
      teacher: 'face-descriptor',
      batch_norm: 'true',
      optimizer: 'adam',
    },
  ],
])(
  'an update %s is one function from the fourth on: losses, weights and slots are those of op by op, to the last bit',
  async (_, flags) => {
    const compiled = await train('auto', STEPS, flags);
    const plain = await train('off', STEPS, flags);
    expect(compiled.kinds).toEqual(['function']);
    expect(plain.kinds).toEqual(['op by op']);
    expect([compiled.notes, plain.notes]).toEqual([[], []]);
    expect(compiled.result.updates).toBe(STEPS.length);
    expect(compiled.result).toEqual(plain.result);
  },
);

test('a batch of another size in between changes no bit', async () => {
  const batches = [2, 2, 2, 2, 1, 2, 1, 2, 1, 1, 2];
  const compiled = await train('auto', batches, PEOPLES);
  expect(compiled.kinds).toEqual(['function', 'function']);
  expect(compiled.result).toEqual((await train('off', batches, PEOPLES)).result);
});

test('in bfloat16 an update is a function at once, near that of float32, dropout and all', async () => {
  const found = await train('auto', [2, 2], PEOPLES, 'bfloat16');
  expect(found.kinds).toEqual(['function']);
  const exact = await train('auto', [2, 2], PEOPLES);
  expect(exact.kinds).toEqual(['recording']);
  const [was, is] = [exact, found].map(({ result }) => result.losses[0] ?? NaN) as [number, number];
  expect(Math.abs(is - was)).toBeLessThan(0.02 * was);
  expect(is).not.toBe(was);
  expect(found.result.updates).toBe(2);
});

type Trained = Awaited<ReturnType<typeof train>>;

/** The largest difference of two runs' variables, relative to the largest number of each. */
function differenceOf(a: Trained, b: Trained): number {
  const values = (text: string | undefined): Float32Array =>
    new Float32Array(Uint8Array.from(Buffer.from(text ?? '', 'base64')).buffer);
  const other = new Map(b.result.variables.map(([name, text]) => [name, text]));
  expect([...other.keys()]).toEqual(a.result.variables.map(([name]) => name));
  return Math.max(
    ...a.result.variables.map(([name, text]) =>
      relativeError(values(text), values(other.get(name!))),
    ),
  );
}

test('micro-batches drop the units that the whole batch drops: without batch norm they train the same up to rounding, with it they do not', async () => {
  const inParts = (flags: Record<string, string>, pictures: string) =>
    train('off', [4, 4], { ...PEOPLES, ...flags, micro_batch: pictures });
  const whole = await inParts({}, '4');
  const apart = differenceOf(whole, await inParts({}, '2'));
  expect(apart).toBeGreaterThan(0);
  expect(apart).toBeLessThan(1e-4);
  expect(differenceOf(whole, await inParts({ dropout: '0' }, '4'))).toBeGreaterThan(1e-2);
  const normed = { batch_norm: 'true' };
  const ofNormed = differenceOf(await inParts(normed, '4'), await inParts(normed, '2'));
  expect(ofNormed).toBeGreaterThan(1e-3);
});
