/** @file The verbs: what each does, and the file that does it, loaded only when it is called. */

import type { Resolved } from '../config/load';
import type { RawFlags } from '../config/read-settings';
import type { Behind } from '../config/rules';
import type { Verb } from '../config/schema';
import { resolveRun } from '../runs/resumed-config';

/** Runs a verb; `word` is the usual one where none was given. What it returns is the exit code, 0 when nothing. */
export type VerbRunner<V extends Verb> = (
  resolved: Resolved<V>,
  word: string | null,
  paths: readonly string[],
) => Promise<number | undefined>;

/** One entry of the table. */
export interface VerbEntry<V extends Verb> {
  readonly description: string;
  /** Whether files or folders may follow the verb. */
  readonly hasPaths?: true;
  /** The flag that a word behind those stands for. */
  readonly operand?: string;
  /** Resolves its settings where that takes more than flags and config file. */
  readonly resolve?: (flags: RawFlags, behind: Behind) => Resolved<V>;
  readonly load: () => Promise<VerbRunner<V>>;
}

/** Every verb. */
export const VERBS: { readonly [V in Verb]: VerbEntry<V> } = {
  age: {
    description: 'Show the people of photographs at other ages',
    hasPaths: true,
    load: async () => (await import('./age')).runAge,
  },
  train: {
    description: 'Train generator and discriminator',
    resolve: (flags, behind) => resolveRun('train', flags, behind),
    load: async () => (await import('./train')).runTrain,
  },
  test: {
    description: 'Age the faces of a folder with a trained generator',
    load: async () => (await import('./test')).runTest,
  },
  prepare: {
    description: 'Make a data set of photographs: find, align, check and split faces; or draw some',
    load: async () => (await import('./prepare')).runPrepare,
  },
  pretrain: {
    description: 'Train the identity network or the age classifier',
    resolve: (flags, behind) => resolveRun('pretrain', flags, behind),
    load: async () => (await import('./pretrain')).runPretrain,
  },
  evaluate: {
    description: 'Measure identity, age and picture quality by judges that training never saw',
    hasPaths: true,
    load: async () => (await import('./evaluate')).runEvaluate,
  },
  'verify-faces': {
    description: 'Tell whether faces show one person',
    hasPaths: true,
    load: async () => (await import('./verify-faces')).runVerifyFaces,
  },
  import: {
    description: 'Turn a TensorFlow 1 checkpoint, or arrays of AlexNet, into layers models',
    load: async () => (await import('./import')).runImport,
  },
  export: {
    description:
      'Write a trained generator, or a pretrained network, as a folder for others to use',
    load: async () => (await import('./export')).runExport,
  },
  serve: {
    description: 'Serve the page that ages photographs in the browser, and an API for programs',
    load: async () => (await import('./serve')).runServe,
  },
  verify: {
    description: "Recompute the original graph's numbers",
    load: async () => (await import('./verify')).runVerify,
  },
  bench: {
    description: 'Measure time and memory',
    load: async () => (await import('./bench')).runBench,
  },
  demo: {
    description: 'The whole job on drawn faces: data, pretraining, training, ageing',
    load: async () => (await import('./demo')).runDemo,
  },
  sweep: {
    description:
      'Train many runs of one config file and compare them: run FILE; status, resume, cancel, report DIRECTORY',
    operand: 'path',
    load: async () => (await import('./sweep')).runSweep,
  },
  engine: {
    description: "Get TensorFlow's native library",
    load: async () => (await import('./engine')).runEngine,
  },
  doctor: {
    description: 'Say what computes here, and what is wrong with it',
    load: async () => (await import('./doctor')).runDoctor,
  },
};
