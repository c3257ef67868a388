import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import { launchLocally } from '../../src/sweep/launch-local';
import { openSweep, planSweep, saveSweep } from '../../src/sweep/plan';
import { planSlots } from '../../src/sweep/slots';
import { stubTrainer } from '../support/sweep';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();

test.each([0, 2])(
  'with retries: %d, resume starts a run that crashes so many times again, and no more',
  async (retries) => {
    const folder = newFolder();
    const file = path.join(folder, 'x.yaml');
    const directory = path.join(folder, 'sweep');
    // the trainer of the second rate crashes
    const parameters = { learning_rate: [0.1, 0.5] };
    writeFileSync(
      file,
      stringify({
        metric: { name: 'g_loss', goal: 'minimize' },
        base: { max_steps: 8 },
        parameters,
        limits: { retries },
      }),
    );
    await saveSweep(planSweep(file, directory, { threads: 1, launcher: 'local' }));
    for (let n = 0; n < retries + 3; n++)
      await launchLocally(
        await openSweep(directory),
        stubTrainer(folder),
        planSlots(2, 1, []),
        () => undefined,
      );
    expect(readFileSync(path.join(directory, 'runs', 'lr0.5', 'starts'), 'utf8')).toBe(
      'started\n'.repeat(retries + 1),
    );
  },
);
