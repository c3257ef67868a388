/** @file Exit codes that no error has; those of errors are in errors.ts. */

import { SIGNAL_EXIT_CODE } from '../runs/interrupt';
import type { StopSignal } from '../runs/interrupt';

/** A verb that did what it is for, and found something wrong. */
export const EXIT_FOUND_WRONG = 1;
/** What nobody foresaw. */
export const EXIT_BUG = 2;
/** The doctor found something wrong with the machine. */
export const EXIT_MACHINE = 3;

/** Of work that was asked to stop by a signal, or went on to its end. */
export const exitCodeAfter = (signal: StopSignal | null): number =>
  signal === null ? 0 : SIGNAL_EXIT_CODE[signal];
