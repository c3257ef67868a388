#!/usr/bin/env node
/** @file The command `ipcgan`. */

import { main } from './main';
import { SIGNAL_EXIT_CODE } from '../runs/interrupt';

// a reader that closes early, like `head`, and a terminal that was closed are no errors: work goes on, or is saved
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
  });
}

void main(process.argv.slice(2)).then((exitCode) => {
  process.exitCode = exitCode;
  // Node aborts when it cannot put a closed terminal back as it was; it ends by the signal instead, as it would have unwatched
  if (exitCode === SIGNAL_EXIT_CODE.SIGHUP && process.stderr.isTTY)
    process.kill(process.pid, 'SIGHUP');
});
