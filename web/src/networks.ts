/** @file Everything that computes: TensorFlow.js with the best backend that works here, face-api's networks, and the generator. */

import type * as FaceApi from '@vladmandic/face-api';
import type * as TensorFlow from '@tensorflow/tfjs';
import { SaidError } from './said-error';

/** face-api's browser build, which has TensorFlow.js in it. */
type Library = typeof FaceApi & { readonly tf: typeof TensorFlow };

/** What this page reads of a model's ipcgan.json. */
export interface Manifest {
  readonly image_size: number;
  readonly age_groups: readonly { readonly name: string }[];
  readonly generator: { readonly kind: string };
  readonly step: number | null;
  readonly trained_on: { readonly source: string; readonly faces: number } | null;
  readonly licence: string;
  readonly weights?: { readonly type: string; readonly error_max: number };
}

/** All of it, loaded. */
export interface Networks {
  readonly faceApi: Library;
  readonly generator: TensorFlow.LayersModel;
  readonly manifest: Manifest;
  /** Of TensorFlow.js. */
  readonly backend: string;
}

const BACKENDS = ['webgl', 'cpu'] as const;
/** Files beside the page. */
const FILES = {
  library: 'vendor/face-api.esm.js',
  faces: 'vendor/networks',
  model: 'model/model.json',
  manifest: 'model/ipcgan.json',
} as const;
const beside = (file: string): string => new URL(file, document.baseURI).href;

/** The first backend that computes. @throws SaidError where none does */
async function chooseBackend(tf: typeof TensorFlow): Promise<string> {
  for (const backend of BACKENDS) if (await tf.setBackend(backend)) return backend;
  throw new SaidError('TensorFlow.js cannot compute in this browser. Try a current one.');
}

/** Loads everything. @throws SaidError where a file is not there, or nothing computes */
export async function loadNetworks(): Promise<Networks> {
  try {
    const faceApi = (await import(beside(FILES.library))) as Library;
    const { tf, nets } = faceApi;
    const backend = await chooseBackend(tf);
    const response = await fetch(beside(FILES.manifest));
    if (!response.ok) throw new Error(`${FILES.manifest}: ${response.status}`);
    const manifest = (await response.json()) as Manifest;
    const [generator] = await Promise.all([
      tf.loadLayersModel(beside(FILES.model)),
      nets.ssdMobilenetv1.loadFromUri(beside(FILES.faces)),
      nets.faceLandmark68Net.loadFromUri(beside(FILES.faces)),
    ]);
    return { faceApi, generator, manifest, backend };
  } catch (cause) {
    if (cause instanceof SaidError) throw cause;
    throw new SaidError(
      `The networks could not be loaded (${cause instanceof Error ? cause.message : String(cause)}). Load the page again.`,
      { cause },
    );
  }
}
