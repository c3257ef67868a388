/** @file The judges of an evaluation, loaded: the first one tells identity, the others stand beside it. */

import { loadFaceFinder } from '../../faces/detect';
import { loadFaceApiJudge } from './face-api';
import { loadHumanJudge } from './human';
import type { Judge } from './judge';
import type { Panel } from './panel';

/** Loads face finder and the judges that every evaluation has; `first` and `last` stand before and behind them. */
export async function openPanel(first: readonly Judge[], last: readonly Judge[]): Promise<Panel> {
  return {
    finder: await loadFaceFinder(),
    judges: [...first, await loadFaceApiJudge(), await loadHumanJudge(), ...last],
  };
}
