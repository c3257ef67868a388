/** @file The judges of an evaluation, loaded: the first one tells identity, the others stand beside it. */

import { loadFaceFinder } from '../../faces/detect';
import { loadFaceApiJudge } from './face-api';
import { loadHumanJudge } from './human';
import type { Judge } from './judge';
import { panelOf } from './panel';
import type { Panel } from './panel';

/** Loads one judge. */
export type LoadJudge = () => Promise<Judge>;

/**
 * Loads face finder and the judges that every evaluation has; `first` and `last` stand before and behind them.
 * @returns a panel that the caller disposes; where a judge cannot be loaded, those before it are freed
 */
export async function openPanel(
  first: readonly LoadJudge[],
  last: readonly LoadJudge[],
): Promise<Panel> {
  const finder = await loadFaceFinder();
  const judges: Judge[] = [];
  try {
    for (const load of [...first, loadFaceApiJudge, loadHumanJudge, ...last])
      judges.push(await load());
  } catch (error) {
    panelOf(finder, judges).dispose();
    throw error;
  }
  return panelOf(finder, judges);
}
