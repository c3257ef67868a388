/** @file DeepFace with the weights of a file that Keras wrote. */

import { sha256OfFile } from '../../files/digest';
import { UserError } from '../../errors';
import type { tf } from '../../engine/tf';
import { deepFaceJudge } from './deepface';
import type { Judge } from './judge';
import { kerasSource, readKerasWeights } from '../../weights/keras-h5';
import type { KerasWeight } from '../../weights/keras-h5';
import { buildDeepFace, DEEPFACE_CLASSES, DEEPFACE_WIDTHS } from '../../models/deepface';
import type { DeepFaceWidths } from '../../models/deepface';
import { loadWeights, namedWeights } from '../../models/named-weights';

/** Digits of the hash that tells files of weights apart. */
const HASH_DIGITS = 16;

/** Channels and units as the file has them, by the last side of each kernel. */
function widthsOf(
  weights: ReadonlyMap<string, KerasWeight>,
  file: string,
  flag: string,
): DeepFaceWidths {
  const missing = Object.keys(DEEPFACE_WIDTHS).filter((layer) => !weights.has(`${layer}/kernel`));
  if (missing.length > 0)
    throw new UserError(
      `${flag}: expected the layers ${Object.keys(DEEPFACE_WIDTHS).join(', ')} of DeepFace in ${file}, got none called ${missing.join(', ')}. Use weights of DeepFace that Keras wrote.`,
    );
  const width = (layer: string): number => weights.get(`${layer}/kernel`)?.shape.at(-1) ?? 0;
  return {
    C1: width('C1'),
    C3: width('C3'),
    L4: width('L4'),
    L5: width('L5'),
    L6: width('L6'),
    F7: width('F7'),
  };
}

/**
 * DeepFace with the weights of a file, as wide as the file has it; it ends at F7.
 * @throws UserError when the file is no HDF5, is cut off, or lacks a layer, or a shape is another than DeepFace's
 */
export async function loadDeepFace(file: string, flag: string): Promise<tf.LayersModel> {
  const weights = await readKerasWeights(file, flag, DEEPFACE_CLASSES, ['F8']);
  const model = buildDeepFace(widthsOf(weights, file, flag));
  await loadWeights(namedWeights(model), kerasSource(file, weights));
  return model;
}

/** The same as a judge; opinions are kept under the file's hash. */
export async function loadDeepFaceJudge(file: string, flag: string): Promise<Judge> {
  const model = await loadDeepFace(file, flag);
  const hash = await sha256OfFile(file);
  return deepFaceJudge(model, `DeepFace ${hash.slice(0, HASH_DIGITS)}`);
}
