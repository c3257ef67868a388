/** @file A step's batch as tensors. */

import { ALEXNET_SIZE } from '../images/pixel-range';
import { tf } from '../engine/tf';
import type { TrainConfig } from '../config/schema';
import type { Batch, Rows, SourcePixels } from '../data/batches';
import { oneHotLabels } from '../models/age-condition';
import { drawChanges } from './draw-changes';
import { INPUT_FIELDS } from './forward';
import type { StepInput } from './forward';
import type { Prototypes } from './prototypes';

/**
 * A batch as tensors, for D's update and for G's; they are the same object unless fresh sources were drawn.
 * @param step number of finished steps
 * @param rows of the step's batch that this one is, where it is not all of it
 * @param prototypes what the prototype term draws fakes to; null without
 */
export function toInputs(
  batch: Batch,
  config: TrainConfig,
  step: number,
  rows?: Rows,
  prototypes: Prototypes | null = null,
): { input: StepInput; generatorInput: StepInput } {
  const { image_size: size, age_groups: groups } = config;
  const count = batch.real.length / (size * size * 3);
  const sources = ({ source: pixels, source227, sourceNames }: SourcePixels) => {
    const source = tf.tensor4d(pixels, [count, size, size, 3]);
    return {
      source,
      source227: source227 ? tf.tensor4d(source227, [count, ALEXNET_SIZE, ALEXNET_SIZE, 3]) : null,
      prototype: prototypes?.targets(source, sourceNames, batch.trueLabels) ?? null,
    };
  };
  const shared = {
    real: tf.tensor4d(batch.real, [count, size, size, 3]),
    trueLabel: oneHotLabels(batch.trueLabels, groups),
    falseLabel: oneHotLabels(batch.falseLabels, groups),
    ...drawChanges(config, step, rows ?? { first: 0, count }),
  };
  const input: StepInput = { ...shared, ...sources(batch) };
  return {
    input,
    generatorInput: batch.generatorSource
      ? { ...shared, ...sources(batch.generatorSource) }
      : input,
  };
}

/** Frees both, which may be the same. */
export function disposeInputs(...inputs: readonly StepInput[]): void {
  for (const input of new Set(inputs))
    for (const field of INPUT_FIELDS) {
      const tensor = input[field];
      if (tensor && !tensor.isDisposed) tensor.dispose();
    }
}
