/** @file What a resumed run goes on with otherwise than it was started, written down: `overrides.jsonl`. */

import { appendFile } from 'node:fs/promises';
import { z } from 'zod';
import { overridableKeys } from '../config/schema';
import type { PretrainConfig, TrainConfig } from '../config/schema';
import { readKnownConfig } from './known-config';
import { runFiles } from './run-dir';

/**
 * Adds a line `{"step", NAME: {"from", "to"}}` for what the run's config.json, as it stands, says otherwise of what `--override` may
 * change: called before that is written anew.
 * @param step finished steps: the values hold for those after it
 */
export async function noteOverrides(
  directory: string,
  config: TrainConfig | PretrainConfig,
  step: number,
): Promise<void> {
  if (!config.override) return;
  const was = await readKnownConfig(directory, z.record(z.string(), z.unknown()));
  if (was === null) return;
  const now = config as Readonly<Record<string, unknown>>;
  const changed = overridableKeys('task' in config ? 'pretrain' : 'train').flatMap((name) =>
    name in was && was[name] !== now[name]
      ? [[name, { from: was[name], to: now[name] }] as const]
      : [],
  );
  if (changed.length === 0) return;
  const line = JSON.stringify({ step, ...Object.fromEntries(changed) });
  await appendFile(runFiles(directory).overrides, `${line}\n`);
}
