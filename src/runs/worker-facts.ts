/** @file What a worker's numbers depend on, whatever it trains: several must have it alike. */

import { hasNativeOps } from '../engine/kernels/native';
import { engineObstacle } from '../engine/function/compiled';
import { packageVersion } from '../files/package-version';
import { gitCommit } from './git-commit';

/** Values by what an error calls them. */
type Facts = Readonly<Record<string, string>>;

/** Settings by their flags. @param ofOneMachine those that may differ: places of files, and what the first worker alone does */
export const settingsFacts = (config: object, ofOneMachine: ReadonlySet<string>): Facts =>
  Object.fromEntries(
    Object.entries(config)
      .filter(([name]) => !ofOneMachine.has(name))
      .map(([name, value]) => [`--${name}`, JSON.stringify(value)]),
  );

/** Code and engine. */
export const processFacts = (): Facts => ({
  'the version of the code': `${packageVersion()} ${gitCommit() ?? ''}`,
  'the number of threads (TF_NUM_INTRAOP_THREADS)': process.env.TF_NUM_INTRAOP_THREADS ?? '',
  'oneDNN (TF_ENABLE_ONEDNN_OPTS)': process.env.TF_ENABLE_ONEDNN_OPTS ?? '',
  'Winograd convolutions (IPCGAN_WINOGRAD)': process.env.IPCGAN_WINOGRAD ?? '',
  'our own native code': `${hasNativeOps()} ${engineObstacle() ?? ''}`,
});
