/** @file The data set that a sweep draws for itself before its runs start. */

import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import { MachineError } from '../errors';
import type { TrainerProgram } from './execute-run';
import { drawnDataDirectory } from './plan';
import type { Sweep } from './plan';

/** Draws it, or finds that it is drawn. @throws MachineError when that fails, with where to read why */
export function drawData(sweep: Sweep, { program, args }: TrainerProgram): void {
  const drawn = sweep.definition.drawn_data;
  if (drawn === null) return;
  const log = path.join(sweep.directory, 'logs', 'prepare.log');
  const descriptor = openSync(log, 'a');
  const flags = Object.entries({ out: drawnDataDirectory(sweep), ...drawn }).map(
    ([name, value]) => `--${name}=${value}`,
  );
  const { status, error } = spawnSync(program, [...args, 'prepare', 'synthetic', ...flags], {
    stdio: ['ignore', descriptor, descriptor],
  });
  closeSync(descriptor);
  if (status !== 0)
    throw new MachineError(
      `drawn_data: expected a data set to be drawn, got ${error?.message ?? `exit code ${status}`}. See ${log}.`,
      {
        cause: error,
      },
    );
}
