/** @file The constants of pixel ranges, for code with and without TensorFlow. */

/** Half of the range 0..255: x / 127.5 − 1 is in [-1, 1]. */
export const HALF_RANGE = 127.5;

/**
 * What is subtracted from R, G and B in this order. It is the mean in BGR order applied to RGB, a slip of the original's;
 * kept, because trained weights depend on it.
 */
export const MEAN_RGB = [104, 117, 124] as const;

/** Height and width of AlexNet's input, in pixels. */
export const ALEXNET_SIZE = 227;
