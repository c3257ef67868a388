import path from 'node:path';
import { tf } from '../../src/engine/tf';
import { resolveConfig } from '../../src/config/load';
import type { TrainConfig } from '../../src/config/schema';
import { sameLabel } from '../../src/models/age-condition';
import type { LossTerm } from '../../src/losses/term';
import { widthsWithHead } from '../../src/models/alexnet';
import { alexNetStddev } from '../../src/models/alexnet-init';
import { initializeWeights } from '../../src/models/initialize';
import { buildPerceptualNetworks } from '../../src/models/perceptual-networks';
import type { Reduction } from '../../src/models/reduction';
import { openStepRunner } from '../../src/train/compiled-step';
import { drawChanges } from '../../src/train/draw-changes';
import type { StepInput } from '../../src/train/forward';
import { disposeInputs } from '../../src/train/inputs';
import { learningRatesAt } from '../../src/train/learning-rates';
import { openStep } from '../../src/train/open-step';
import type { OwnParts } from '../../src/train/open-step';
import { readStep } from '../../src/train/step';
import { saveModel } from '../../src/weights/saved-model';
import { temporaryFolders } from '../support/temporary';

const SIZE = 16;
const newFolder = temporaryFolders();

/** A narrow AlexNet of random weights: at its own widths it would take most of the time. */
let perceptual = '';
beforeAll(async () => {
  perceptual = newFolder();
  const { joint } = buildPerceptualNetworks({
    featureLayer: 'conv5',
    ageGroups: 5,
    widths: {
      ...{ ...widthsWithHead(8), age_fc6: 8, age_fc7: 8 },
      ...{ conv1: 8, conv2: 8, conv3: 8, conv4: 8, conv5: 8 },
    },
  })!;
  initializeWeights(joint, 1, alexNetStddev);
  await saveModel(joint, path.join(perceptual, 'model'));
  joint.dispose();
});

function inputOf(batch: number, seed: number, config: TrainConfig): StepInput {
  const changes = drawChanges(config, seed, { first: 0, count: batch });
  const draw = (shape: [number, number, number, number], low: number, high: number): tf.Tensor4D =>
    tf.randomUniform(shape, low, high, 'float32', seed + high);
  return {
    source: draw([batch, SIZE, SIZE, 3], -110, 130),
    source227: draw([batch, 227, 227, 3], -110, 131),
    real: draw([batch, SIZE, SIZE, 3], -1, 1),
    trueLabel: sameLabel(seed % 5, batch, 5),
    falseLabel: sameLabel((seed + 1) % 5, batch, 5),
    ...(config.prototype_loss_weight > 0
      ? { prototype: draw([batch, SIZE, SIZE, 3], -1, 0.9) }
      : {}),
    ...changes,
  };
}

/** What steps on batches of these sizes give: their losses, and every variable after them. */
async function train(
  compile: 'auto' | 'off',
  batches: readonly number[],
  flags: Record<string, string> = {},
  own: OwnParts = {},
  reduction?: Reduction,
) {
  const hasAges = flags.age_loss_weight !== '0';
  const { config } = resolveConfig('train', {
    image_size: String(SIZE),
    width: '0.1',
    batch_size: '2',
    ...(hasAges || flags.fea_loss_weight !== '0' ? { alexnet_pretrained_model: perceptual } : {}),
    ...(hasAges ? { age_pretrained_model: perceptual } : {}),
    ...flags,
  });
  const notes: string[] = [];
  const step = await openStep(config, config.age_bounds, own);
  const joined = { ...step, settings: { ...step.settings, reduction } };
  const runner = openStepRunner(joined, { compile, precision: 'auto' }, (line) => notes.push(line));
  const losses: Record<string, number | null>[] = [];
  for (const [i, batch] of batches.entries()) {
    const input = inputOf(batch, i, config);
    const generatorInput = config.fresh_sources ? inputOf(batch, 100 + i, config) : input;
    const rates = learningRatesAt(config, i);
    losses.push(await readStep(runner.step(input, generatorInput, rates)));
    disposeInputs(input, generatorInput);
  }
  const { discriminator, generator } = step.optimizers;
  const variables = [
    ...step.networks.generator.weights.map((weight) => weight.read()),
    ...step.networks.discriminator.weights.map((weight) => weight.read()),
    ...(step.average?.weights.map((weight) => weight.read()) ?? []),
    ...discriminator.slots.values(),
    ...generator.slots.values(),
  ].map((variable) => Buffer.from(variable.dataSync().buffer).toString('base64'));
  const kinds = [...runner.states().values()].map(({ kind }) => kind);
  runner.dispose();
  step.dispose();
  return {
    kinds,
    notes,
    result: { losses, variables, updates: [discriminator.updates, generator.updates] },
  };
}

const STEPS = [2, 2, 2, 2, 2];
const WITH_ALEXNET = { fea_layer_name: 'conv3' };
const WITHOUT_ALEXNET = { fea_loss_weight: '0', age_loss_weight: '0' };

test.each<[string, Record<string, string>]>([
  ['of the original', WITH_ALEXNET],
  ['with the age term alone', { fea_loss_weight: '0' }],
  ['with the identity term alone', { ...WITH_ALEXNET, age_loss_weight: '0' }],
  ['with several updates of each network', { ...WITHOUT_ALEXNET, d_iter: '2', g_iter: '2' }],
  [
    'of a discriminator that looks at features',
    { ...WITH_ALEXNET, discriminator: 'projected', d_augment: 'true', generator: 'shaded' },
  ],
  ['in micro-batches', { ...WITHOUT_ALEXNET, micro_batch: '1' }],
  ['with other sources for the generator', { ...WITHOUT_ALEXNET, fresh_sources: 'true' }],
  [
    'of a generator with a mask',
    { ...WITHOUT_ALEXNET, generator: 'masked', mask_loss_weight: '3' },
  ],
  [
    'with a moving average of the generator',
    { ...WITHOUT_ALEXNET, ema: '0.4', d_iter: '2', g_iter: '2' },
  ],
  [
    'at rates that change with every step',
    {
      ...{ ...WITHOUT_ALEXNET, d_learning_rate: '0.002', schedule: 'linear' },
      ...{ warmup_steps: '2', max_steps: '6' },
    },
  ],
  [
    'of pictures that are changed',
    {
      ...WITHOUT_ALEXNET,
      ...{ d_augment: 'true', d_iter: '2', g_iter: '2', micro_batch: '1', fresh_sources: 'true' },
    },
  ],
  [
    'of pictures that are changed for AlexNet and the discriminator',
    { ...WITH_ALEXNET, perceptual_augment: 'true', d_augment: 'true' },
  ],
  [
    'of a generator that edits details, drawn to prototypes',
    {
      ...{ ...WITHOUT_ALEXNET, generator: 'pyramid', micro_batch: '1', fresh_sources: 'true' },
      ...{ prototype_loss_weight: '10', prototype_strength: '2' },
    },
  ],
  [
    'with total variation and tone',
    { ...WITHOUT_ALEXNET, tv_loss_weight: '0.1', tone_loss_weight: '3' },
  ],
])(
  'a step %s is one function from the fourth on: losses, weights, moments and averages are those of op by op, to the last bit',
  async (_, flags) => {
    const compiled = await train('auto', STEPS, flags);
    const plain = await train('off', STEPS, flags);
    expect(compiled.kinds).toEqual(['function']);
    expect(plain.kinds).toEqual(['op by op']);
    expect(compiled.notes).toEqual([]);
    expect(compiled.result).toEqual(plain.result);
  },
);

/** An exchange of one process with itself. */
const ALONE: Reduction = {
  rank: 0,
  size: 1,
  reduce: (averaged, added) => ({
    means: averaged.map((tensor) => tf.mul(tensor, 1)),
    sums: added.map((tensor) => tf.mul(tensor, 1)),
  }),
  during: (work) => work(),
};

test('with an exchange, ops run side by side: the bits are those of op by op', async () => {
  const flags = { ...WITH_ALEXNET, d_iter: '2' };
  const compiled = await train('auto', STEPS, flags, {}, ALONE);
  expect(compiled.kinds).toEqual(['function']);
  const plain = await train('off', STEPS, flags, {}, ALONE);
  expect(plain.kinds).toEqual(['op by op']);
  expect(compiled.result).toEqual(plain.result);
});

test('a batch of another size in between changes no bit', async () => {
  const batches = [2, 2, 2, 2, 1, 2, 1, 2, 1, 1, 2];
  const compiled = await train('auto', batches, WITHOUT_ALEXNET);
  expect(compiled.kinds).toEqual(['function', 'function']);
  expect(compiled.result).toEqual((await train('off', batches, WITHOUT_ALEXNET)).result);
});

const own = (isPure: boolean): LossTerm => ({
  name: 'dark',
  weight: 1,
  description: 'Mean of the picture.',
  isPure,
  compute: ({ fake }) => tf.mean(fake),
});

test('a loss term of one’s own is compiled where it says that it is pure, else the step goes op by op and says why', async () => {
  const pure = await train('auto', STEPS, WITHOUT_ALEXNET, { terms: [own(true)] });
  const unknown = await train('auto', STEPS, WITHOUT_ALEXNET, { terms: [own(false)] });
  expect(pure.kinds).toEqual(['function']);
  expect(unknown.kinds).toEqual(['op by op']);
  expect(unknown.notes).toEqual([expect.stringContaining("'dark' does not say that it is pure")]);
  expect(pure.result).toEqual(unknown.result);
});
