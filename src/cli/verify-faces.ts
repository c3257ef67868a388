/** @file `ipcgan verify-faces`. */

import type { Resolved } from '../config/load';
import { openEngine } from '../engine/open-engine';
import { UserError } from '../errors';
import { startCounter } from './counter';
import { checkSignature } from '../weights/keras-h5';
import { printResult, say } from './print-result';

/** Prints a table of pairs; exit code 0 whatever it says. */
export async function runVerifyFaces(
  { config }: Resolved<'verify-faces'>,
  _word: string | null,
  paths: readonly string[],
): Promise<number> {
  const { pairsOf, verifyFaces } = await import('../eval/verify-faces');
  const pairs = await pairsOf(paths);
  await checkSignature(config.weights, '--weights');
  await openEngine({ device: config.device });
  const { loadDeepFace } = await import('../eval/judges/load-deepface');
  const model = await loadDeepFace(config.weights, '--weights');
  const { loadFaceFinder } = await import('../faces/detect');
  const counter = startCounter('faces', 'faces');
  const problems: string[] = [];
  const finder = await loadFaceFinder();
  const compared = await verifyFaces(
    model,
    finder,
    pairs,
    config.threshold,
    counter.onProgress,
    (problem) => problems.push(problem),
  ).finally(() => counter.stop());
  for (const problem of problems) say(`left out: ${problem}`);
  if (compared.length === 0)
    throw new UserError(
      'verify-faces: expected two pictures that can be read, got none to compare.',
    );
  const lines = compared.map(
    ({ a, b, distance, verified }) =>
      `${distance === null ? 'no face' : distance.toFixed(2)}\t${verified ? 'same person' : 'not verified'}\t${a}\t${b}`,
  );
  printResult(
    config.json,
    { threshold: config.threshold, pairs: compared },
    ['distance\tverdict\tA\tB', ...lines].join('\n'),
  );
  return 0;
}
