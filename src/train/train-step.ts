/** @file A whole step: `d_iter` updates of the discriminator, then `g_iter` of the generator, and what came of it. */

import { tf } from '../engine/tf';
import type { LossWeights } from '../losses/objective';
import type { Adam } from '../optimizers/adam';
import { concatParts, meanOverParts } from './micro-batches';
import { discriminatorGradients, generate, generatorGradients } from './steps';
import type { Networks, StepInput } from './steps';

/** One optimiser a network. */
export interface Optimizers {
  readonly discriminator: Adam;
  readonly generator: Adam;
}

/** What a step needs to know besides its batch. */
export interface StepSettings {
  readonly weights: LossWeights;
  readonly dIter: number;
  readonly gIter: number;
  /** Pictures that the networks see at once, a divisor of the batch's; the whole batch when absent (micro-batches.ts). */
  readonly microBatch?: number | undefined;
}

/** Scalars of a step on the device, unweighted; null when a term is off. Whoever reads them disposes them. */
export interface StepScalars {
  readonly d_loss: tf.Scalar;
  readonly g_loss: tf.Scalar | null;
  readonly fea_loss: tf.Scalar | null;
  readonly age_loss: tf.Scalar | null;
  readonly tv_loss: tf.Scalar | null;
  /** The three means that d_loss is made of. */
  readonly d_real: tf.Scalar;
  readonly d_mislabelled: tf.Scalar;
  readonly d_fake: tf.Scalar;
  /** l2 norms of all gradients of a network together. */
  readonly d_gradient_norm: tf.Scalar;
  readonly g_gradient_norm: tf.Scalar;
}

type DiscriminatorScalars = Pick<
  StepScalars,
  'd_loss' | 'd_real' | 'd_mislabelled' | 'd_fake' | 'd_gradient_norm'
>;
type GeneratorScalars = Omit<StepScalars, keyof DiscriminatorScalars>;

/** One update of D on a fake that it takes as given, `pictures` at a time. d_loss is that of before the update. */
export function updateDiscriminator(
  networks: Networks,
  adam: Adam,
  input: StepInput,
  fake: tf.Tensor4D,
  weights: LossWeights,
  pictures = Infinity,
): DiscriminatorScalars {
  const { value, gradients, terms } = meanOverParts(input, fake, pictures, (part, partFake) =>
    discriminatorGradients(networks, part, partFake as tf.Tensor4D, weights),
  );
  const norm = tf.keep(adam.apply(gradients));
  tf.dispose([value, gradients]);
  return {
    d_loss: terms.loss,
    d_real: terms.real,
    d_mislabelled: terms.mislabelled,
    d_fake: terms.fake,
    d_gradient_norm: norm,
  };
}

/** One update of G at the present D, `pictures` at a time; `beforeJudging` gets the fake first, of a whole batch only. */
export function updateGenerator(
  networks: Networks,
  adam: Adam,
  input: StepInput,
  weights: LossWeights,
  movingAverageUpdates: number,
  beforeJudging?: (fake: tf.Tensor4D) => void,
  pictures = Infinity,
): GeneratorScalars {
  const { value, gradients, terms } = meanOverParts(input, null, pictures, (part) =>
    generatorGradients(networks, part, weights, movingAverageUpdates, beforeJudging),
  );
  const norm = tf.keep(adam.apply(gradients));
  tf.dispose([value, gradients]);
  return {
    g_loss: terms.gan,
    fea_loss: terms.fea,
    age_loss: terms.age,
    tv_loss: terms.tv,
    g_gradient_norm: norm,
  };
}

function disposeScalars(scalars: Readonly<Record<string, tf.Scalar | null>> | undefined): void {
  for (const scalar of Object.values(scalars ?? {})) scalar?.dispose();
}

/**
 * Trains one step. `generatorInput` is D's input unless `--fresh_sources` gave G other sources.
 * Differs: the original runs the generator once for each update; between D's updates and G's first it has not changed, so one pass
 * serves all of them, and its batch-norm statistics count as often as the original's passes would have.
 */
export function trainStep(
  networks: Networks,
  optimizers: Optimizers,
  settings: StepSettings,
  input: StepInput,
  generatorInput: StepInput = input,
): StepScalars {
  const { weights, dIter, gIter } = settings;
  const [batch] = input.source.shape;
  const pictures = settings.microBatch ?? batch;
  let dScalars: DiscriminatorScalars | undefined;
  let gScalars: GeneratorScalars | undefined;
  const updateD = (fake: tf.Tensor4D): void => {
    for (let i = 0; i < dIter; i++) {
      disposeScalars(dScalars && { ...dScalars });
      dScalars = updateDiscriminator(
        networks,
        optimizers.discriminator,
        input,
        fake,
        weights,
        pictures,
      );
    }
  };
  // the shared pass must keep the activations of all pictures until D is updated: what micro-batches are there to avoid
  const isShared = generatorInput === input && pictures >= batch;
  if (!isShared) {
    const generatePart = ({ source, trueLabel }: StepInput): tf.Tensor4D =>
      generate(networks.generator, source, trueLabel, dIter);
    const fake = tf.tidy(() => concatParts(input, pictures, generatePart));
    updateD(fake);
    fake.dispose();
  }
  for (let i = 0; i < gIter; i++) {
    disposeScalars(gScalars && { ...gScalars });
    const isFirstShared = isShared && i === 0;
    const updates = isFirstShared ? dIter + 1 : 1;
    const beforeJudging = isFirstShared ? updateD : undefined;
    gScalars = updateGenerator(
      networks,
      optimizers.generator,
      generatorInput,
      weights,
      updates,
      beforeJudging,
      pictures,
    );
  }
  if (!dScalars || !gScalars)
    throw new Error(
      `step: expected at least one update of each network, got d_iter ${dIter}, g_iter ${gIter}`,
    );
  return { ...dScalars, ...gScalars };
}

/** Disposes a step's scalars unread: a step that logs nothing reads nothing back. */
export const disposeStep = (scalars: StepScalars): void => disposeScalars({ ...scalars });

/** Reads a step's scalars back from the device and disposes them; the order of the keys is that of metrics.jsonl. */
export async function readStep(
  scalars: StepScalars,
): Promise<Record<keyof StepScalars, number | null>> {
  const entries = await Promise.all(
    Object.entries(scalars).map(
      async ([name, scalar]: [string, tf.Scalar | null]) =>
        [name, scalar ? ((await scalar.data())[0] ?? null) : null] as const,
    ),
  );
  disposeStep(scalars);
  return Object.fromEntries(entries) as Record<keyof StepScalars, number | null>;
}
