/** @file Recomputes the numbers of `step.json`: outputs, losses, gradients, one whole step, and the trace of four. */

import type { CompileMode } from '../config/verbs/common';
import { CALLS_BEFORE_FUNCTION } from '../engine/function/compiled';
import { tf } from '../engine/tf';
import { ALEXNET_SIZE } from '../images/pixel-range';
import { toAlexNetInput } from '../losses/picture-tensors';
import type { BatchNormMode } from '../models/layers/batch-normalization';
import { namedWeights, trainableWeights } from '../models/named-weights';
import { createAdam } from '../optimizers/adam';
import type { Optimizer } from '../optimizers/optimizer';
import { discriminate, forwardGenerator, generate } from '../train/forward';
import { discriminatorGradients, pictureGradient } from '../train/objective-gradients';
import { withWeights } from '../losses/term';
import { LOSS_TERMS } from '../losses/terms';
import type { Networks, StepInput } from '../train/forward';
import { openStepRunner } from '../train/compiled-step';
import type { StepRunner } from '../train/compiled-step';
import { readStep } from '../train/step';
import type { Optimizers } from '../train/step';
import { readStoredArray } from './fixture';
import type { Losses, StepFixture } from './fixture';
import type { FixtureNetworks } from './fixture-networks';
import {
  CEILING,
  l2,
  l2DifferenceRow,
  outputRow,
  relativeRow,
  row,
  TOLERANCE,
} from './comparison-rows';
import type { Row } from './comparison-rows';

type Values = Map<string, Float32Array>;

const UNCOUNTED: BatchNormMode = { training: true };
/** A cross-entropy below is lost in the rounding of its logits. */
const LEAST_LOSS = 1e-6;
const LOSS_NAMES = ['d_loss', 'g_loss', 'fea_loss', 'age_loss'] as const;

const valuesOf = async (tensor: tf.Tensor): Promise<Float32Array> =>
  (await tensor.data()) as Float32Array;

async function takeAll(tensors: Readonly<Record<string, tf.Tensor>>): Promise<Values> {
  const values: Values = new Map();
  for (const [name, tensor] of Object.entries(tensors)) values.set(name, await valuesOf(tensor));
  tf.dispose(tensors);
  return values;
}

/** Every array that the fixture can hold, but the gradients. `fake` is the generator's output as the fixture stores it. */
export async function computeOutputs(
  { networks, alexNet, outputs }: FixtureNetworks,
  input: StepInput,
  fake: tf.Tensor4D,
): Promise<Values> {
  const { generator, discriminator } = networks;
  const scores = (image: tf.Tensor4D, label: tf.Tensor2D): tf.Tensor =>
    discriminate({ discriminator, perceptual: null }, image, label, UNCOUNTED);
  const alexNetOf = (image: tf.Tensor4D, name: string): [string, tf.Tensor][] =>
    (alexNet.predictOnBatch(image) as tf.Tensor[]).map((output, i) => [
      `alexnet/${name}/${outputs[i] ?? ''}`,
      output,
    ]);
  const computed = tf.tidy(() => ({
    'generator/output': generate(generator, input.source, input.trueLabel, 0),
    'discriminator/real_true_label': scores(input.real, input.trueLabel),
    'discriminator/real_false_label': scores(input.real, input.falseLabel),
    'discriminator/fake_true_label': scores(fake, input.trueLabel),
    ...Object.fromEntries(alexNetOf(input.source227 ?? fake, 'source')),
    ...Object.fromEntries(alexNetOf(toAlexNetInput(fake, ALEXNET_SIZE), 'fake')),
  }));
  return takeAll(computed);
}

/** Weighted losses and all gradients at the fixture's variables, with the stored fake wherever the picture is scored. */
export async function computeGradients(
  networks: Networks,
  input: StepInput,
  fake: tf.Tensor4D,
  { weights }: StepFixture,
): Promise<{ losses: Losses; gradients: Values }> {
  const terms = withWeights(LOSS_TERMS, weights);
  const d = discriminatorGradients(networks, input, fake, terms);
  const picture = pictureGradient(networks, input, fake, terms);
  const pass = forwardGenerator(networks.generator, input, 0);
  const ofGenerator = pass.backward(picture.gradient);
  const scalar = async (term: tf.Scalar | null): Promise<number> =>
    term ? ((await term.data())[0] ?? NaN) : NaN;
  const losses = {
    d_loss: weights.gan * (await scalar(d.values.loss)),
    g_loss: weights.gan * (await scalar(picture.values.gan ?? null)),
    fea_loss: weights.fea * (await scalar(picture.values.fea ?? null)),
    age_loss: weights.age * (await scalar(picture.values.age ?? null)),
  };
  const gradients = new Map([...(await takeAll(d.gradients)), ...(await takeAll(ofGenerator))]);
  const computed = Object.values(picture.values).filter((term) => term !== null);
  tf.dispose([
    picture.gradient,
    d.values.loss,
    d.values.real,
    d.values.mislabelled,
    d.values.fake,
    ...computed,
  ]);
  return { losses, gradients };
}

/** Whether this is the bias of a convolution whose output a batch norm centres again: its true gradient is zero. */
export function feedsBatchNorm(name: string): boolean {
  return /^generator\/(conv[123]|deconv[12]|unit_\d+\/sub\d\/conv\d)\/biases$|^discriminator\/dis_[123]\/biases$/.test(
    name,
  );
}

/** Rows for the stored arrays that are not gradients. */
export async function outputRows(
  directory: string,
  fixture: StepFixture,
  computed: Values,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [name, entry] of Object.entries(fixture.arrays)) {
    if (name.startsWith('grad/') || name.startsWith('checkpoint/')) continue;
    rows.push(
      outputRow(
        name,
        await readStoredArray(directory, entry),
        computed.get(name) ?? new Float32Array(),
      ),
    );
  }
  return rows;
}

/** Rows for the four weighted losses. */
export function lossRows(expected: Losses, got: Losses): Row[] {
  return LOSS_NAMES.map((name) =>
    relativeRow(`loss/${name}`, expected[name], got[name], CEILING.loss),
  );
}

/** Rows for every gradient, whole where the fixture stores it whole. */
export async function gradientRows(
  directory: string,
  fixture: StepFixture,
  gradients: Values,
): Promise<Row[]> {
  const rows: Row[] = [];
  const networkOf = (name: string): string => name.split('/')[0] ?? '';
  const largestOf = (network: string): number =>
    Math.max(
      ...Object.entries(fixture.gradients).map(([name, { l2: norm }]) =>
        networkOf(name) === network ? norm : 0,
      ),
    );
  for (const [name, expected] of Object.entries(fixture.gradients)) {
    const norm = l2(gradients.get(name) ?? [NaN]);
    if (feedsBatchNorm(name)) {
      rows.push(
        row(
          `gradient/${name} (feeds a batch norm)`,
          0,
          norm,
          norm / largestOf(networkOf(name)),
          TOLERANCE.normalizedBiasGradient,
        ),
      );
    } else rows.push(relativeRow(`gradient/${name}`, expected.l2, norm, CEILING.gradient));
  }
  for (const [name, entry] of Object.entries(fixture.arrays)) {
    if (!name.startsWith('grad/')) continue;
    const got = gradients.get(name.slice('grad/'.length)) ?? new Float32Array();
    rows.push(
      l2DifferenceRow(name, await readStoredArray(directory, entry), got, CEILING.gradient),
    );
  }
  return rows;
}

/** Rows for the variables after the first step; a bias that feeds a batch norm moves by the sign of its rounding error. */
function variableRows(fixture: StepFixture, before: Values, after: Values): Row[] {
  const largestChange = (name: string): number => {
    const old = before.get(name);
    const now = after.get(name);
    return old && now
      ? old.reduce((most, value, i) => Math.max(most, Math.abs((now[i] ?? NaN) - value)), 0)
      : NaN;
  };
  const variables = Object.entries(fixture.after_step_1).map(([name, expected]) => {
    const norm = l2(after.get(name) ?? [NaN]);
    if (!feedsBatchNorm(name))
      return relativeRow(`after_step_1/${name}`, expected.l2, norm, CEILING.variable);
    const change = largestChange(name) / fixture.adam.learning_rate;
    return row(
      `after_step_1/${name} (feeds a batch norm)`,
      expected.l2,
      norm,
      change,
      TOLERANCE.normalizedBiasChange,
    );
  });
  const moving = Object.entries(fixture.moving_after_step_1)
    .filter(([name]) => name.startsWith('generator/'))
    .map(([name, expected]) =>
      relativeRow(
        `moving_after_step_1/${name}`,
        expected.l2,
        l2(after.get(name) ?? [NaN]),
        CEILING.variable,
      ),
    );
  return [...variables, ...moving];
}

async function allVariables({ generator, discriminator }: Networks): Promise<Values> {
  const values: Values = new Map();
  for (const [name, variable] of [...namedWeights(generator), ...namedWeights(discriminator)])
    values.set(name, (await valuesOf(variable)).slice());
  return values;
}

/** Trains until steps are a function, and puts everything back to where it was. */
async function warmUp(
  runner: StepRunner,
  input: StepInput,
  { generator, discriminator }: Networks,
  optimizers: Optimizers,
): Promise<void> {
  const moved = [
    ...namedWeights(generator).values(),
    ...namedWeights(discriminator).values(),
    ...optimizers.generator.slots.values(),
    ...optimizers.discriminator.slots.values(),
  ];
  const before = moved.map((variable) => tf.clone(variable));
  for (let call = 0; call < CALLS_BEFORE_FUNCTION; call++)
    await readStep(runner.step(input, input));
  moved.forEach((variable, i) => variable.assign(before[i] as tf.Tensor));
  tf.dispose(before);
  for (const optimizer of Object.values(optimizers) as Optimizer[]) optimizer.updates = 0;
}

/**
 * Trains the fixture's steps on its one batch and compares variables after the first and the losses of all. Moves the networks.
 * @param mode whether the steps are a function, or op by op
 */
export async function traceRows(
  networks: Networks,
  input: StepInput,
  fixture: StepFixture,
  mode: CompileMode,
): Promise<Row[]> {
  const { weights, adam } = fixture;
  const settings = {
    terms: withWeights(LOSS_TERMS, weights),
    learningRates: { discriminator: adam.learning_rate, generator: adam.learning_rate },
    dIter: 1,
    gIter: 1,
  };
  const optimizer = (model: tf.LayersModel) =>
    createAdam(trainableWeights(model), {
      beta1: adam.beta1,
      beta2: adam.beta2,
      epsilon: adam.epsilon,
    });
  const optimizers = {
    discriminator: optimizer(networks.discriminator),
    generator: optimizer(networks.generator),
  };
  const weightOf = {
    d_loss: weights.gan,
    g_loss: weights.gan,
    fea_loss: weights.fea,
    age_loss: weights.age,
  };
  const runner = openStepRunner(
    { networks, optimizers, settings },
    { compile: mode, precision: 'auto' },
    (line) => void process.stderr.write(`${line}\n`),
  );
  if (mode !== 'off') await warmUp(runner, input, networks, optimizers);
  const before = await allVariables(networks);
  const rows: Row[] = [];
  const steps = Math.max(
    fixture.trace.length,
    Object.keys(fixture.after_step_1).length > 0 ? 1 : 0,
  );
  for (let step = 0; step < steps; step++) {
    const scalars = await readStep(runner.step(input, input));
    const expected = fixture.trace[step];
    for (const name of LOSS_NAMES) {
      const ceiling = CEILING.trace[name][step] ?? CEILING.trace[name][3];
      if (expected)
        rows.push(
          relativeRow(
            `trace/${step}/${name}`,
            expected[name],
            weightOf[name] * (scalars[name] ?? NaN),
            ceiling,
            weightOf[name] * LEAST_LOSS,
          ),
        );
    }
    if (step === 0) rows.push(...variableRows(fixture, before, await allVariables(networks)));
  }
  runner.dispose();
  optimizers.discriminator.dispose();
  optimizers.generator.dispose();
  return rows;
}
