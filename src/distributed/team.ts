/** @file The workers of one run, as each of them sees it: exchanges that all take part in, in the same order. */

import { lookup } from 'node:dns/promises';
import type { NativeCollective } from '../engine/collective/native-collective';
import { openCollectiveEngine } from '../engine/open-engine';
import type { EngineSettings } from '../engine/open-engine';
import { tf } from '../engine/tf';
import { sha256Of } from '../files/digest';
import { IpcganError, MachineError, UserError } from '../errors';
import type { Cluster } from './cluster';
import { exchangesOf, usesNccl } from './exchanges';
import type { Exchanges } from './exchanges';
import { encodeServerDef, taskName } from './server-def';

/** How long a worker waits for others. */
export interface Patience {
  /** Seconds until all workers have come. */
  readonly joinSeconds: number;
  /** Seconds between two questions to the others whether they are there, and that an answer may take. */
  readonly watchSeconds: number;
}

/** Unanswered questions after which a worker is gone. */
const TRIES = 3;
/** Longest work that a worker may be at between two exchanges, such as writing samples: then one that answers and does not come is given up. */
const LONGEST_MINUTES = 30;
/** Numbers of variables that are sent at once: 64 MB. */
const NUMBERS_AT_ONCE = 16_000_000;
/** What a digest becomes: so many numbers, each exact as a float32. */
const DIGEST_NUMBERS = 2;
const DIGITS_OF_NUMBER = 6;
/** How long a process stays behind the last exchange: what it sent may still be on its way. */
const LINGER_MILLISECONDS = 500;

/** What all workers must have alike, by name. */
export type Facts = Readonly<Record<string, string>>;

/** What an exchange gives. */
export interface Reduced {
  readonly means: readonly tf.Tensor[];
  readonly sums: readonly tf.Tensor[];
}

/** The workers of a run; every exchange is one that all of them take part in. */
export interface Team {
  readonly rank: number;
  readonly size: number;
  /** Means of float32 tensors over the workers, and sums of others, in their shapes: one exchange. The surrounding tidy owns them. */
  reduce(averaged: readonly tf.Tensor[], added: readonly tf.Tensor[]): Reduced;
  /** Gives variables the values that they have in worker 0: an exchange for each 64 MB. */
  takeFromFirst(variables: readonly tf.Variable[]): void;
  /** A text of worker 0's; the others give null. */
  textOfFirst(text: string | null): string;
  /** @throws UserError that names what is not the same in all workers */
  expectSame(facts: Facts): void;
  /**
   * Runs work that ends with an exchange.
   * @throws MachineError that names the worker because of which an exchange failed: what the work changed is then half done
   */
  during<T>(work: () => T): T;
  /** To be called by all when nothing is exchanged any more. */
  leave(): Promise<void>;
}

const nameOf = (cluster: Cluster, rank: number): string =>
  `worker ${rank} (${cluster.hosts[rank] ?? '?'})`;

/** The IPv4 addresses of all workers. @throws UserError for a name that has none */
async function addressesOf({ hosts }: Cluster): Promise<string[]> {
  const names = [...new Set(hosts.map((host) => host.slice(0, host.lastIndexOf(':'))))];
  return Promise.all(
    names.map(async (name) => {
      try {
        return (await lookup(name, { family: 4 })).address;
      } catch (cause) {
        throw new UserError(
          `workers: expected a machine with an IPv4 address, got '${name}'. Check the list of workers.`,
          { cause },
        );
      }
    }),
  );
}

/** Numbers that tell texts apart, exact as float32. */
function digestOf(text: string): number[] {
  const hex = sha256Of(text);
  return Array.from({ length: DIGEST_NUMBERS }, (_, i) =>
    Number.parseInt(hex.slice(i * DIGITS_OF_NUMBER, (i + 1) * DIGITS_OF_NUMBER), 16),
  );
}

/** What TensorFlow said, without the number of its status and the name of a function of ours. */
function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const said = /Message: ([^\n]+)/.exec(text)?.[1] ?? text.split('\n')[0] ?? '';
  return said.replace(/\{\{.*?\}\}/g, '').trim();
}

/** Whatever an exchange failed with, as a message that names the worker. */
function toMachineError(error: unknown, cluster: Cluster): unknown {
  if (error instanceof IpcganError || !(error instanceof Error)) return error;
  const { message } = error;
  if (!/collective|\/job:worker|UNAVAILABLE|Socket closed|Connection reset/i.test(message))
    return error;
  const named = [...message.matchAll(/\/task:(\d+)/g)].map(([, task]) => Number(task));
  const other = named.find((task) => task !== cluster.rank);
  const who = other === undefined ? 'every worker' : nameOf(cluster, other);
  return new MachineError(
    `workers: expected ${who} to take part in every exchange, got an exchange that failed: ${messageOf(error)}. ` +
      'Nothing of the step that was on its way is saved; look at what the other workers said, and go on from the last checkpoint with --resume.',
    { cause: error },
  );
}

const flat = (tensor: tf.Tensor): tf.Tensor1D => tf.reshape(tensor, [tensor.size]);

/** One vector of tensors, and the way back. */
const packed = (tensors: readonly tf.Tensor[]): tf.Tensor1D => tf.concat1d(tensors.map(flat));
const unpacked = (vector: tf.Tensor, like: readonly tf.Tensor[]): tf.Tensor[] =>
  tf
    .split(
      vector,
      like.map(({ size }) => size),
    )
    .map((part, i) => tf.reshape(part, like[i]?.shape ?? []));

/** Variables in their order, in parts that two copies of are in memory for a while. A part is one large variable, or many small ones. */
function inParts(variables: readonly tf.Variable[]): tf.Variable[][] {
  const parts: tf.Variable[][] = [];
  let left = 0;
  for (const variable of variables) {
    if (parts.length === 0 || variable.size > left) {
      parts.push([]);
      left = NUMBERS_AT_ONCE;
    }
    parts.at(-1)?.push(variable);
    left -= variable.size;
  }
  return parts;
}

function openTeam(
  cluster: Cluster,
  native: NativeCollective,
  { merged, broadcast }: Exchanges,
): Team {
  const { rank } = cluster;
  const size = cluster.hosts.length;
  const during = <T>(work: () => T): T => {
    native.busy(true);
    try {
      return work();
    } catch (error) {
      throw toMachineError(error, cluster);
    } finally {
      native.busy(false);
    }
  };
  const extremes = (numbers: readonly number[]): [Float32Array, Float32Array] =>
    during(() =>
      tf.tidy(() => {
        const vector = tf.tensor1d([...numbers]);
        const least = merged(vector, 'Min').dataSync() as Float32Array;
        return [least, merged(vector, 'Max').dataSync() as Float32Array];
      }),
    );
  const differing = (facts: Facts): string[] => {
    const names = Object.keys(facts);
    const [least, most] = extremes(names.flatMap((name) => digestOf(facts[name] ?? '')));
    return names.filter((_, i) => {
      const at = i * DIGEST_NUMBERS;
      return [0, 1].some((j) => least[at + j] !== most[at + j]);
    });
  };
  return {
    rank,
    size,
    during,
    reduce: (averaged, added) => {
      const total = merged(packed([...averaged, ...added]), 'Add');
      const count = averaged.reduce((values, tensor) => values + tensor.size, 0);
      if (added.length === 0) return { means: unpacked(tf.div(total, size), averaged), sums: [] };
      const [ofMeans, sums] = tf.split(total, [count, total.size - count]) as [
        tf.Tensor,
        tf.Tensor,
      ];
      return { means: unpacked(tf.div(ofMeans, size), averaged), sums: unpacked(sums, added) };
    },
    takeFromFirst: (variables) => {
      for (const some of inParts(variables))
        during(() =>
          tf.tidy(() => {
            const vector = packed(some);
            unpacked(broadcast(vector, vector.size), some).forEach((tensor, i) =>
              some[i]?.assign(tensor),
            );
          }),
        );
    },
    textOfFirst: (text) => {
      const bytes = Buffer.from(text ?? '');
      return during(() =>
        tf.tidy(() => {
          const [length = 0] = broadcast(tf.tensor1d([bytes.length]), 1).dataSync();
          if (length === 0) return '';
          const sent = rank === 0 ? tf.tensor1d([...bytes], 'float32') : null;
          return Buffer.from(broadcast(sent, length).dataSync()).toString();
        }),
      );
    },
    expectSame: (facts) => {
      // settings of two versions are not the same ones: their names come first
      const names = Object.keys(facts).join();
      const wrong = differing({ 'the settings that there are': names });
      const others = wrong.length > 0 ? wrong : differing(facts);
      if (others.length > 0)
        throw new UserError(
          `workers: expected the same in all ${size} workers, got other values of ${others.join(', ')} in some. Start all of them with the same command, code and files.`,
        );
    },
    leave: async () => {
      during(() => tf.tidy(() => void merged(tf.tensor1d([1]), 'Add').dataSync()));
      native.unwatch();
      await new Promise((resolve) => setTimeout(resolve, LINGER_MILLISECONDS));
    },
  };
}

/**
 * Opens the engine of a worker, and waits for the others.
 * @throws UserError for a worker without an address, MachineError where the engine cannot be had, the port is taken or somebody does not come
 */
export async function joinTeam(
  cluster: Cluster,
  settings: EngineSettings,
  { joinSeconds, watchSeconds }: Patience,
): Promise<Team> {
  const { hosts, rank } = cluster;
  const own = hosts[rank] ?? '';
  const threads = Number(process.env.TF_NUM_INTRAOP_THREADS ?? 0);
  const serverDef = encodeServerDef(cluster, {
    threads: threads > 0 ? threads : null,
    nccl: usesNccl(),
  });
  const senders = await addressesOf(cluster);
  const port = Number(own.slice(own.lastIndexOf(':') + 1));
  const native = await openCollectiveEngine(settings, { serverDef, port, senders });
  const peers = hosts.map((_, i) => i).filter((i) => i !== rank);
  const exchanges = exchangesOf(cluster);
  try {
    tf.tidy(() => exchanges.merged(tf.tensor1d([1, 1]), 'Add', joinSeconds).dataSync());
  } catch (cause) {
    const missing = peers.filter((peer) => native.check(taskName(peer), 1000) !== '');
    throw new MachineError(
      `workers: expected all ${hosts.length} within ${joinSeconds} s, got none of ${missing.map((peer) => nameOf(cluster, peer)).join(', ') || 'those that had come and went'} (${messageOf(cause)}). Start them together, or wait longer with --join_timeout.`,
      { cause },
    );
  }
  const milliseconds = watchSeconds * 1000;
  const longest = LONGEST_MINUTES * 60_000;
  native.watch(peers.map(taskName), milliseconds, milliseconds, TRIES, longest);
  return openTeam(cluster, native, exchanges);
}
