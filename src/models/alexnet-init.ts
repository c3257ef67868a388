/** @file Starting weights of AlexNet where nobody has trained it: for pretraining, and for `--allow_untrained`. */

/** Spread of the input in grey levels, which the first layer divides out. */
const INPUT_STDDEV = 64;

/** The layers that end in logits start near zero, so that the first loss is that of a guess. */
const LOGITS = /^alexnet\/(new_2|age_fc8|descriptor)\//;
const LOGITS_STDDEV = 0.001;

/** He et al. 2015 (equation 10): √(2 / fan-in); Caffe's constants of 0.01 take far longer to get going. */
export function alexNetStddev(name: string, shape: readonly number[]): number {
  const fanIn = shape.slice(0, -1).reduce((product, size) => product * size, 1);
  const he = Math.sqrt(2 / fanIn);
  if (LOGITS.test(name)) return LOGITS_STDDEV;
  return name.startsWith('alexnet/conv1/') ? he / INPUT_STDDEV : he;
}
