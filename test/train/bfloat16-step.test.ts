/** Training steps in bfloat16: near those of float32, weights and moments in float32, and the same bits whenever a run is begun again. */

import { resolveConfig } from '../../src/config/load';
import type { TrainConfig } from '../../src/config/schema';
import { tf } from '../../src/engine/tf';
import { sameLabel } from '../../src/models/age-condition';
import { openStepRunner } from '../../src/train/compiled-step';
import type { StepRunner } from '../../src/train/compiled-step';
import type { StepInput } from '../../src/train/forward';
import { disposeInputs } from '../../src/train/inputs';
import { openStep } from '../../src/train/open-step';
import type { OpenStep, OwnParts } from '../../src/train/open-step';
import { readStep } from '../../src/train/step';

const SIZE = 32;
const BATCH = 2;
const UNTRAINED = {
  ...{ allow_untrained: 'true', alexnet_pretrained_model: '/none', fea_layer_name: 'conv3' },
  age_loss_weight: '0',
};
const WITHOUT_ALEXNET = { fea_loss_weight: '0', age_loss_weight: '0' };

function inputOf(seed: number): StepInput {
  const draw = (size: number, low: number, high: number): tf.Tensor4D =>
    tf.randomUniform([BATCH, size, size, 3], low, high, 'float32', seed + high);
  return {
    source: draw(SIZE, -110, 130),
    source227: draw(227, -110, 131),
    real: draw(SIZE, -1, 1),
    trueLabel: sameLabel(seed % 5, BATCH, 5),
    falseLabel: sameLabel((seed + 1) % 5, BATCH, 5),
  };
}

const configOf = (flags: Record<string, string>): TrainConfig =>
  resolveConfig('train', {
    ...{ image_size: String(SIZE), width: '0.25', batch_size: String(BATCH) },
    ...flags,
  }).config;

async function stepsOf(runner: StepRunner, from: number, count: number) {
  const losses: Record<string, number | null>[] = [];
  for (let i = from; i < from + count; i++) {
    const input = inputOf(i);
    losses.push(await readStep(runner.step(input, input)));
    disposeInputs(input);
  }
  return losses;
}

/** Weights and moments, as they lie in memory. */
const stateOf = ({ networks, optimizers }: OpenStep): Float32Array[] =>
  [
    ...networks.generator.weights.map((weight) => weight.read()),
    ...networks.discriminator.weights.map((weight) => weight.read()),
    ...optimizers.discriminator.slots.values(),
    ...optimizers.generator.slots.values(),
  ].map((tensor) => tensor.dataSync() as Float32Array);

/** Runs steps; another runner takes over before each of `begunAt`. */
async function train(
  flags: Record<string, string>,
  steps: number,
  begunAt: readonly number[] = [],
  own: OwnParts = {},
) {
  const config = configOf(flags);
  const open = await openStep(config, config.age_bounds, own);
  const losses: Record<string, number | null>[] = [];
  const kinds: string[] = [];
  const cuts = [0, ...begunAt, steps];
  for (const [i, from] of cuts.slice(0, -1).entries()) {
    const runner = openStepRunner(open, config, (line) => expect(line).toBe(''));
    losses.push(...(await stepsOf(runner, from, (cuts[i + 1] ?? steps) - from)));
    kinds.push(...[...runner.states().values()].map(({ kind }) => kind));
    runner.dispose();
  }
  const state = stateOf(open);
  const { discriminator, generator } = open.optimizers;
  const firstMoments = [discriminator, generator].map(
    ({ slots }) => slots.get('m')?.dataSync() as Float32Array,
  );
  open.dispose();
  return { losses, kinds, state, firstMoments };
}

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array): number =>
    x.reduce((sum, value, i) => sum + value * (y[i] ?? NaN), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

const BFLOAT16 = { precision: 'bfloat16' };

test('losses of a step are those of float32 within 2 %, and gradients of both networks point where they did', async () => {
  const exact = await train(UNTRAINED, 1);
  const found = await train({ ...UNTRAINED, ...BFLOAT16 }, 1);
  expect(found.kinds).toEqual(['function']);
  for (const name of ['d_loss', 'g_loss', 'fea_loss']) {
    const [was, is] = [exact, found].map(({ losses }) => losses[0]?.[name] ?? NaN) as [
      number,
      number,
    ];
    expect([name, Math.abs(is - was) < 0.02 * Math.abs(was)]).toEqual([name, true]);
    expect(is).not.toBe(was);
  }
  // after one update from nothing, the first moment is the gradient. The generator's comes through thirty layers whose rounding moves units
  // over the corner of their ReLU: casts around convolutions alone give no more
  const [ofDiscriminator, ofGenerator] = exact.firstMoments.map((moment, i) =>
    cosine(moment, found.firstMoments[i] as Float32Array),
  );
  expect(ofDiscriminator).toBeGreaterThan(0.99);
  expect(ofGenerator).toBeGreaterThan(0.9);
});

test('weights and moments are float32: most of them are no numbers of bfloat16', async () => {
  const { state } = await train({ ...WITHOUT_ALEXNET, ...BFLOAT16 }, 2);
  const lowBits = state.flatMap((values) =>
    [...new Uint32Array(values.buffer, values.byteOffset, values.length)].map(
      (bits) => bits & 0xffff,
    ),
  );
  const finer = lowBits.filter((bits) => bits !== 0).length;
  expect(finer / lowBits.length).toBeGreaterThan(0.75);
});

test('a run that is begun again at any step has the bits of one that went through', async () => {
  const flags = { ...WITHOUT_ALEXNET, ...BFLOAT16 };
  const through = await train(flags, 5);
  const resumed = await train(flags, 5, [1, 3]);
  expect(through.kinds).toEqual(['function']);
  expect(resumed.kinds).toEqual(['function', 'function', 'function']);
  expect(resumed.losses).toEqual(through.losses);
  expect(resumed.state.map((values) => Buffer.from(values.buffer).toString('base64'))).toEqual(
    through.state.map((values) => Buffer.from(values.buffer).toString('base64')),
  );
});

test('what cannot be compiled is an error, where float32 goes on op by op', async () => {
  expect(() => configOf({ ...BFLOAT16, compile: 'off' })).toThrow(
    '--precision=bfloat16: expected --compile=auto, got off.',
  );
  const dark = {
    ...{ name: 'dark', weight: 1, description: 'Mean of the picture.', isPure: false },
    compute: ({ fake }: { readonly fake: tf.Tensor4D }) => tf.mean<tf.Scalar>(fake),
  };
  await expect(
    train({ ...WITHOUT_ALEXNET, ...BFLOAT16 }, 1, [], { terms: [dark] }),
  ).rejects.toThrow("the loss term 'dark' does not say that it is pure");
});
