import { cpSync } from 'node:fs';
import path from 'node:path';
import { resolveConfig } from '../../src/config/load';
import { resolveRun } from '../../src/runs/resumed-config';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();

test('a run of version 0.1, which had no key for it, goes on with eight held-out faces; a new one has 32', async () => {
  const run = path.join(newFolder(), 'run');
  cpSync('test/fixtures/kept-0.1/run', run, { recursive: true });
  const resumed = await resolveRun(
    resolveConfig('train', { checkpoint_dir: run, resume: true, max_steps: '4' }),
  );
  expect([resumed.held_out_faces, resumed.max_steps]).toEqual([8, 4]);
  await expect(
    resolveRun(resolveConfig('train', { checkpoint_dir: run, resume: true, held_out_faces: '16' })),
  ).rejects.toThrow(
    `--held_out_faces: expected 8 as in ${run}, got 16. A resumed run keeps it; start a new run.`,
  );
  const started = await resolveRun(
    resolveConfig('train', { checkpoint_dir: path.join(newFolder(), 'new') }),
  );
  expect(started.held_out_faces).toBe(32);
});
