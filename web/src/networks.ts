/** @file Everything that computes: TensorFlow.js, face-api's networks, and the generator. */

import type * as FaceApi from '@vladmandic/face-api';
import type * as TensorFlow from '@tensorflow/tfjs';
import { chooseBackend } from './backend';
import type { Backend, BackendName, BrowserTensorFlow } from './backend';
import { SaidError } from './said-error';

/** face-api's browser build, which has TensorFlow.js in it. */
type Library = typeof FaceApi & {
  readonly tf: BrowserTensorFlow;
};

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
  readonly backend: Backend;
}

/** Files beside the page. */
const FILES = {
  library: 'vendor/face-api.esm.js',
  wasm: 'vendor/wasm/',
  webGpu: 'vendor/webgpu/tf-backend-webgpu.es2017.min.js',
  faces: 'vendor/networks',
  model: 'model/model.json',
  manifest: 'model/ipcgan.json',
} as const;
const beside = (file: string): string => new URL(file, document.baseURI).href;

async function load(failed: readonly BackendName[]): Promise<Networks> {
  const faceApi = (await import(beside(FILES.library))) as Library;
  const { tf, nets } = faceApi;
  const backend = await chooseBackend(
    tf,
    { wasm: beside(FILES.wasm), webGpu: beside(FILES.webGpu) },
    failed,
  );
  const response = await fetch(beside(FILES.manifest));
  if (!response.ok) throw new Error(`${FILES.manifest}: ${response.status}`);
  const manifest = (await response.json()) as Manifest;
  const [generator] = await Promise.all([
    tf.loadLayersModel(beside(FILES.model)),
    nets.ssdMobilenetv1.loadFromUri(beside(FILES.faces)),
    nets.faceLandmark68Net.loadFromUri(beside(FILES.faces)),
  ]);
  return { faceApi, generator, manifest, backend };
}

/**
 * Loads everything.
 * @param failed backends that worked at first, and then did not
 * @throws SaidError where a file is not there, or nothing computes
 */
export const loadNetworks = (failed: readonly BackendName[]): Promise<Networks> =>
  load(failed).catch((cause: unknown) => {
    if (cause instanceof SaidError) throw cause;
    throw new SaidError(
      `The networks could not be loaded (${cause instanceof Error ? cause.message : String(cause)}). Load the page again.`,
      { cause },
    );
  });

/** Frees everything, as far as a backend that failed lets it. */
export function freeNetworks({ faceApi: { tf, nets }, generator, backend }: Networks): void {
  const frees = [
    () => generator.dispose(),
    () => nets.ssdMobilenetv1.dispose(),
    () => nets.faceLandmark68Net.dispose(),
    () => tf.removeBackend(backend.name),
  ];
  for (const free of frees) {
    try {
      free();
    } catch (error) {
      console.warn(error);
    }
  }
}
