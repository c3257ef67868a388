/** @file Who the workers of a run are: from TensorFlow's own variable TF_CONFIG, or from Slurm's. */

import { UserError } from '../errors';

/** The workers, and which of them this process is. */
export interface Cluster {
  /** `host:port` of every worker, by rank. */
  readonly hosts: readonly string[];
  /** 0 is the one that logs, samples and saves. */
  readonly rank: number;
}

/** What a cluster manager says in the environment. */
type Environment = Readonly<Record<string, string | undefined>>;

const HOST = /^[\w.-]+:\d{1,5}$/;

/**
 * The cluster of a value of TF_CONFIG: `{"cluster": {"worker": ["host:port", …]}, "task": {"type": "worker", "index": 0}}`.
 * @param called what an error calls the variable
 * @throws UserError for anything else: there are neither chiefs nor parameter servers
 */
export function parseTfConfig(text: string | undefined, called = 'TF_CONFIG'): Cluster {
  const wrong = (got: string): UserError =>
    new UserError(
      `${called}: expected {"cluster": {"worker": ["HOST:PORT", …]}, "task": {"type": "worker", "index": NUMBER}}, got ${got}. See docs/distributed.md.`,
    );
  if (text === undefined) throw wrong('no such variable');
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw wrong(text);
  }
  const { cluster, task } = (content ?? {}) as {
    cluster?: Readonly<Record<string, unknown>>;
    task?: { type?: unknown; index?: unknown };
  };
  const hosts = cluster?.worker;
  const kinds = Object.keys(cluster ?? {});
  const isList = Array.isArray(hosts) && hosts.every((host) => HOST.test(String(host)));
  const rank = task?.index;
  if (!isList || kinds.length !== 1 || task?.type !== 'worker' || typeof rank !== 'number')
    throw wrong(text);
  if (!Number.isInteger(rank) || rank < 0 || rank >= hosts.length)
    throw wrong(`index ${rank} of ${hosts.length} workers`);
  return { hosts: hosts.map(String), rank };
}

/** Numbers of a range as Slurm writes it, `7` or `01-03`, with their leading zeros. */
function expandRange(range: string): string[] {
  const [first = '', last = first] = range.split('-');
  const count = Number(last) - Number(first) + 1;
  return Array.from({ length: count }, (_, i) =>
    String(Number(first) + i).padStart(first.length, '0'),
  );
}

/** Names of a list of nodes as Slurm writes it: `node[01-03,7],login2`, also with several brackets in a name. */
export function expandNodes(list: string): string[] {
  // a comma within brackets does not end a name
  const names = list.match(/(?:[^,[]|\[[^\]]*\])+/g) ?? [];
  const expand = (name: string): string[] => {
    const found = /^([^[]*)\[([^\]]*)\](.*)$/.exec(name);
    if (!found) return [name];
    const [, before = '', ranges = '', after = ''] = found;
    const rest = expand(after);
    return ranges
      .split(',')
      .flatMap(expandRange)
      .flatMap((number) => rest.map((end) => `${before}${number}${end}`));
  };
  return names.flatMap(expand);
}

/** Tasks by node as Slurm writes them: `2(x3),1` is 2, 2, 2, 1. */
export const expandTasks = (text: string): number[] =>
  text.split(',').flatMap((part) => {
    const [, count = '0', times = '1'] = /^(\d+)(?:\(x(\d+)\))?$/.exec(part) ?? [];
    return new Array<number>(Number(times)).fill(Number(count));
  });

/** Ports of jobs lie here, below those that Linux gives away by itself (from 32768 up). */
const FIRST_PORT = 20_000;
const PORT_COUNT = 12_000;
/** Ports that jobs of neighbouring numbers lie apart: the most workers that one node is expected to have. */
const PORTS_OF_JOB = 64;

/**
 * The cluster of a Slurm step, as `srun` starts it: one worker a task, tasks in srun's usual order, node after node.
 * The ports follow from the job's and the step's numbers, the same on all nodes.
 * @throws UserError outside a step
 */
export function slurmCluster(environment: Environment): Cluster {
  const { SLURM_JOB_ID: job, SLURM_STEP_ID: step = '0', SLURM_PROCID: rank } = environment;
  const { SLURM_STEP_NODELIST: nodes, SLURM_STEP_TASKS_PER_NODE: tasks } = environment;
  if (job === undefined || rank === undefined || nodes === undefined || tasks === undefined)
    throw new UserError(
      '--distributed=slurm: expected a step of Slurm, got none (SLURM_STEP_NODELIST is not set). Start it as `srun --kill-on-bad-exit=1 npx ipcgan … --distributed=slurm`.',
    );
  const counts = expandTasks(tasks);
  const first = FIRST_PORT + (((Number(job) + Number(step)) * PORTS_OF_JOB) % PORT_COUNT);
  const hosts = expandNodes(nodes).flatMap((node, i) =>
    Array.from({ length: counts[i] ?? 0 }, (_, task) => `${node}:${first + task}`),
  );
  return { hosts, rank: Number(rank) };
}

/** Set for workers that the launcher starts, in the form of TF_CONFIG: another name, lest one that is there anyway be taken for it. */
export const LAUNCHED = 'IPCGAN_TEAM';

/** Where a run's workers are said to be. */
export type Distribution = 'none' | 'tf_config' | 'slurm';

/**
 * The cluster that this process is a worker of; null where it is alone, or is to launch the workers itself.
 * @throws UserError for variables that do not say it
 */
export function findCluster(
  distributed: Distribution,
  environment: Environment = process.env,
): Cluster | null {
  if (environment[LAUNCHED] !== undefined) return parseTfConfig(environment[LAUNCHED], LAUNCHED);
  if (distributed === 'tf_config') return parseTfConfig(environment.TF_CONFIG);
  return distributed === 'slurm' ? slurmCluster(environment) : null;
}
