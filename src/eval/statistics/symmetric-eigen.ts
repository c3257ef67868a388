/** @file Eigenvalues and eigenvectors of a symmetric matrix, by Jacobi's rotations. */

/** Rotations stop when what is off the diagonal is this small beside the diagonal. */
const NEGLIGIBLE = 1e-12;
const MOST_SWEEPS = 30;

/** Eigenvalues, and eigenvectors as the columns of an n × n matrix, row by row. */
export interface Eigen {
  readonly values: Float64Array;
  readonly vectors: Float64Array;
}

function offDiagonal(a: Float64Array, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) if (i !== j) sum += (a[i * n + j] ?? 0) ** 2;
  return Math.sqrt(sum);
}

/** Turns columns p and q of a matrix (stride 1 between rows' entries) by the angle with this sine and cosine. */
function turnColumns(m: Float64Array, n: number, p: number, q: number, c: number, s: number): void {
  for (let i = 0; i < n; i++) {
    const [left, right] = [m[i * n + p] ?? 0, m[i * n + q] ?? 0];
    m[i * n + p] = c * left - s * right;
    m[i * n + q] = s * left + c * right;
  }
}

function turnRows(m: Float64Array, n: number, p: number, q: number, c: number, s: number): void {
  for (let i = 0; i < n; i++) {
    const [upper, lower] = [m[p * n + i] ?? 0, m[q * n + i] ?? 0];
    m[p * n + i] = c * upper - s * lower;
    m[q * n + i] = s * upper + c * lower;
  }
}

/** @param matrix symmetric, n × n, row by row; left as it is */
export function symmetricEigen(matrix: Float64Array, n: number): Eigen {
  const a = Float64Array.from(matrix);
  const vectors = new Float64Array(n * n);
  for (let i = 0; i < n; i++) vectors[i * n + i] = 1;
  const scale = Math.sqrt(a.reduce((sum, value) => sum + value * value, 0)) || 1;
  for (let sweep = 0; sweep < MOST_SWEEPS && offDiagonal(a, n) > NEGLIGIBLE * scale; sweep++) {
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const off = a[p * n + q] ?? 0;
        if (Math.abs(off) < Number.MIN_VALUE) continue;
        const theta = ((a[q * n + q] ?? 0) - (a[p * n + p] ?? 0)) / (2 * off);
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const c = 1 / Math.sqrt(t * t + 1);
        turnColumns(a, n, p, q, c, t * c);
        turnRows(a, n, p, q, c, t * c);
        turnColumns(vectors, n, p, q, c, t * c);
      }
    }
  }
  return { values: Float64Array.from({ length: n }, (_, i) => a[i * n + i] ?? 0), vectors };
}
