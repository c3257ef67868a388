/** @file One training step, in the paper's order: fake = G(source); D's gradients, applied; the picture's gradient; G's gradients, applied. */

import { tf } from '../engine/tf';
import { metricOf } from '../losses/term';
import type { LossTerm, TermValues } from '../losses/term';
import type { Optimizer, UpdateNumbers } from '../optimizers/optimizer';
import { forwardGenerator, generate } from './forward';
import type { GeneratorPass, Networks, StepInput } from './forward';
import type { NamedGradients } from '../models/gradients';
import type { LearningRates } from './learning-rates';
import { concatParts, meanOverParts } from './micro-batches';
import { discriminatorGradients, pictureGradient } from './objective-gradients';
import { createLedger, reduced, STOP, withStop } from '../models/reduction';
import type { Phase, Reduction } from '../models/reduction';

/** One optimiser a network. */
export interface Optimizers {
  readonly discriminator: Optimizer;
  readonly generator: Optimizer;
}

/** What a step needs to know besides its batch. */
export interface StepSettings {
  /** Of the generator's loss; the adversarial one's weight is D's, too. */
  readonly terms: readonly LossTerm[];
  readonly learningRates: LearningRates;
  readonly dIter: number;
  readonly gIter: number;
  /** Pictures that the networks see at once, a divisor of the batch's; the whole batch when absent (micro-batches.ts). */
  readonly microBatch?: number | undefined;
  /** The other processes that train on the rest of the batch; none when absent. */
  readonly reduction?: Reduction | undefined;
}

/** D's side of a step, on the device, unweighted: its loss and the three means that it is made of. */
export interface DiscriminatorScalars {
  readonly d_loss: tf.Scalar;
  readonly d_real: tf.Scalar;
  readonly d_mislabelled: tf.Scalar;
  readonly d_fake: tf.Scalar;
  /** l2 norm of all gradients together. */
  readonly d_gradient_norm: tf.Scalar | null;
}

/** G's side: its terms by the names of their metrics, null when off, and `g_gradient_norm`, the l2 norm of its gradients. */
export type GeneratorScalars = Readonly<Record<string, tf.Scalar | null>>;

/** Scalars of a step on the device. Whoever reads them disposes them. */
export type StepScalars = DiscriminatorScalars & GeneratorScalars;

const kept = (scalar: tf.Scalar | null): tf.Scalar | null => scalar && tf.keep(scalar);

/** What an update goes by. */
export type UpdateSettings = Pick<StepSettings, 'terms' | 'reduction'> & {
  readonly learningRate: number;
  /** Pictures that the networks see at once; the whole batch when absent. */
  readonly pictures?: number;
  /** The update's numbers, where they are on the device already. */
  readonly numbers?: UpdateNumbers | undefined;
  /** 1 where this process was asked to stop, else 0; of G's update, where there are several processes. */
  readonly stop?: tf.Scalar | undefined;
  /** Passes of G before this update that no process has counted yet, where there are several. */
  readonly uncounted?: readonly Phase[];
};

/** Numbers of a step's updates, in their order; the caller owns them. */
export interface StepNumbers {
  readonly discriminator: readonly UpdateNumbers[];
  readonly generator: readonly UpdateNumbers[];
  /** See {@link UpdateSettings}. */
  readonly stop?: tf.Scalar | undefined;
}

/** Moves a network, and counts the update. */
function move(
  optimizer: Optimizer,
  gradients: NamedGradients,
  { learningRate, numbers }: UpdateSettings,
): tf.Scalar | null {
  if (!numbers) return kept(optimizer.apply(gradients, learningRate));
  const norm = kept(optimizer.move(gradients, numbers));
  optimizer.updates++;
  return norm;
}

/** One update of D on a fake that it takes as given. d_loss is that of before the update. */
export function updateDiscriminator(
  networks: Networks,
  optimizer: Optimizer,
  input: StepInput,
  fake: tf.Tensor4D,
  settings: UpdateSettings,
): DiscriminatorScalars {
  const { terms, pictures = Infinity, reduction } = settings;
  const ledger = reduction && createLedger();
  const computed = meanOverParts(input, fake, pictures, (part, partFake) =>
    discriminatorGradients(networks, part, partFake as tf.Tensor4D, terms, ledger?.count),
  );
  const { gradients, values } =
    reduction && ledger
      ? reduced(reduction, computed, [{ passes: ledger.passes, times: 1 }])
      : computed;
  const d_gradient_norm = move(optimizer, gradients, settings);
  tf.dispose(gradients);
  const { loss, real, mislabelled, fake: ofFake } = values;
  return {
    d_loss: loss,
    d_real: real,
    d_mislabelled: mislabelled,
    d_fake: ofFake,
    d_gradient_norm,
  };
}

/** G's gradients at the present D, by a pass that is there: it is used up. */
export function generatorGradients(
  networks: Networks,
  input: StepInput,
  terms: readonly LossTerm[],
  pass: GeneratorPass,
): { readonly gradients: Record<string, tf.Tensor>; readonly values: TermValues } {
  const { gradient, maskGradient, values } = pictureGradient(
    networks,
    input,
    pass.fake,
    terms,
    pass.mask,
  );
  const gradients = pass.backward(gradient, maskGradient);
  tf.dispose(maskGradient ? [gradient, maskGradient] : gradient);
  return { gradients, values };
}

/** One update of G at the present D. @param pass G's on the whole batch; null: G is run here */
export function updateGenerator(
  networks: Networks,
  optimizer: Optimizer,
  input: StepInput,
  settings: UpdateSettings,
  pass: GeneratorPass | null,
): GeneratorScalars {
  const { terms, pictures = Infinity, reduction, stop, uncounted = [] } = settings;
  const ledger = reduction && createLedger();
  const compute = (part: StepInput): ReturnType<typeof generatorGradients> =>
    generatorGradients(
      networks,
      part,
      terms,
      forwardGenerator(networks.generator, part, 1, ledger?.count),
    );
  const computed = pass
    ? generatorGradients(networks, input, terms, pass)
    : meanOverParts(input, null, pictures, compute);
  const { gradients, values } =
    reduction && ledger
      ? reduced(reduction, withStop(computed, stop), [
          ...uncounted,
          { passes: ledger.passes, times: 1 },
        ])
      : computed;
  const g_gradient_norm = move(optimizer, gradients, settings);
  tf.dispose(gradients);
  const logged = terms.map((term) => [metricOf(term), values[term.name] ?? null] as const);
  const stopped = values[STOP];
  return { ...Object.fromEntries(logged), g_gradient_norm, ...(stopped && { [STOP]: stopped }) };
}

function disposeScalars(scalars: Readonly<Record<string, tf.Scalar | null>> | undefined): void {
  for (const scalar of Object.values(scalars ?? {})) scalar?.dispose();
}

/** Repeats an update; the scalars are those of the last time. */
function repeat<T extends Readonly<Record<string, tf.Scalar | null>>>(
  times: number,
  update: (i: number) => T,
): T {
  let scalars = update(0);
  for (let i = 1; i < times; i++) {
    disposeScalars(scalars);
    scalars = update(i);
  }
  return scalars;
}

/**
 * Trains one step. `generatorInput` is D's input unless `--fresh_sources` gave G other sources.
 * Differs: the original runs the generator once for each update; between D's updates and G's first it has not changed, so one pass
 * serves all of them, and its batch-norm statistics count as often as the original's passes would have.
 * @param numbers of all updates, where they are on the device already; else each optimiser makes its own
 */
export function trainStep(
  networks: Networks,
  optimizers: Optimizers,
  { dIter, gIter, microBatch, learningRates, terms, reduction }: StepSettings,
  input: StepInput,
  generatorInput: StepInput = input,
  numbers?: StepNumbers,
): StepScalars {
  const { generator } = networks;
  const [batch] = input.source.shape;
  const pictures = microBatch ?? batch;
  // the shared pass keeps the activations of all pictures until D is updated: what micro-batches are there to avoid
  const isShared = generatorInput === input && pictures >= batch;

  // with others, G's passes are counted in the order of one process that runs them all: those of D's updates, then those of G's
  const ledger = reduction && createLedger();
  const pass = isShared ? forwardGenerator(generator, input, dIter + 1, ledger?.count) : null;
  const generatePart = ({ source, trueLabel }: StepInput): tf.Tensor4D =>
    generate(generator, source, trueLabel, dIter, ledger?.count);
  const fake = pass?.fake ?? tf.tidy(() => concatParts(input, pictures, generatePart));

  const uncounted: Phase[] = ledger
    ? [dIter, ...(isShared ? [1] : [])].map((times) => ({ passes: ledger.passes, times }))
    : [];

  let ofDiscriminator: DiscriminatorScalars | undefined;
  try {
    ofDiscriminator = repeat(dIter, (i) => ({
      ...updateDiscriminator(networks, optimizers.discriminator, input, fake, {
        terms,
        reduction,
        pictures,
        learningRate: learningRates.discriminator,
        numbers: numbers?.discriminator[i],
      }),
    }));
    if (!pass) fake.dispose();
    const ofGenerator = repeat(gIter, (i) =>
      updateGenerator(
        networks,
        optimizers.generator,
        generatorInput,
        {
          terms,
          reduction,
          pictures,
          learningRate: learningRates.generator,
          numbers: numbers?.generator[i],
          stop: numbers?.stop,
          ...(i === 0 && { uncounted }),
        },
        i === 0 ? pass : null,
      ),
    );
    return { ...ofDiscriminator, ...ofGenerator };
  } catch (error) {
    // such as by a term of a caller's own
    disposeScalars(ofDiscriminator && { ...ofDiscriminator });
    throw error;
  } finally {
    // there is nothing left of it where the step succeeded
    if (!fake.isDisposed) (pass ?? fake).dispose();
  }
}

/** Disposes a step's scalars unread: a step that logs nothing reads nothing back. */
export const disposeStep = (scalars: StepScalars): void => disposeScalars({ ...scalars });

/** Reads a step's scalars back from the device and disposes them; the order of the keys is that of metrics.jsonl. */
export async function readStep(scalars: StepScalars): Promise<Record<string, number | null>> {
  const { d_loss, d_real, d_mislabelled, d_fake, d_gradient_norm, ...rest } = scalars;
  const { g_gradient_norm = null, ...terms } = rest;
  const ordered = { d_loss, d_real, d_mislabelled, d_fake, d_gradient_norm, ...terms };
  const entries: [string, tf.Scalar | null][] = Object.entries({ ...ordered, g_gradient_norm });
  const values = await Promise.all(
    entries.map(async ([name, scalar]) => {
      const value = scalar ? ((await scalar.data())[0] ?? null) : null;
      return [name, value] as const;
    }),
  );
  disposeStep(scalars);
  return Object.fromEntries(values);
}
