/** @file Signals that ask a run to end, and two processes that want one run. */

import { existsSync } from 'node:fs';
import path from 'node:path';
import { run, start } from './command';
import { differences } from './compare';
import { copyData, killAgainAndAgain, TINY, TRAINING } from './kills';
import type { Part } from './part';

const stopTraining =
  (signal: NodeJS.Signals, code: number): Part =>
  (torture) => {
    copyData(torture);
    return killAgainAndAgain({ ...TRAINING, by: { signal, code } }, torture);
  };

export const terminate = stopTraining('SIGTERM', 143);
export const interrupt = stopTraining('SIGINT', 130);
export const hangUp = stopTraining('SIGHUP', 129);

const SHORT = ['train', ...TINY, '--max_steps=3', '--save_every=3', '--sample_every=3'];
/** What the one that came too late says. */
const TOO_LATE = /expected (?:a run that nobody trains|no run there)/;

/** Half of the tries begin a run, half go on with one. */
export const twoAtOnce: Part = async (torture) => {
  const { home, times, random, say } = torture;
  copyData(torture);
  const begin = SHORT.map((word) => word.replace('max_steps=3', 'max_steps=1'));
  const goOn = (name: string) => ['train', `--run=${name}`, '--resume', '--max_steps=3'];
  // left alone, both ways: the one that is begun has pictures of its first end, too
  await run([...SHORT, '--run=whole'], home);
  await run([...begin, '--run=whole-begun'], home);
  await run(goOn('whole-begun'), home);
  const faults: string[] = [];
  for (let i = 0; i < times; i++) {
    const name = `two-${i}`;
    const isBegun = i % 2 === 1;
    if (isBegun) await run([...begin, `--run=${name}`], home);
    const words = isBegun ? goOn(name) : [...SHORT, `--run=${name}`];
    const first = start(words, home);
    // seldom at the very same moment: who comes first is random, too
    await new Promise((resolve) => setTimeout(resolve, random.nextInt(3) * random.nextInt(200)));
    const both = await Promise.all([first, start(words, home)].map(({ ended }) => ended));
    const won = both.filter(({ code }) => code === 0);
    const late = both.filter(({ code, stderr }) => code === 1 && TOO_LATE.test(stderr));
    // where both have come one after the other, the second finds a finished run and does nothing
    const isAfter =
      isBegun &&
      won.length === 2 &&
      both.filter(({ stderr }) => stderr.includes('step 3/')).length === 1;
    if (!(won.length === 1 && late.length === 1) && !isAfter)
      faults.push(
        `${name}: ${both.map(({ code, stderr }) => `${code}: ${stderr.slice(-300)}`).join(' and ')}`,
      );
    const place = path.join(home, 'checkpoints', name);
    const different = existsSync(place)
      ? differences(path.join(home, 'checkpoints', isBegun ? 'whole-begun' : 'whole'), place)
      : ['everything'];
    if (different.length > 0)
      faults.push(`${name}: differs in ${different.slice(0, 5).join(', ')}`);
    say(`${i + 1} tries, ${faults.length} faults`);
  }
  return { tries: times, faults, note: 'half of them a new run, half one that goes on' };
};
