/** @file Names of the numbers that a line of a run's metrics.jsonl has. */

export const METRIC_NAMES = [
  ...[
    'd_loss',
    'd_real',
    'd_mislabelled',
    'd_fake',
    'd_gradient_norm',
    'g_loss',
    'fea_loss',
    'age_loss',
    'tv_loss',
    'g_gradient_norm',
  ],
  ...['held_out_fea_loss', 'held_out_age_loss', 'images_per_second'],
] as const;
