/** @file `ipcgan bench`. */

import type { KernelUse } from '../bench/kernel-counter';
import { benchBesidePeer, peerLines, PEER_WORDS } from '../bench/peer';
import type { PeerWord } from '../bench/peer';
import { benchStartup } from '../bench/startup';
import type { Resolved } from '../config/load';
import { resolveConfig } from '../config/load';
import type { TrainConfig, VerbConfig } from '../config/schema';
import { openEngine } from '../engine/open-engine';
import { UserError } from '../errors';
import { openTrainingData, withDataset } from '../train/training-data';
import { preparedData } from './prepared-data';
import { printResult, say } from './print-result';
import { isLauncher, launchThisCommand, openEngineOfWorker } from './workers';
import type { WorkerConfig } from './workers';

/** How long workers of a benchmark wait for one another, and how often they ask. */
const JOIN_SECONDS = 300;
const WATCH_SECONDS = 5;

type BenchConfig = VerbConfig<'bench'>;

/** Workers of a benchmark are launched here, once. */
const workersOf = ({ workers, device, precision, deterministic }: BenchConfig): WorkerConfig => ({
  ...{ workers, device, precision, deterministic, distributed: 'none', restarts: 0 },
  ...{ join_timeout: JOIN_SECONDS, watch_seconds: WATCH_SECONDS },
});

/** The settings of `train` that decide what is timed. */
function trainConfig({
  data,
  batch_size,
  micro_batch,
  image_size,
  width,
  compile,
  precision,
  perceptual_augment,
  d_augment,
}: BenchConfig): TrainConfig {
  const sizes = {
    compile,
    precision,
    batch_size: String(batch_size),
    image_size: String(image_size),
    width: String(width),
    perceptual_augment,
    d_augment,
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
    const count = sum((use) => use.count);
    const milliseconds = sum((use) => use.milliseconds);
    const gflop = sum((use) => use.gflop);
    const perSecond = (amount: number): string => ((1000 * amount) / milliseconds).toFixed(0);
    const arithmetic =
      gflop > 0
        ? ` ${gflop.toFixed(2).padStart(8)} ${perSecond(gflop).padStart(8)}`
        : ' '.repeat(18);
    const memory = perSecond(sum((use) => use.gigabytes)).padStart(6);
    const rate = `${arithmetic} ${memory}`;
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
    'count        ms    GFLOP  GFLOP/s   GB/s  kernel\n',
    line('all', kernels),
    ...byName.map(({ name, uses }) => line(name, uses)),
    '\n',
    ...kernels.map((use) => line(`${use.kernel} ${use.shapes}`, [use])),
  ].join('');
}

/** @returns null in a worker that leaves it to the first one */
async function measure(word: string | null, config: BenchConfig): Promise<object | null> {
  if (word === 'startup') return benchStartup(config.steps);
  if (word === 'evaluate') {
    const data = preparedData(config);
    await openEngine({ device: config.device });
    return (await import('../bench/evaluate')).benchEvaluate(data, config.image_size, config.steps);
  }
  if (word === 'data') {
    const train = await withDataset(trainConfig({ ...config, data: preparedData(config) }));
    const opened = await openTrainingData(train);
    await openEngine({ device: config.device });
    return (await import('../bench/data')).benchData(train, opened, config.steps);
  }
  if (config.workers === 1) {
    const { device } = await openEngine(config);
    if (config.profile && device === 'gpu')
      throw new UserError(
        "--profile: expected the CPU, got a GPU, whose kernels run on after they were asked for: their times are not seen from here. Use NVIDIA's `nsys profile`, or leave it out.",
      );
  }
  if (word === 'pretrain')
    return (await import('../bench/pretrain')).benchPretrain(config, config.steps, say);
  const train = trainConfig({ ...config, data: null });
  if (word === 'generate')
    return (await import('../bench/generate')).benchGenerate(train, config.steps);
  if (config.workers > 1) {
    const team = await openEngineOfWorker(workersOf(config));
    if (team === null) throw new Error('bench: expected to be a worker');
    const found = await (await import('../bench/workers')).benchWorkers(train, config.steps, team);
    await team.leave();
    return team.rank === 0 ? found : null;
  }
  const { result, kernels } = await (await import('../bench/step')).benchStep(train, config.steps);
  if (config.profile) process.stderr.write(kernelTable(kernels));
  return result;
}

const hasPeer = (word: string | null): word is PeerWord => PEER_WORDS.some((one) => one === word);

/** Measures one thing and prints it, beside PyTorch's where its Python is named. */
export async function runBench(
  { config }: Resolved<'bench'>,
  word: string | null,
): Promise<number> {
  if (config.torch_python !== null && hasPeer(word)) {
    await openEngine({ device: 'cpu' });
    const both = benchBesidePeer(word, config, config.torch_python, say);
    printResult(config.json, both, peerLines(word, config, both).join('\n'));
    return 0;
  }
  if (isLauncher(workersOf(config))) return launchThisCommand(workersOf(config));
  const result = await measure(word, config);
  if (result === null) return 0;
  const lines = Object.entries(result).map(([key, value]) => `${key}: ${String(value)}`);
  printResult(config.json, result, lines.join('\n'));
  return 0;
}
