/**
 * @file One update of a perceptual network, which pretraining runs and `bench pretrain` times: as one TensorFlow function
 * (src/engine/function), or op by op where that is asked for or cannot be.
 */

import type { ComputeMode } from '../config/verbs/common';
import { compile } from '../engine/function/compiled';
import type { CompileState } from '../engine/function/compiled';
import { tf } from '../engine/tf';
import { runAlexNet } from '../models/alexnet-network';
import type { AlexNetNetwork, Outputs } from '../models/alexnet-network';
import { gradientsOf } from '../models/gradients';
import { countStatistics } from '../models/layers/batch-normalization';
import type { BatchStatistics, CountStatistics } from '../models/layers/batch-normalization';
import type { DropoutSeed } from '../models/layers/seeded-dropout';
import { meanOfParts } from '../models/mean-over-parts';
import { createLedger, createStopWish, reduced, STOP, withStop } from '../models/reduction';
import type { Computed, Reduction } from '../models/reduction';
import { sliceRows } from '../models/slice-rows';
import type { Optimizer } from '../optimizers/optimizer';
import type { PretrainTask, Targets } from './task';
import { worstPictures } from './worst-pictures';
import type { Reach } from './worst-pictures';

/** What learns, and how. */
export interface Learner {
  readonly network: AlexNetNetwork;
  /** By name: what the gradient moves. */
  readonly learns: ReadonlyMap<string, tf.Variable>;
  /** Its updates are the steps that are done: dropout's masks follow from them. */
  readonly optimizer: Optimizer;
  readonly loss: PretrainTask['loss'];
  /** Whether batch norm goes by the batch. */
  readonly batchNorm: boolean;
  /** Of dropout. */
  readonly seed: number;
  /** How far each picture is moved uphill before the network learns from it; null for not at all. */
  readonly reach: Reach | null;
  /** Pictures that the network sees at once, a divisor of the batch's; the whole batch when absent. */
  readonly microBatch?: number | undefined;
  /** The other processes that learn from the rest of the batch, each from as many pictures; none when absent. */
  readonly reduction?: Reduction | undefined;
}

/** The loss, among the gradients by the names of their variables. */
const LOSS = 'loss';

/** Updates one network. */
export interface Updater {
  /**
   * Moves the network by a batch, whose tensors stay the caller's.
   * @param images [B,227,227,3]; of several processes, this one's pictures
   * @returns the loss before it over the pictures of all processes, still on the device; the caller's
   */
  update(images: tf.Tensor4D, targets: Targets, learningRate: number): tf.Scalar;
  /** Where several processes learn: has them know from the next update on that this one was asked to stop. */
  askToStop(): void;
  /** Whether one of them had been asked when the last update was made: all of them know it of the same update. */
  isAskedToStop(): boolean;
  /** How updates are run by now, by the shapes of their batches. */
  states(): ReadonlyMap<string, CompileState>;
  dispose(): void;
}

/** Pictures and targets of an update or of a part of it. */
interface Part {
  readonly images: tf.Tensor4D;
  readonly targets: Targets;
  readonly dropoutSeed: DropoutSeed;
}

/** So many pictures of an update from one on; the caller disposes. */
function partOf({ images, targets, dropoutSeed }: Part, from: number, count: number): Part {
  const { run, step, rows } = dropoutSeed;
  const { classes, descriptors } = targets;
  return {
    images: sliceRows(images, from, count),
    targets: {
      classes: classes && sliceRows(classes, from, count),
      descriptors: descriptors && sliceRows(descriptors, from, count),
    },
    dropoutSeed: {
      run,
      step,
      rows: { first: (rows?.first ?? 0) + from, of: rows?.of ?? images.shape[0] },
    },
  };
}

/** The loss of some pictures at once, and its gradients. @param count counts batch norm's statistics, or has others do so */
function computePart(
  { network, learns, loss, batchNorm, reach }: Learner,
  { images, targets, dropoutSeed }: Part,
  count: CountStatistics,
): Computed<{ readonly [LOSS]: tf.Scalar }> {
  const statistics: BatchStatistics[] = [];
  const pass = { training: batchNorm, statistics, dropoutSeed };
  const lossOf = (outputs: Outputs): tf.Scalar => loss(outputs, targets);
  const learnt = reach
    ? worstPictures(images, reach, (pictures) =>
        // without dropout: the network as it is used
        lossOf(runAlexNet(network, pictures, { training: batchNorm, statistics: [] })),
      )
    : images;
  const { value, gradients } = gradientsOf(
    learns,
    () => lossOf(runAlexNet(network, learnt, pass)),
    learns.get('alexnet/conv1/weights'),
  );
  if (learnt !== images) learnt.dispose();
  if (statistics.length > 0) count(statistics, 1);
  return { gradients, values: { [LOSS]: value } };
}

/** The mean over the parts of an update. */
function computeAll(
  learner: Learner,
  whole: Part,
  count: CountStatistics,
): ReturnType<typeof computePart> {
  const [batch] = whole.images.shape;
  const { microBatch = batch } = learner;
  if (microBatch >= batch) return computePart(learner, whole, count);
  return meanOfParts(batch / microBatch, (i) => {
    const part = partOf(whole, i * microBatch, microBatch);
    const computed = computePart(learner, part, count);
    const { classes, descriptors } = part.targets;
    tf.dispose([part.images, classes, descriptors].filter((tensor) => tensor !== null));
    return computed;
  });
}

/** What of dropout's masks are this process's, where others have the rest of a batch. */
const rowsAmong = (reduction: Reduction | undefined, count: number): DropoutSeed['rows'] =>
  reduction && { first: reduction.rank * count, of: reduction.size * count };

/**
 * Opens it for a network that nobody replaces meanwhile; to be disposed before that is.
 * @param say takes a line where updates go on op by op unasked
 */
export function openUpdater(
  learner: Learner,
  { compile: mode, precision }: ComputeMode,
  say: (line: string) => void,
): Updater {
  const { optimizer, seed, reduction } = learner;
  const stop = createStopWish();
  const compiled = compile(
    {
      label: 'ipcgan_pretrain',
      off: mode === 'off' ? '--compile=off' : null,
      precision: precision === 'bfloat16' ? 'bfloat16' : 'float32',
      onObstacle: (reason) => say(`note: steps run op by op, which takes longer: ${reason}`),
    },
    ({ images, step, classes, descriptors }, { [STOP]: asked }) => {
      const [batch] = (images as tf.Tensor4D).shape;
      const rows = rowsAmong(reduction, batch);
      const whole: Part = {
        images: images as tf.Tensor4D,
        targets: { classes, descriptors } as Targets,
        dropoutSeed: { run: seed, step: step as tf.Tensor1D, rows },
      };
      if (!reduction) {
        const { gradients, values } = computeAll(learner, whole, countStatistics);
        return { ...gradients, ...values };
      }
      const ledger = createLedger();
      const own = withStop(computeAll(learner, whole, ledger.count), asked);
      const { gradients, values } = reduced(reduction, own, [{ passes: ledger.passes, times: 1 }]);
      return { ...gradients, ...values };
    },
  );
  return {
    update: (images, targets, learningRate) => {
      const step = tf.tensor1d([optimizer.updates], 'int32');
      const tensors = { images, step, ...targets };
      const numbers: Record<string, number> = reduction ? { [STOP]: stop.own() } : {};
      const call = (): Record<string, tf.Tensor> => compiled.call({ key: '', tensors, numbers });
      const {
        [LOSS]: value,
        [STOP]: share,
        ...gradients
      } = reduction ? reduction.during(call) : call();
      stop.hear(share);
      step.dispose();
      // not in the function: it changes variables in place, after everything that reads them
      optimizer.apply(gradients, learningRate);
      tf.dispose(gradients);
      return value as tf.Scalar;
    },
    askToStop: stop.ask,
    isAskedToStop: stop.isCommon,
    states: () => compiled.states(),
    dispose: () => compiled.dispose(),
  };
}
