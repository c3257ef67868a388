/** @file `ipcgan age` and `ipcgan test` over many pictures: here, a part of them, or on a cluster. */

import type { PictureAger } from '../ageing/many/age-many';
import type { PictureSource } from '../ageing/many/pictures';
import type { ManySettings } from '../ageing/many/results';
import { runShardsOnSlurm } from '../cluster/shards-on-slurm';
import { readSlurmFile } from '../config/slurm-settings';
import { parseShard } from '../data/shard';
import { UserError } from '../errors';
import { watchInterrupts } from '../runs/interrupt';
import { startCounter } from './counter';
import { exitCodeAfter } from './exit-code';
import { printResult, say } from './print-result';
import { requeueInTime } from './task';

/** What both verbs are told about many pictures. */
interface ManyConfig {
  readonly shard: string | null;
  readonly launcher: 'local' | 'slurm';
  readonly shards: number | null;
  readonly slurm: string | null;
  readonly json: boolean;
}

/** A model at work, and how it is used. */
export interface OpenedModel {
  readonly ager: PictureAger;
  readonly label: string;
  readonly settings: ManySettings;
  readonly dispose: () => void;
}

/** A verb's work on many pictures. */
export interface ManyVerb {
  readonly source: PictureSource;
  readonly out: string;
  readonly config: ManyConfig;
  /** Says what is wrong with the model before its engine is loaded, or a job submitted. */
  readonly check: () => Promise<unknown>;
  readonly open: () => Promise<OpenedModel>;
  /** The command for a task of a job, program first. */
  readonly command: readonly string[];
}

const summary = (aged: number, leftOut: number): string =>
  `${aged} aged, ${leftOut} left out${leftOut > 0 ? ' (the lines with "error" say why)' : ''}`;

async function ageOnCluster({ source, out, config, check, command }: ManyVerb): Promise<number> {
  const { surveyMany } = await import('../ageing/many/age-many');
  await check();
  const shards = config.shards ?? 1;
  const slurm = readSlurmFile(config.slurm);
  const stopping = new AbortController();
  const interrupts = watchInterrupts((signal) => {
    say(`${signal}: the cluster goes on; the same command follows it again, scancel stops it`);
    stopping.abort();
  });
  const openShards = async (count: number): Promise<number[]> =>
    (await surveyMany(source, out, count)).open;
  const work = { out, verb: 'ages', openShards, last: null };
  const cluster = { shards, slurm, command, stop: stopping.signal, say };
  const before = await surveyMany(source, out, shards);
  if (before.open.length === 0 && before.aged + before.leftOut === 0)
    throw new UserError(`${source.label}: expected pictures, got none. Check the path.`);
  const isDone =
    before.open.length === 0 ||
    (await runShardsOnSlurm(work, cluster).finally(() => interrupts.stop()));
  interrupts.stop();
  if (!isDone) return exitCodeAfter(interrupts.signal());
  const { aged, leftOut } = await surveyMany(source, out, shards);
  printResult(
    config.json,
    { out, shards, aged, left_out: leftOut },
    `${out}: ${summary(aged, leftOut)}; manifest-*.jsonl names them all`,
  );
  return 0;
}

/** Ages many pictures, and says how many. */
export async function ageManyPictures(verb: ManyVerb): Promise<number> {
  const { source, out, config } = verb;
  const shard = parseShard(config.shard);
  if (config.launcher === 'slurm') return ageOnCluster(verb);
  requeueInTime();
  const { ageMany } = await import('../ageing/many/age-many');
  const { ager, label, settings, dispose } = await verb.open();
  say(`ageing ${source.label} with ${label}`);
  const counter = startCounter('ageing', 'pictures');
  const interrupts = watchInterrupts((signal) =>
    say(`${signal}: finishing these pictures; the same command goes on from here`),
  );
  try {
    const isStopped = (): boolean => interrupts.signal() !== null;
    const { onProgress } = counter;
    const work = { source, out, shard, settings, isStopped, onProgress };
    const { pictures, aged, leftOut, resumed, manifest } = await ageMany(work, ager);
    counter.stop();
    const signal = interrupts.signal();
    const part = shard === null ? '' : ` of part ${shard.index} of ${shard.count}`;
    printResult(
      config.json,
      { out, shard, pictures, aged, left_out: leftOut, resumed, manifest, signal },
      `${out}: ${pictures} pictures${part} done (${resumed} of them before), ${summary(aged, leftOut)}; ${manifest}`,
    );
    return exitCodeAfter(signal);
  } finally {
    interrupts.stop();
    counter.stop();
    dispose();
  }
}
