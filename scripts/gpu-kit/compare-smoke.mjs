// Compares two results of smoke.cjs.
import { readFileSync } from 'node:fs';

const valuesOf = (encoded) => {
  const bytes = Buffer.from(encoded, 'base64');
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
};

/** Norm of the difference over the norm of the second. */
function distance(got, expected) {
  let difference = 0;
  let whole = 0;
  for (let i = 0; i < expected.length; i++) {
    difference += (got[i] - expected[i]) ** 2;
    whole += expected[i] ** 2;
  }
  return got.length === expected.length ? Math.sqrt(difference / Math.max(whole, 1e-30)) : Infinity;
}

/** @param tolerance of every value and gradient: norm of the difference over the norm */
export function compareSmoke(gpuFile, cpuFile, tolerance) {
  const [gpu, cpu] = [gpuFile, cpuFile].map((file) => JSON.parse(readFileSync(file, 'utf8')));
  const rows = gpu.checks.map(({ name, milliseconds, values }, i) => {
    const distances = values.map((one, j) =>
      distance(valuesOf(one), valuesOf(cpu.checks[i].values[j])),
    );
    return {
      name,
      milliseconds,
      distances,
      largest: distances.reduce((a, b) => (b > a || Number.isNaN(b) ? b : a)),
    };
  });
  const worst = rows.reduce((a, b) => (a.largest > b.largest || Number.isNaN(a.largest) ? a : b));
  const lines = rows.map(
    ({ name, milliseconds, distances }) =>
      `${name.padEnd(32)} ${String(milliseconds).padStart(6)} ms  ${distances.map((one) => one.toExponential(1)).join('  ')}`,
  );
  // NaN is no agreement
  const isRight =
    gpu.device === 'gpu' &&
    cpu.device === 'cpu' &&
    rows.every(({ largest }) => largest <= tolerance);
  return {
    isRight,
    largest: worst.largest,
    worst: worst.name,
    checks: rows.length,
    device: gpu.device,
    lines,
  };
}
