/** @file Who tells whether two faces are one person's for `verify-faces`, and up to which distance they are. */

import { loadFaceDescriber } from '../faces/descriptor';
import { embedByDeepFace } from './judges/deepface';
import type { FaceView } from './judges/judge';
import { loadDeepFace } from './judges/load-deepface';

/**
 * Up to which distance face-api's descriptors are one person's: measured as `evaluate` does, on all pairs of 143 photographs of UTKFace of
 * ages 16 to 80, each counted as another person since nobody is named there; its 95 % are 0.557 to 0.610. Faces were found as here.
 */
export const CALIBRATED = {
  threshold: 0.58,
  origin:
    'false accept rate 1 % on 10,153 pairs of strangers of UTKFace, 0.557 to 0.610 with 95 %; its authors give 0.6',
} as const;

/** A network that describes faces, and what its distances mean. */
export interface FaceComparer {
  readonly name: string;
  /** Largest Euclidean distance of one person. */
  readonly threshold: number;
  /** Where the threshold comes from, for readers. */
  readonly origin: string;
  embed(face: FaceView): Promise<Float32Array>;
  /** Frees the network, where nobody else has it open. */
  dispose(): void;
}

const GIVEN = 'given by --threshold';

/** face-api's descriptor, of 128 numbers. @param given threshold, or null for the calibrated one */
export async function openDescriptorComparer(given: number | null): Promise<FaceComparer> {
  const describer = await loadFaceDescriber();
  return {
    name: "face-api's descriptor",
    threshold: given ?? CALIBRATED.threshold,
    origin: given === null ? CALIBRATED.origin : GIVEN,
    embed: ({ image, landmarks }) =>
      describer.describe([{ image, landmarks: landmarks.map(({ x, y }) => [x, y] as const) }]),
    dispose: () => describer.dispose(),
  };
}

/** The notebook's threshold. */
const DEEPFACE_THRESHOLD = 50;

/** DeepFace as the original's notebook has it. @param weights as Keras writes them, .h5 @throws UserError for a file that is none */
export async function openDeepFaceComparer(
  weights: string,
  given: number | null,
): Promise<FaceComparer> {
  const model = await loadDeepFace(weights, '--weights');
  return {
    name: 'DeepFace',
    threshold: given ?? DEEPFACE_THRESHOLD,
    origin: given === null ? "the original notebook's" : GIVEN,
    embed: async (face) => (await embedByDeepFace(model, [face]))[0] ?? new Float32Array(),
    dispose: () => model.dispose(),
  };
}
