import type { RgbImage } from './pixels';

const CHANNELS = 3;

/** Pictures of one size side by side, black where there are fewer than rows × columns; no gaps. */
export function imageGrid(images: readonly RgbImage[], rows: number, columns: number): RgbImage {
  const { width: w, height: h } = images[0] ?? { width: 1, height: 1 };
  const data = new Uint8Array(rows * columns * w * h * CHANNELS);
  images.slice(0, rows * columns).forEach((image, i) => {
    const row = Math.floor(i / columns);
    const column = i % columns;
    for (let y = 0; y < h; y++) {
      const at = ((row * h + y) * columns + column) * w * CHANNELS;
      data.set(image.data.subarray(y * w * CHANNELS, (y + 1) * w * CHANNELS), at);
    }
  });
  return { data, width: columns * w, height: rows * h };
}
