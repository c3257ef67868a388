/** @file Registers our kernels and gradients, once, for the `tensorflow` backend. */

import { tf } from '../tf';
import { registerActivationGradients } from './activations';
import { registerBatchNormTraining } from './batch-norm-training';
import { registerChannelSum } from './channel-sum';
import { registerConvolutions } from './convolution';
import { registerCropGradient } from './crop-gradient';
import { registerMatMul } from './matmul';
import { loadNativeOps } from './native-ops';
import { registerReductionGradients } from './reduction-gradients';
import { registerReshape } from './reshape';
import { BACKEND, isGpu, markNativeOps } from './native';
import { registerUnneededGradients } from './unneeded-gradients';

const MARK = 'IpcganKernels';

/** Safe to call again; on another backend than `tensorflow` it does nothing, and layers compose their ops. */
export function registerKernels(): void {
  if (tf.getBackend() !== BACKEND) return;
  if ((tf.getKernel(MARK, BACKEND) as tf.KernelConfig | undefined) !== undefined) return;
  // they compute on the CPU only
  if (!isGpu() && loadNativeOps()) markNativeOps();
  registerActivationGradients();
  registerBatchNormTraining();
  registerConvolutions();
  registerCropGradient();
  registerMatMul();
  registerReductionGradients();
  registerUnneededGradients();
  registerReshape();
  registerChannelSum();
  // an empty kernel as the mark: the registry is TensorFlow.js's, and so is its lifetime
  tf.registerKernel({ kernelName: MARK, backendName: BACKEND, kernelFunc: () => [] });
}
