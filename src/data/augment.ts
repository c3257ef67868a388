import type { Random } from '../statistics/random';
import type { RgbImage } from '../images/pixels';

/** A window of at least this share of each side is kept. */
const LEAST_KEPT = 0.9;
/** Brightness, contrast and saturation change by at most this share, up or down. */
const MOST_COLOUR = 0.15;
const MIDDLE_GREY = 128;

/** What is done to one picture. */
export interface Augmentation {
  readonly isMirrored: boolean;
  /** Share of each side that is kept, and where the window lies in what is left over, 0 to 1. */
  readonly kept: number;
  readonly left: number;
  readonly top: number;
  /** Factors, 1 for no change. */
  readonly brightness: number;
  readonly contrast: number;
  readonly saturation: number;
}

/** Draws what is done to a picture; always as many numbers. */
export function drawAugmentation(random: Random): Augmentation {
  const factor = (): number => 1 + MOST_COLOUR * (2 * random.nextFloat() - 1);
  return {
    isMirrored: random.nextFloat() < 0.5,
    kept: LEAST_KEPT + (1 - LEAST_KEPT) * random.nextFloat(),
    left: random.nextFloat(),
    top: random.nextFloat(),
    brightness: factor(),
    contrast: factor(),
    saturation: factor(),
  };
}

/** The changed picture; the given one is left as it is. */
export function augmentImage({ data, width, height }: RgbImage, change: Augmentation): RgbImage {
  const outWidth = Math.max(1, Math.round(width * change.kept));
  const outHeight = Math.max(1, Math.round(height * change.kept));
  const left = Math.round((width - outWidth) * change.left);
  const top = Math.round((height - outHeight) * change.top);
  const output = new Uint8ClampedArray(outWidth * outHeight * 3);
  const { brightness, contrast, saturation } = change;
  const lit = (value: number): number =>
    ((value - MIDDLE_GREY) * contrast + MIDDLE_GREY) * brightness;
  let to = 0;
  for (let y = 0; y < outHeight; y++) {
    for (let x = 0; x < outWidth; x++) {
      const from = ((top + y) * width + left + (change.isMirrored ? outWidth - 1 - x : x)) * 3;
      const red = data[from] ?? 0;
      const green = data[from + 1] ?? 0;
      const blue = data[from + 2] ?? 0;
      const grey = 0.299 * red + 0.587 * green + 0.114 * blue;
      output[to++] = lit(grey + (red - grey) * saturation);
      output[to++] = lit(grey + (green - grey) * saturation);
      output[to++] = lit(grey + (blue - grey) * saturation);
    }
  }
  return { data: new Uint8Array(output.buffer), width: outWidth, height: outHeight };
}
