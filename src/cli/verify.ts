/** @file `ipcgan verify`. */

import path from 'node:path';
import type { Resolved } from '../config/load';
import { openEngine } from '../engine/open-engine';
import type { Row } from '../parity/comparison-rows';
import { EXIT_FOUND_WRONG } from './exit-code';
import { printResult } from './print-result';

const shown = (value: number | string): string =>
  typeof value === 'number' ? value.toPrecision(7) : value;

function formatRow({ quantity, expected, got, error, spread, tolerance, pass }: Row): string {
  const cells = [
    pass ? 'pass' : 'FAIL',
    quantity.padEnd(78),
    shown(expected).padStart(13),
    shown(got).padStart(13),
    error.toExponential(1).padStart(9),
    (spread?.toExponential(1) ?? '-').padStart(9),
    `≤ ${Number(tolerance.toPrecision(2))}`,
  ];
  return cells.join('  ');
}

/** Prints the proof, a line a quantity: expected, got, error, spread, tolerance; exit code 1 when a row fails. */
export async function runVerify({ config }: Resolved<'verify'>): Promise<number> {
  // oneDNN and Winograd's form round otherwise than the original's kernels, and one leaky ReLU that flips its sign by that moves a gradient by 2e-3;
  // TF32 has ten bits of mantissa
  process.env.TF_ENABLE_ONEDNN_OPTS ??= '0';
  process.env.IPCGAN_WINOGRAD ??= '0';
  process.env.NVIDIA_TF32_OVERRIDE ??= '0';
  await openEngine({ device: config.device });
  const { verifyFixtures } = await import('../parity/verify');
  const images = config.images ?? path.join(config.fixtures, '../faces/cacd-samples');
  const rows = await verifyFixtures(config.fixtures, images, config.compile);
  const failed = rows.filter(({ pass }) => !pass).length;
  const passed = rows.length - failed;
  const plain = rows.map(({ quantity, expected, got, error, spread, tolerance, pass }) => ({
    quantity,
    expected,
    got,
    error,
    spread,
    tolerance,
    pass,
  }));
  const lines = [...rows.map(formatRow), `${passed} passed, ${failed} failed`];
  printResult(config.json, { passed, failed, rows: plain }, lines.join('\n'));
  return failed > 0 ? EXIT_FOUND_WRONG : 0;
}
