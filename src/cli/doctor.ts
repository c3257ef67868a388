/** @file `ipcgan doctor`. */

import type { Resolved } from '../config/load';
import { doctorReport, formatDoctor } from '../engine/doctor';
import { EXIT_MACHINE } from './exit-code';
import { printResult } from './print-result';

/** Prints what the doctor found; exit code 3 when something is wrong. */
export async function runDoctor({ config }: Resolved<'doctor'>): Promise<number> {
  const report = await doctorReport(config.device);
  printResult(config.json, report, formatDoctor(report));
  return report.problems.length > 0 ? EXIT_MACHINE : 0;
}
