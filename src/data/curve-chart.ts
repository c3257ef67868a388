/** @file Curves of numbers over steps, as SVG. */

/** One curve: points [step, value]. */
export interface Curve {
  readonly name: string;
  readonly points: readonly (readonly [number, number])[];
}

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [640, 300, 52, 16, 28, 34] as const;
const COLOURS = ['#14407c', '#c2410c', '#15803d', '#7c3aed'] as const;
const GRID_LINES = 4;

/** A chart of all curves on one pair of axes. @param title above it */
export function curveChart(title: string, curves: readonly Curve[]): string {
  const points = curves.flatMap((curve) => curve.points);
  const lastStep = Math.max(1, ...points.map(([step]) => step));
  const values = points.map(([, value]) => value);
  const [low, high] = [Math.min(0, ...values), Math.max(1e-9, ...values)];
  const x = (step: number): string => (LEFT + (step / lastStep) * (WIDTH - LEFT - RIGHT)).toFixed(1);
  const y = (value: number): string => (TOP + (1 - (value - low) / (high - low)) * (HEIGHT - TOP - BOTTOM)).toFixed(1);
  const grid = Array.from({ length: GRID_LINES + 1 }, (_, i) => {
    const [value, step] = [low + (i / GRID_LINES) * (high - low), Math.round((i / GRID_LINES) * lastStep)];
    return (
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(value)}" y2="${y(value)}" stroke="#ddd"/>` +
      `<text x="${LEFT - 6}" y="${y(value)}" dy="4" text-anchor="end">${value.toPrecision(2)}</text>` +
      `<text x="${x(step)}" y="${HEIGHT - 14}" text-anchor="middle">${step}</text>`
    );
  });
  const drawn = curves.map(({ name, points: own }, i) => {
    const colour = COLOURS[i % COLOURS.length] ?? '#000';
    const line = own.map(([step, value]) => `${x(step)},${y(value)}`).join(' ');
    return `<polyline fill="none" stroke="${colour}" stroke-width="1.5" points="${line}"/><text x="${LEFT + 8 + i * 150}" y="${TOP + 10}" fill="${colour}">${name}</text>`;
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="11">` +
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/><text x="${LEFT}" y="16" font-size="13">${title}</text>${grid.join('')}${drawn.join('')}</svg>\n`
  );
}
