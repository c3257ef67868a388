/**
 * @file One update of a perceptual network, which pretraining runs and `bench pretrain` times: as one TensorFlow function
 * (src/engine/function), or op by op where that is asked for or cannot be.
 */

import type { CompileMode } from '../config/verbs/common';
import { compile } from '../engine/function/compiled';
import type { CompileState } from '../engine/function/compiled';
import { tf } from '../engine/tf';
import { runAlexNet } from '../models/alexnet-network';
import type { AlexNetNetwork, Outputs } from '../models/alexnet-network';
import { gradientsOf } from '../models/gradients';
import { countStatistics } from '../models/layers/batch-normalization';
import type { BatchStatistics } from '../models/layers/batch-normalization';
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
}

/** The loss, among the gradients by the names of their variables. */
const LOSS = 'loss';

/** Updates one network. */
export interface Updater {
  /**
   * Moves the network by a batch, whose tensors stay the caller's.
   * @param images [B,227,227,3]
   * @returns the loss before it, still on the device; the caller's
   */
  update(images: tf.Tensor4D, targets: Targets, learningRate: number): tf.Scalar;
  /** How updates are run by now, by the shapes of their batches. */
  states(): ReadonlyMap<string, CompileState>;
  dispose(): void;
}

/**
 * Opens it for a network that nobody replaces meanwhile; to be disposed before that is.
 * @param say takes a line where updates go on op by op unasked
 */
export function openUpdater(
  { network, learns, optimizer, loss, batchNorm, seed, reach }: Learner,
  mode: CompileMode,
  say: (line: string) => void,
): Updater {
  const firstFilter = learns.get('alexnet/conv1/weights');
  const compiled = compile(
    {
      label: 'ipcgan_pretrain',
      off: mode === 'off' ? '--compile=off' : null,
      onObstacle: (reason) => say(`note: steps run op by op, which takes longer: ${reason}`),
    },
    ({ images, step, classes, descriptors }) => {
      const statistics: BatchStatistics[] = [];
      const dropoutSeed = { run: seed, step: step as tf.Tensor1D };
      const pass = { training: batchNorm, statistics, dropoutSeed };
      const targets = { classes, descriptors } as Targets;
      const lossOf = (outputs: Outputs): tf.Scalar => loss(outputs, targets);
      const given = images as tf.Tensor4D;
      const learnt = reach
        ? worstPictures(given, reach, (pictures) =>
            // without dropout: the network as it is used
            lossOf(runAlexNet(network, pictures, { training: batchNorm, statistics: [] })),
          )
        : given;
      const { value, gradients } = gradientsOf(
        learns,
        () => lossOf(runAlexNet(network, learnt, pass)),
        firstFilter,
      );
      if (learnt !== given) learnt.dispose();
      if (statistics.length > 0) countStatistics(statistics, 1);
      return { ...gradients, [LOSS]: value };
    },
  );
  return {
    update: (images, targets, learningRate) => {
      const step = tf.tensor1d([optimizer.updates], 'int32');
      const tensors = { images, step, ...targets };
      const { [LOSS]: value, ...gradients } = compiled.call({ key: '', tensors, numbers: {} });
      step.dispose();
      // not in the function: it changes variables in place, after everything that reads them
      optimizer.apply(gradients, learningRate);
      tf.dispose(gradients);
      return value;
    },
    states: () => compiled.states(),
    dispose: () => compiled.dispose(),
  };
}
