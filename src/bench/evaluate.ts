/** @file Measures judging: faces a second for finding, descriptor and age, by the first judge alone and by all. */

import path from 'node:path';
import { loadFaceFinder } from '../faces/detect';
import { readDataset } from '../data/dataset';
import { readManifest } from '../data/manifest';
import { loadFaceApiJudge } from '../eval/judges/face-api';
import { loadHumanJudge } from '../eval/judges/human';
import { JUDGED_AT_A_TIME, observe, panelOf } from '../eval/judges/panel';
import type { Panel } from '../eval/judges/panel';
import { loadFace } from '../eval/test-set';
import { rounded, secondsSince } from './timing';

/** What was measured. */
export interface EvaluateBench {
  /** Found, landmarks, descriptor and age by face-api. */
  readonly faces_per_second: number;
  /** The same by all judges that every evaluation has. */
  readonly faces_per_second_all_judges: number;
  readonly faces: number;
  readonly image_size: number;
}

/** Judges `rounds` batches of a data set's pictures, after one that warms up. */
export async function benchEvaluate(
  directory: string,
  imageSize: number,
  rounds: number,
): Promise<EvaluateBench> {
  const dataset = await readDataset(directory);
  const entries = (await readManifest(directory)).slice(0, (rounds + 1) * JUDGED_AT_A_TIME);
  const images = await Promise.all(
    entries.map((entry) => loadFace(path.join(dataset.rootFolder, entry.path), imageSize)),
  );
  const finder = await loadFaceFinder();
  const first = await loadFaceApiJudge();
  const second = await loadHumanJudge();
  const timed = images.slice(JUDGED_AT_A_TIME);
  const rate = async (panel: Panel): Promise<number> => {
    await observe(panel, images.slice(0, JUDGED_AT_A_TIME));
    const started = performance.now();
    await observe(panel, timed);
    return rounded(timed.length / secondsSince(started), 2);
  };
  const all = panelOf(finder, [first, second]);
  try {
    return {
      faces_per_second: await rate(panelOf(finder, [first])),
      faces_per_second_all_judges: await rate(all),
      faces: timed.length,
      image_size: imageSize,
    };
  } finally {
    all.dispose();
  }
}
