/** @file `ipcgan verify-faces`. */

import type { Resolved } from '../config/load';
import { openEngine } from '../engine/open-engine';
import { UserError } from '../errors';
import { startCounter } from './counter';
import { checkSignature } from '../weights/keras-h5';
import { printResult, say } from './print-result';

/** Of distances; face-api's are below 1.5, DeepFace's below 200. */
const DIGITS = 3;

/** Prints a table of pairs; exit code 0 whatever it says. */
export async function runVerifyFaces(
  { config }: Resolved<'verify-faces'>,
  _word: string | null,
  paths: readonly string[],
): Promise<number> {
  const { pairsOf, verifyFaces } = await import('../eval/verify-faces');
  const pairs = await pairsOf(paths);
  const { weights, threshold, device, json } = config;
  if (weights !== null) await checkSignature(weights, '--weights');
  await openEngine({ device });
  const { openDeepFaceComparer, openDescriptorComparer } = await import('../eval/face-comparers');
  const comparer =
    weights === null
      ? await openDescriptorComparer(threshold)
      : await openDeepFaceComparer(weights, threshold);
  const { loadFaceFinder } = await import('../faces/detect');
  const counter = startCounter('faces', 'faces');
  const problems: string[] = [];
  const finder = await loadFaceFinder();
  const compared = await verifyFaces(comparer, finder, pairs, counter.onProgress, (problem) =>
    problems.push(problem),
  ).finally(() => {
    counter.stop();
    finder.dispose();
    comparer.dispose();
  });
  for (const problem of problems) say(`left out: ${problem}`);
  if (compared.length === 0)
    throw new UserError(
      'verify-faces: expected two pictures that can be read, got none to compare.',
    );
  const lines = compared.map(
    ({ a, b, distance, verified }) =>
      `${distance === null ? 'no face' : distance.toFixed(DIGITS)}\t${verified ? 'same person' : 'not verified'}\t${a}\t${b}`,
  );
  const { name, origin } = comparer;
  say(`${name}; one person up to a distance of ${comparer.threshold} (${origin})`);
  printResult(
    json,
    { judge: name, threshold: comparer.threshold, threshold_origin: origin, pairs: compared },
    ['distance\tverdict\tA\tB', ...lines].join('\n'),
  );
  return 0;
}
