#!/usr/bin/env node
/** @file The command `ipcgan`. */

import { main } from './main';

// a reader that closes early, like `head`, is no error
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

void main(process.argv.slice(2)).then((exitCode) => {
  process.exitCode = exitCode;
});
