/** @file Times the ageing of faces by a generator with random weights, as `test` does it: batch norm folded in. */

import { tf } from '../engine/tf';
import type { TrainConfig } from '../config/schema';
import { openFaceAger, pictureOf } from '../ageing/age-faces';
import { generatorOfKind } from '../models/generators';
import { buildTrainedNetworks, networkSettings } from '../train/networks';
import { FUNCTION_WARM_UP, median, peakRssGb, rounded, secondsSince } from './timing';

/** What was measured. */
export interface GenerateBench {
  readonly what: string;
  readonly batch: number;
  readonly size: number;
  /** Median seconds a batch. */
  readonly batch_seconds: number;
  readonly fastest: number;
  readonly slowest: number;
  readonly images_per_second: number;
  readonly peak_rss_gb: number;
}

/** Ages batches until they are a function, and `steps` more. */
export async function benchGenerate(config: TrainConfig, steps: number): Promise<GenerateBench> {
  const { batch_size: batch, image_size: size } = config;
  const settings = networkSettings(config);
  const generator = generatorOfKind(settings.generator, '--generator').fold(
    buildTrainedNetworks(settings, config.seed).generator,
  );
  const faces = tf.randomUniform<tf.Rank.R4>([batch, size, size, 3], -110, 130);
  const ager = openFaceAger(generator, null);
  const times: number[] = [];
  // what comes before is op by op, and recorded
  for (let step = -FUNCTION_WARM_UP; step < steps; step++) {
    const started = performance.now();
    const aged = pictureOf(ager.age(faces, 1));
    await aged.data();
    aged.dispose();
    if (step >= 0) times.push(secondsSince(started));
  }
  const seconds = median(times);
  return {
    what: `ipcgan, tfjs ${tf.version.tfjs}`,
    batch,
    size,
    batch_seconds: rounded(seconds, 4),
    fastest: rounded(Math.min(...times), 4),
    slowest: rounded(Math.max(...times), 4),
    images_per_second: rounded(batch / seconds, 3),
    peak_rss_gb: peakRssGb(),
  };
}
