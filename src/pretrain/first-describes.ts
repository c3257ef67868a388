/** @file What a teacher says of the pictures, computed by one of several workers for all that read the same files. */

import type { Dataset } from '../data/dataset';
import { faceDescriptors } from '../data/teacher-descriptors';
import type { Descriptors } from '../data/teacher-descriptors';
import type { Team } from '../distributed/team';

const WORKING = 'working';
const DONE = 'done';

/**
 * The descriptors of a data set: the first worker reads or computes them, and the others wait and read them beside the lists. One that does
 * not find them there, as without leave to write or with a disk of its own, computes them itself.
 * @param team null where there are no other workers
 * @throws UserError when a picture cannot be decoded
 */
export async function firstDescribes(
  dataset: Dataset,
  team: Team | null,
  report: (text: string) => void,
): Promise<Descriptors> {
  if (team === null) return faceDescriptors(dataset, report);
  if (team.rank > 0) {
    // a word now and then: nobody is waited for longer than a team has patience
    while (team.textOfFirst(null) !== DONE);
    return faceDescriptors(dataset, report);
  }
  const found = await faceDescriptors(dataset, (text) => {
    report(text);
    team.textOfFirst(WORKING);
  });
  team.textOfFirst(DONE);
  return found;
}
