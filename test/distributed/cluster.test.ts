import {
  expandNodes,
  expandTasks,
  findCluster,
  parseTfConfig,
  slurmCluster,
} from '../../src/distributed/cluster';
import { gpusOf } from '../../src/distributed/launch';

const STEP = {
  SLURM_JOB_ID: '7',
  SLURM_STEP_ID: '0',
  SLURM_PROCID: '3',
  SLURM_STEP_NODELIST: 'node[08-10]',
  SLURM_STEP_TASKS_PER_NODE: '2(x2),1',
};

test.each([
  ['localhost', ['localhost']],
  ['node[1-3]', ['node1', 'node2', 'node3']],
  ['node[01-03,7],login2', ['node01', 'node02', 'node03', 'node7', 'login2']],
  ['gpu-a[9-11]x,b', ['gpu-a9x', 'gpu-a10x', 'gpu-a11x', 'b']],
  ['r[1-2]n[5,7]', ['r1n5', 'r1n7', 'r2n5', 'r2n7']],
])("Slurm's list of nodes %s", (list, names) => expect(expandNodes(list)).toEqual(names));

test("Slurm's tasks by node", () => expect(expandTasks('2(x3),1')).toEqual([2, 2, 2, 1]));

test('a step of Slurm is a worker a task, with the same ports on all nodes and others in another job', () => {
  const cluster = slurmCluster(STEP);
  const names = cluster.hosts.map((host) => host.split(':')[0]);
  const ports = cluster.hosts.map((host) => Number(host.split(':')[1]));
  expect(names).toEqual(['node08', 'node08', 'node09', 'node09', 'node10']);
  expect(ports.map((port) => port - ports[0]!)).toEqual([0, 1, 0, 1, 0]);
  expect(cluster.rank).toBe(3);
  const other = slurmCluster({ ...STEP, SLURM_JOB_ID: '8' });
  const overlap = other.hosts.filter((host) => cluster.hosts.includes(host));
  expect(overlap).toEqual([]);
});

test('outside a step of Slurm an error says how to start one', () =>
  expect(() => slurmCluster({})).toThrow(/expected a step of Slurm, got none.*srun/));

const configOf = (task: object, cluster: object = { worker: ['a:1', '10.0.0.2:2'] }): string =>
  JSON.stringify({ cluster, task });

test("TensorFlow's variable says who the workers are", () => {
  const own = configOf({ type: 'worker', index: 1 });
  expect(parseTfConfig(own)).toEqual({ hosts: ['a:1', '10.0.0.2:2'], rank: 1 });
});

test.each([
  ['none', undefined],
  ['no JSON', '{'],
  ['null', 'null'],
  ['another type', configOf({ type: 'chief', index: 0 })],
  ['no such worker', configOf({ type: 'worker', index: 2 })],
  ['parameter servers', configOf({ type: 'worker', index: 0 }, { worker: ['a:1'], ps: ['b:1'] })],
  ['no port', configOf({ type: 'worker', index: 0 }, { worker: ['a'] })],
])('a wrong TF_CONFIG is said: %s', (_, text) =>
  expect(() => parseTfConfig(text)).toThrow(/TF_CONFIG: expected .*docs\/distributed\.md/),
);

test('a variable of TensorFlow that is there anyway makes no worker of a process', () => {
  const environment = { TF_CONFIG: configOf({ type: 'worker', index: 1 }) };
  expect(findCluster('none', environment)).toBeNull();
  expect(findCluster('tf_config', environment)?.rank).toBe(1);
});

test('each worker gets a GPU of those that are visible, and an error says how many there are', () => {
  const list = () => 'GPU 0: one (UUID: a)\nGPU 1: two (UUID: b)\n';
  expect(gpusOf(2, undefined, list)).toEqual(['0', '1']);
  expect(gpusOf(2, '5,GPU-b,7', list)).toEqual(['5', 'GPU-b']);
  expect(() => gpusOf(3, undefined, list)).toThrow(/--workers: expected at most 2/);
  expect(() => gpusOf(2, '0', list)).toThrow(/expected at most 1, .*got 2/);
});
