/** @file Opens the engine: everything that computes calls this first, and nothing before it has an effect on the process. */

import { MachineError, UserError } from '../errors';
import { loadCollective } from './collective/native-collective';
import type { CollectiveSettings, NativeCollective } from './collective/native-collective';
import { prepareEnvironment } from './environment';
import { loadNativeFunctions } from './function/native-functions';
import { engineFacts } from './facts';
import type { EngineFacts } from './facts';
import { explainNoGpu } from './gpu-libraries';
import { ensureEngine } from './install/ensure';
import { linkedEngine } from './install/paths';
import type { Device } from './install/versions';
import { registerKernels } from './kernels/register';
import { setExactness } from './precision';
import type { Precision } from './precision';
import { isTensorFlowLoaded, loadTensorFlow, tf } from './tf';

/** How the engine is opened. */
export interface EngineSettings {
  /** Where to compute; `auto` takes a GPU where there is one. */
  readonly device?: Device | undefined;
  /** How exactly a GPU computes: float32, or TF32 or bfloat16, which are errors without one; `auto`, the default, leaves it to TensorFlow. */
  readonly precision?: Precision | undefined;
  /** Whether a GPU is to give the same bits every time, slower; false when absent. The CPU does without. */
  readonly deterministic?: boolean | undefined;
}

/**
 * Loads the engine that is installed: sets the environment that TensorFlow reads, loads it, and registers our kernels. Does nothing
 * where that is done: the first caller's environment counts.
 * @throws Error when it is not installed
 */
export function loadEngine(): EngineFacts {
  if (!isTensorFlowLoaded()) {
    prepareEnvironment();
    loadNativeFunctions();
    loadTensorFlow();
  }
  // does nothing where it has been done, and is done again where it failed
  registerKernels();
  return engineFacts();
}

/**
 * Installs the engine for a device where it is not, a download of 274 MB, and loads it. A process has one engine: once it is open,
 * opening it again only says what it is.
 * @throws UserError for a precision that cannot be had any more, or here
 * @throws MachineError when it cannot be had, or when `cuda` is asked for and TensorFlow finds no GPU
 */
export async function openEngine(settings: EngineSettings = {}): Promise<EngineFacts> {
  const { device = 'auto', precision = 'auto', deterministic = false } = settings;
  setExactness({ precision, deterministic }, isTensorFlowLoaded());
  // what is loaded stays: another device would be installed beside it, and not used
  if (!isTensorFlowLoaded()) await ensureEngine(device);
  return checked(loadEngine(), settings);
}

/** @throws MachineError, UserError where the engine has not found what was asked for */
function checked(facts: EngineFacts, { device, precision }: EngineSettings): EngineFacts {
  if (device === 'cuda' && facts.device !== 'gpu')
    throw new MachineError(
      `--device=cuda: expected TensorFlow to find a GPU, got the CPU. ${explainNoGpu(linkedEngine())}`,
    );
  if ((precision === 'tf32' || precision === 'bfloat16') && facts.device !== 'gpu')
    throw new UserError(
      `--precision=${precision}: expected a GPU, got the CPU, which computes in float32. Use --device=cuda, or leave it out.`,
    );
  return precision === 'bfloat16' ? { ...facts, precision } : facts;
}

/**
 * Opens the engine of a process that is one of several workers. It returns when this worker listens, whether others do or not.
 * @throws UserError for a precision that cannot be had here
 * @throws MachineError where the engine is open already or cannot be had, or where the worker's port is taken
 */
export async function openCollectiveEngine(
  settings: EngineSettings,
  collective: CollectiveSettings,
): Promise<NativeCollective> {
  if (isTensorFlowLoaded())
    throw new MachineError(
      'workers: expected a process without an open engine, got one that has it. Join the workers before anything computes.',
    );
  const { device = 'auto', precision = 'auto', deterministic = false } = settings;
  setExactness({ precision, deterministic }, false);
  await ensureEngine(device);
  const native = loadCollective(collective);
  checked(loadEngine(), settings);
  // the context is made with the first backend
  tf.backend();
  const problem = native.state();
  if (problem !== '')
    throw new MachineError(
      `workers: expected to listen on port ${collective.port}, got: ${problem}. Is another program using it?`,
    );
  return native;
}
