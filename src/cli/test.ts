/** @file `ipcgan test`. */

import type { Resolved } from '../config/load';
import { ensureEngine } from '../engine/install/ensure';
import { startProgress } from '../train/progress';
import type { Progress } from '../train/progress';

/** Ages the faces of a folder. */
export async function runTest({ config }: Resolved<'test'>): Promise<number> {
  await ensureEngine(config.device);
  const { loadGenerator } = await import('../train/load-generator');
  const { ageFolder } = await import('../eval/age-folder');
  const { generator, imageSize, ageBounds, label } = await loadGenerator(config.checkpoint_dir, config.step);
  process.stderr.write(`ageing ${config.test_data_dir} with ${label}\n`);
  let progress: Progress | undefined;
  const companionDir = config.batch_norm === 'batch' ? config.train_data_dir : null;
  const settings = { testDir: config.test_data_dir, saveDir: config.save_dir, imageSize, ageBounds, companionDir };
  const { pictures, contactSheet, skipped } = await ageFolder(generator, settings, (done, total) => {
    progress ??= startProgress('test', total);
    progress.update(done);
  }).finally(() => progress?.stop());
  for (const problem of skipped) process.stderr.write(`left out: ${problem}\n`);
  process.stdout.write(
    `${pictures} pictures aged in ${config.save_dir}${skipped.length > 0 ? `, ${skipped.length} left out` : ''}; look at ${contactSheet}\n`,
  );
  return 0;
}
