/** @file Ours and PyTorch's in turn, each in a process of its own, so that both meet the same machine: seconds, memory, and the ratio. */

import { spawnSync } from 'node:child_process';
import path from 'node:path';
import type { VerbConfig } from '../config/schema';
import { MachineError, UserError } from '../errors';
import type { IpcganError } from '../errors';
import { median, rounded } from './timing';

type BenchConfig = VerbConfig<'bench'>;

/** What is measured beside PyTorch. */
export const PEER_WORDS = ['step', 'generate', 'pretrain'] as const;
export type PeerWord = (typeof PEER_WORDS)[number];

/** What one process measured. */
type Measured = Readonly<Record<string, number | string>>;

/** How often ours takes PyTorch's time: below 1 ours is faster. */
export interface Ratio {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** What both measured. */
export interface PeerBench {
  readonly rounds: readonly { readonly ours: Measured; readonly torch: Measured }[];
  /** By the key of what was timed; the first is the whole. */
  readonly ratios: Readonly<Record<string, Ratio>>;
}

/** The peer of a measurement: our flags, its script and flags, and what is timed, by its key in the results. */
interface Peer {
  readonly ours: readonly string[];
  readonly script: string;
  readonly theirs: readonly string[];
  readonly timed: Readonly<Record<string, string>>;
}

function peerOf(
  word: PeerWord,
  { image_size: size, head_width: width, optimizer, batch_norm: isNormed, compile }: BenchConfig,
): Peer {
  if (word === 'pretrain')
    return {
      ours: [
        `--head_width=${width}`,
        `--optimizer=${optimizer}`,
        `--batch_norm=${isNormed}`,
        `--compile=${compile}`,
      ],
      script: 'torch_pretrain.py',
      theirs: [
        `--head-width=${width}`,
        `--optimizer=${optimizer}`,
        ...(isNormed ? ['--batch-norm'] : []),
      ],
      timed: { step_seconds: 'step' },
    };
  const generator = { ours: [`--image_size=${size}`], script: 'torch_step.py' };
  return word === 'generate'
    ? { ...generator, theirs: [`--size=${size}`, '--generate'], timed: { batch_seconds: 'batch' } }
    : {
        ...generator,
        theirs: [`--size=${size}`],
        timed: {
          step_seconds: 'step',
          d_seconds: 'until the discriminator is updated',
          g_seconds: 'from there on',
        },
      };
}

/** The JSON object on the last line that a command prints. @param fail makes the error of a command that does not end well */
function measured(
  command: string,
  args: readonly string[],
  fail: (reason: string) => IpcganError,
): Measured {
  const { status, signal, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw fail(error?.message ?? signal ?? stderr.trim().split('\n').at(-1) ?? '');
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Measured;
}

function ratioOf(values: readonly number[]): Ratio {
  const least = Math.min(...values);
  const most = Math.max(...values);
  return { median: rounded(median(values), 3), least: rounded(least, 3), most: rounded(most, 3) };
}

/**
 * Measures both, `rounds` times in turn, on the CPU.
 * @param python a Python that has PyTorch
 * @param say told of each round
 * @throws UserError where the Python has no PyTorch, MachineError where our own measurement ends badly
 */
export function benchBesidePeer(
  word: PeerWord,
  config: BenchConfig,
  python: string,
  say: (line: string) => void,
): PeerBench {
  const { ours, script, theirs, timed } = peerOf(word, config);
  const { batch_size: batch, steps } = config;
  const command = [
    path.resolve(__dirname, '../cli/index.js'),
    'bench',
    word,
    '--json',
    '--device=cpu',
  ];
  const file = path.resolve(__dirname, '../../bench', script);
  const [whole = ''] = Object.keys(timed);
  const rounds: PeerBench['rounds'][number][] = [];
  for (let round = 1; round <= config.rounds; round++) {
    const torch = measured(
      python,
      [file, `--batch=${batch}`, `--steps=${steps}`, ...theirs],
      (reason) =>
        new UserError(
          `--torch_python: expected a Python that has PyTorch, got ${python}: ${reason}. See docs/performance.md.`,
        ),
    );
    const own = measured(
      process.execPath,
      [...command, `--batch_size=${batch}`, `--steps=${steps}`, ...ours],
      (reason) =>
        new MachineError(
          `bench ${word}: expected our own measurement to end well, got: ${reason}. Run \`ipcgan doctor\`.`,
        ),
    );
    rounds.push({ ours: own, torch });
    const ratio = Number(own[whole]) / Number(torch[whole]);
    say(
      `round ${round}/${config.rounds}: ours ${own[whole] ?? ''} s, ${torch.what ?? ''} ${torch[whole] ?? ''} s, ratio ${ratio.toFixed(3)}`,
    );
  }
  const ratios = Object.keys(timed).map(
    (key) =>
      [
        key,
        ratioOf(rounds.map((round) => Number(round.ours[key]) / Number(round.torch[key]))),
      ] as const,
  );
  return { rounds, ratios: Object.fromEntries(ratios) };
}

/** The same in words. */
export function peerLines(
  word: PeerWord,
  config: BenchConfig,
  { rounds, ratios }: PeerBench,
): string[] {
  const { timed } = peerOf(word, config);
  const spread = ({ median: middle, least, most }: Ratio): string =>
    `${middle} (${least} to ${most})`;
  const last = rounds.at(-1);
  const memory =
    last?.torch.peak_rss_gb === undefined
      ? []
      : [`peak RSS: ${last.ours.peak_rss_gb} GB and ${last.torch.peak_rss_gb} GB`];
  const kernels =
    last?.ours.kernels_per_step === undefined
      ? []
      : [`kernels a step: ${last.ours.kernels_per_step}`];
  return [
    `ours / PyTorch, batch ${config.batch_size}, median (range) of ${rounds.length}:`,
    ...Object.entries(ratios).map(([key, ratio]) => `${timed[key] ?? key}: ${spread(ratio)}`),
    ...memory,
    ...kernels,
  ];
}
