/** @file Tries an engine in a process of its own: one that crashes must not take the installer with it. */

import path from 'node:path';
import { MachineError } from '../../errors';
import { lastWords, runCommand } from './run-command';

/** What an engine that works says of itself. */
export interface EngineCheck {
  readonly device: 'gpu' | 'cpu';
  readonly backend: string;
  readonly tfjs: string;
}

/** Computes a convolution and its gradients on the linked engine. @throws MachineError when it does not load or computes wrong numbers */
export async function checkEngine(): Promise<EngineCheck> {
  const program = path.join(__dirname, 'check-program.js');
  const { exitCode, signal, stdout, stderr } = await runCommand(process.execPath, [program]);
  if (exitCode !== 0)
    throw new MachineError(
      `engine: expected it to load, got: ${signal === null ? lastWords(stderr, 3) : `it was ended by ${signal}`}. Run \`ipcgan engine install\` again, or \`ipcgan doctor\`.`,
    );
  const { isRight, got, ...facts } = JSON.parse(lastWords(stdout, 1)) as EngineCheck & {
    isRight: boolean;
    got: unknown;
  };
  if (!isRight)
    throw new MachineError(
      `engine: expected a convolution and its gradients as worked out by hand, got ${JSON.stringify(got)}. This processor or library is broken.`,
    );
  return facts;
}
