/** @file `ipcgan bench`. */

import type { KernelUse } from '../bench/kernel-counter';
import { benchBesidePeer, peerLines, PEER_WORDS } from '../bench/peer';
import type { PeerWord } from '../bench/peer';
import { benchStartup } from '../bench/startup';
import type { Resolved } from '../config/load';
import { resolveConfig } from '../config/load';
import type { TrainConfig, VerbConfig } from '../config/schema';
import { unusedFlags } from '../config/unused-flags';
import { openEngine } from '../engine/open-engine';
import { UserError } from '../errors';
import { openTrainingData, withDataset } from '../train/training-data';
import { printResult } from './print-result';

type BenchConfig = VerbConfig<'bench'>;

/** The settings of `train` that decide what is timed. */
function trainConfig({
  data,
  batch_size,
  micro_batch,
  image_size,
  width,
}: BenchConfig): TrainConfig {
  const sizes = {
    batch_size: String(batch_size),
    image_size: String(image_size),
    width: String(width),
  };
  const parts = micro_batch === null ? {} : { micro_batch: String(micro_batch) };
  // no files: random weights take the same time
  const untrained = {
    allow_untrained: true,
    alexnet_pretrained_model: '/none',
    age_pretrained_model: '/none',
  };
  return resolveConfig('train', {
    ...sizes,
    ...parts,
    ...untrained,
    ...(data === null ? {} : { data }),
  }).config;
}

/** Times of one step by kernel, then by kernel and shapes. */
function kernelTable(kernels: readonly KernelUse[]): string {
  const line = (label: string, uses: readonly KernelUse[]): string => {
    const sum = (of: (use: KernelUse) => number): number =>
      uses.reduce((total, use) => total + of(use), 0);
    const [count, milliseconds, gflop] = [
      sum((use) => use.count),
      sum((use) => use.milliseconds),
      sum((use) => use.gflop),
    ];
    const rate =
      gflop > 0
        ? ` ${gflop.toFixed(2).padStart(8)} ${((1000 * gflop) / milliseconds).toFixed(0).padStart(8)}`
        : ' '.repeat(18);
    return `${String(count).padStart(5)} ${milliseconds.toFixed(1).padStart(9)}${rate}  ${label}\n`;
  };
  const names = [...new Set(kernels.map(({ kernel }) => kernel))];
  const byName = names.map((name) => ({
    name,
    uses: kernels.filter(({ kernel }) => kernel === name),
  }));
  const time = (uses: readonly KernelUse[]): number =>
    uses.reduce((total, use) => total + use.milliseconds, 0);
  byName.sort((a, b) => time(b.uses) - time(a.uses));
  return [
    'count        ms    GFLOP  GFLOP/s  kernel\n',
    line('all', kernels),
    ...byName.map(({ name, uses }) => line(name, uses)),
    '\n',
    ...kernels.map((use) => line(`${use.kernel} ${use.shapes}`, [use])),
  ].join('');
}

function dataOf({ data }: BenchConfig): string {
  if (data === null)
    throw new UserError(
      '--data: expected a prepared data set, got nothing. Make one with `ipcgan prepare`.',
    );
  return data;
}

async function measure(word: string, config: BenchConfig): Promise<object> {
  if (word === 'startup') return benchStartup(config.steps);
  if (word === 'evaluate') {
    const data = dataOf(config);
    await openEngine({ device: config.device });
    return (await import('../bench/evaluate')).benchEvaluate(data, config.image_size, config.steps);
  }
  if (word === 'data') {
    dataOf(config);
    const train = await withDataset(trainConfig(config));
    const opened = await openTrainingData(train);
    await openEngine({ device: config.device });
    return (await import('../bench/data')).benchData(train, opened, config.steps);
  }
  await openEngine({ device: config.device });
  if (word === 'pretrain')
    return (await import('../bench/pretrain')).benchPretrain(config, config.steps);
  const train = trainConfig({ ...config, data: null });
  if (word === 'generate')
    return (await import('../bench/generate')).benchGenerate(train, config.steps);
  const { result, kernels } = await (await import('../bench/step')).benchStep(train, config.steps);
  if (config.profile) process.stderr.write(kernelTable(kernels));
  return result;
}

const hasPeer = (word: string): word is PeerWord => PEER_WORDS.some((one) => one === word);

/** PyTorch's scripts have the original's width, whole batches, and no GPU. */
const WITHOUT_PEER = ['micro_batch', 'width', 'profile', 'device'] as const;

/** @throws UserError for flags of another measurement */
function checkFlags(word: string, { given, config }: Resolved<'bench'>): void {
  const of = (...words: string[]): readonly [string, boolean] => [
    words.map((one) => `\`bench ${one}\``).join(', '),
    words.includes(word),
  ];
  const hasPython = config.torch_python !== null;
  const problems = unusedFlags(given, {
    data: of('data', 'evaluate'),
    batch_size: of('step', 'generate', 'data', 'pretrain'),
    micro_batch: of('step', 'data'),
    image_size: of('step', 'generate', 'data', 'evaluate'),
    width: of('step', 'generate', 'data'),
    optimizer: of('pretrain'),
    head_width: of('pretrain'),
    batch_norm: of('pretrain'),
    profile: of('step'),
    torch_python: of(...PEER_WORDS),
    rounds: ['--torch_python', hasPython],
  });
  for (const name of hasPython ? WITHOUT_PEER : []) {
    const flag = given.get(name);
    if (flag !== undefined)
      problems.push(
        `${flag}: expected it without --torch_python, got both. PyTorch is measured on the CPU as it is.`,
      );
  }
  if (problems.length > 0) throw new UserError(problems.join('\n'));
}

/** Measures one thing and prints it, beside PyTorch's where its Python is named. */
export async function runBench(resolved: Resolved<'bench'>, asked: string | null): Promise<number> {
  const { config } = resolved;
  const word = asked ?? 'step';
  checkFlags(word, resolved);
  if (config.torch_python !== null && hasPeer(word)) {
    await openEngine({ device: 'cpu' });
    const both = benchBesidePeer(
      word,
      config,
      config.torch_python,
      (line) => void process.stderr.write(`${line}\n`),
    );
    printResult(config.json, both, peerLines(word, config, both).join('\n'));
    return 0;
  }
  const result = await measure(word, config);
  const lines = Object.entries(result).map(([key, value]) => `${key}: ${String(value)}`);
  printResult(config.json, result, lines.join('\n'));
  return 0;
}
