/** @file Rules over several settings of a verb, beside what each of them may be. */

import type { Verb } from './schema';
import { unusedFlags } from './unused-flags';

type Config = Readonly<Record<string, unknown>>;

/** Where settings come from. */
export interface Origins {
  /** What the user gave, with the name that an error gives it. */
  readonly given: ReadonlyMap<string, string>;
  /** Given now, or in the config of the run that is resumed. */
  readonly known: ReadonlySet<string>;
}

function brokenOfTrain(config: Config, { given, known }: Origins): string[] {
  const problems: string[] = [];
  const [bounds, groups] = [config.age_bounds, config.age_groups];
  if (given.has('run') && given.has('checkpoint_dir'))
    problems.push(
      '--run: expected --run or --checkpoint_dir, got both. --run NAME means checkpoints/NAME.',
    );
  if (!Array.isArray(bounds) || typeof groups !== 'number' || known.has('data')) return problems;
  if (bounds.length !== groups - 1)
    problems.push(
      `--age_bounds: expected ${groups - 1} bounds for ${groups} age groups, got ${bounds.length}. Give one fewer than age_groups.`,
    );
  return problems;
}

function unusedOfPretrain({ task, trunk, teacher }: Config, { given }: Origins): string[] {
  const isFinetuned = task === 'age' && trunk === 'finetune';
  const hasUseOfTeacher = task === 'identity' || trunk === 'finetune';
  return unusedFlags(given, {
    trunk: ['--task=age', task === 'age'],
    trunk_rate: ['--task=age --trunk=finetune', isFinetuned],
    label_sigma: ['--task=age', task === 'age'],
    teacher: [
      '--task=identity, or --task=age --trunk=finetune',
      hasUseOfTeacher || teacher === 'none',
    ],
    teacher_weight: [
      '--task=age --trunk=finetune --teacher=face-descriptor',
      isFinetuned && teacher !== 'none',
    ],
    min_pictures: ['--task=identity without --teacher', task === 'identity' && teacher === 'none'],
  });
}

function brokenOfTest({ align, batch_norm: batchNorm }: Config, { given }: Origins): string[] {
  return unusedFlags(given, {
    face: ['--align', align === true],
    min_face: ['--align', align === true],
    train_data_dir: ['--batch_norm=batch', batchNorm === 'batch'],
  });
}

function brokenOfPretrain(config: Config, origins: Origins): string[] {
  const isMissing = config.task === 'age' && config.alexnet_pretrained_model === null;
  return [
    ...(isMissing
      ? [
          '--alexnet_pretrained_model: expected the identity network that the age head stands on, got nothing. Pretrain one with --task=identity.',
        ]
      : []),
    ...unusedOfPretrain(config, origins),
  ];
}

function brokenBounds({ age_bounds: bounds }: Config): string[] {
  if (!Array.isArray(bounds)) return [];
  const isRising = bounds.every((bound, i) => i === 0 || Number(bound) > Number(bounds[i - 1]));
  if (isRising && bounds.length > 0 && bounds.length <= 9) return [];
  return [
    `--age_bounds: expected 1 to 9 rising years, got ${bounds.join(',')}. For example 20,30,40,50.`,
  ];
}

function brokenMicroBatch({ micro_batch: micro, batch_size: batch }: Config): string[] {
  if (typeof micro !== 'number' || typeof batch !== 'number' || batch % micro === 0) return [];
  return [
    `--micro_batch: expected a divisor of --batch_size (${batch}), got ${micro}. Every part must be of the same size.`,
  ];
}

/** A line for each rule that settings break. */
export function brokenRules(verb: Verb, config: Config, origins: Origins): string[] {
  return [
    ...brokenBounds(config),
    ...brokenMicroBatch(config),
    ...(verb === 'train' ? brokenOfTrain(config, origins) : []),
    ...(verb === 'pretrain' ? brokenOfPretrain(config, origins) : []),
    ...(verb === 'test' ? brokenOfTest(config, origins) : []),
  ];
}
