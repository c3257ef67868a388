/** @file The training step as one TensorFlow function (src/engine/function), or op by op where that is asked for or cannot be. */

import { compile } from '../engine/function/compiled';
import type { CallInput, CompileState, Tensors } from '../engine/function/compiled';
import type { CompileMode, ComputeMode } from '../config/verbs/common';
import type { Recording } from '../engine/function/recording';
import { isGpu } from '../engine/kernels/native';
import type { tf } from '../engine/tf';
import type { LossTerm } from '../losses/term';
import type { UpdateNumbers } from '../optimizers/optimizer';
import { INPUT_FIELDS } from './forward';
import type { StepInput } from './forward';
import type { LearningRates } from './learning-rates';
import type { OpenStep } from './open-step';
import { createStopWish, STOP } from '../models/reduction';
import { trainStep } from './step';
import type { Optimizers, StepNumbers, StepScalars } from './step';

/** Trains steps of one run. */
export interface StepRunner {
  /** As {@link trainStep}: the same numbers, to the last bit, but for bfloat16. @param learningRates of this step; those of the settings when absent */
  step(input: StepInput, generatorInput: StepInput, learningRates?: LearningRates): StepScalars;
  /** Where several processes train: has them know from the next step on that this one was asked to stop. */
  askToStop(): void;
  /** Whether one of them had been asked when the last step was trained: all of them know it of the same step. */
  isAskedToStop(): boolean;
  /** How steps are run by now, by the shapes of their batches. */
  states(): ReadonlyMap<string, CompileState>;
  /** What their functions are made of. */
  recordings(): ReadonlyMap<string, Recording>;
  dispose(): void;
}

/** Both sides of a step. */
const SIDES = ['discriminator', 'generator'] as const;
type Side = (typeof SIDES)[number];

const toTensors = (side: Side, input: StepInput): Tensors =>
  Object.fromEntries(INPUT_FIELDS.map((field) => [`${side}/${field}`, input[field] ?? null]));

const toStepInput = (side: Side, tensors: Tensors): StepInput =>
  Object.fromEntries(
    INPUT_FIELDS.map((field) => [field, tensors[`${side}/${field}`] ?? null]),
  ) as unknown as StepInput;

/** The numbers of a side's next updates, by `SIDE/UPDATE/NAME`. */
function numbersOf(
  side: Side,
  optimizers: Optimizers,
  updates: number,
  learningRate: number,
): [string, number][] {
  const optimizer = optimizers[side];
  return Array.from({ length: updates }, (_, i) =>
    Object.entries(optimizer.numbersOf(optimizer.updates + i + 1, learningRate)).map(
      ([name, value]): [string, number] => [`${side}/${i}/${name}`, value],
    ),
  ).flat();
}

/** The same by update. */
function byUpdate(
  side: Side,
  updates: number,
  scalars: Readonly<Record<string, tf.Scalar>>,
): UpdateNumbers[] {
  return Array.from({ length: updates }, (_, i) => {
    const prefix = `${side}/${i}/`;
    return Object.fromEntries(
      Object.entries(scalars).flatMap(([name, scalar]) =>
        name.startsWith(prefix) ? [[name.slice(prefix.length), scalar]] : [],
      ),
    );
  });
}

/** Why what computes these terms is not to be compiled, or null. */
export function reasonAgainst(mode: CompileMode, terms: readonly LossTerm[]): string | null {
  if (mode === 'off') return '--compile=off';
  const other = terms.find(({ weight, isPure }) => weight > 0 && isPure !== true);
  return other === undefined
    ? null
    : `the loss term '${other.name}' does not say that it is pure (isPure: true)`;
}

/**
 * Opens it for networks that nobody replaces meanwhile; to be disposed before they are.
 * @param say takes a line where steps go on op by op unasked
 */
export function openStepRunner(
  { networks, optimizers, settings }: Pick<OpenStep, 'networks' | 'optimizers' | 'settings'>,
  { compile: mode, precision }: ComputeMode,
  say: (line: string) => void,
): StepRunner {
  const { terms, dIter, gIter, microBatch, reduction } = settings;
  const stop = createStopWish();
  const updates: Readonly<Record<Side, number>> = { discriminator: dIter, generator: gIter };
  const onObstacle = (reason: string): void => {
    say(`note: steps run op by op, which takes longer: ${reason}`);
  };
  const off = reasonAgainst(mode, terms);
  const isBfloat16 = precision === 'bfloat16';
  // in bfloat16 the step itself says so, as an error
  if (off !== null && mode !== 'off' && !isBfloat16) onObstacle(off);
  // D's gradients travel while the perceptual networks look at the fake. GPUs exchange in the order in which they are asked, the same in all
  // processes: there ops keep theirs
  const isSideBySide = reduction !== undefined && !isGpu();
  const compiled = compile(
    {
      ...{ label: 'ipcgan_step', off, isSideBySide, onObstacle },
      precision: isBfloat16 ? 'bfloat16' : 'float32',
    },
    (tensors, scalars) => {
      const input = toStepInput('discriminator', tensors);
      const isShared = tensors['generator/source'] === undefined;
      const numbers: StepNumbers = {
        discriminator: byUpdate('discriminator', dIter, scalars),
        generator: byUpdate('generator', gIter, scalars),
        stop: scalars[STOP],
      };
      const ofGenerator = isShared ? input : toStepInput('generator', tensors);
      return trainStep(networks, optimizers, settings, input, ofGenerator, numbers);
    },
  );
  const weights = terms.map(({ name, weight }) => `${name} ${weight}`).join(' ');
  const key = `${weights} d_iter ${dIter} g_iter ${gIter} micro_batch ${microBatch ?? '-'} workers ${reduction?.size ?? 1}`;
  return {
    step: (input, generatorInput, learningRates = settings.learningRates) => {
      const before = SIDES.map((side) => optimizers[side].updates);
      const call: CallInput = {
        key,
        tensors: {
          ...toTensors('discriminator', input),
          ...(generatorInput === input ? {} : toTensors('generator', generatorInput)),
        },
        numbers: {
          ...Object.fromEntries(
            SIDES.flatMap((side) =>
              numbersOf(side, optimizers, updates[side], learningRates[side]),
            ),
          ),
          ...(reduction && { [STOP]: stop.own() }),
        },
      };
      const { [STOP]: share, ...scalars } = reduction
        ? reduction.during(() => compiled.call(call))
        : compiled.call(call);
      stop.hear(share);
      // op by op they have counted already
      SIDES.forEach((side, i) => {
        optimizers[side].updates = (before[i] ?? 0) + updates[side];
      });
      return scalars;
    },
    askToStop: stop.ask,
    isAskedToStop: stop.isCommon,
    states: () => compiled.states(),
    recordings: () => compiled.recordings(),
    dispose: () => compiled.dispose(),
  };
}
