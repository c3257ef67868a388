/** Ops as they would be asked for: no engine. */
interface Asked {
  readonly op: string;
  readonly inputs: readonly unknown[];
  readonly attributes: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}
let isGpu = false;
const asked: Asked[] = [];
jest.mock('../../src/engine/kernels/native', () => ({
  isGpu: () => isGpu,
  runNativeSingle: (op: string, inputs: unknown[], attributes: Asked['attributes']) => {
    asked.push({ op, inputs, attributes });
    return {};
  },
}));
jest.mock('../../src/engine/tf', () => ({
  tf: { scalar: (value: number) => value, tensor1d: (values: number[]) => values },
}));

import { exchangesOf, usesNccl } from '../../src/distributed/exchanges';
import type { tf } from '../../src/engine/tf';

const HOSTS = ['a:1', 'b:1', 'c:1'];
const vector = { size: 7 } as unknown as tf.Tensor;
const environment = process.env;
beforeEach(() => {
  process.env = { ...environment };
  asked.length = 0;
});
afterEach(() => {
  process.env = environment;
});

/** What every kind of exchange of a worker is asked for with. */
function askAll(rank: number): Asked[] {
  const { merged, broadcast } = exchangesOf({ hosts: HOSTS, rank });
  merged(vector, 'Add');
  merged(vector, 'Max', 30);
  broadcast(rank === 0 ? vector : null, 7);
  return asked.splice(0);
}
const hintsOf = (all: readonly Asked[]): unknown[] =>
  all.map(({ attributes }) => attributes.communication_hint);

test.each([
  ['GPUs exchange by NCCL', true, undefined, 'nccl'],
  ['GPUs without NCCL by the ring', true, '0', 'ring'],
  ['processors by the ring', false, undefined, 'ring'],
])('%s', (_, gpu, variable, hint) => {
  isGpu = gpu;
  if (variable === undefined) delete process.env.IPCGAN_NCCL;
  else process.env.IPCGAN_NCCL = variable;
  expect(usesNccl()).toBe(variable !== '0');
  for (const rank of [0, 1]) {
    const all = askAll(rank);
    expect(all.map(({ op }) => op)).toEqual([
      'CollectiveReduceV2',
      'CollectiveReduceV2',
      rank === 0 ? 'CollectiveBcastSendV2' : 'CollectiveBcastRecvV2',
    ]);
    expect(hintsOf(all)).toEqual(all.map(() => ({ string: hint })));
  }
});

test('an exchange of one kind and size has one key for ever, another has another; the group is all workers', () => {
  isGpu = false;
  const { merged } = exchangesOf({ hosts: HOSTS, rank: 1 });
  const keyOf = (size: number, merge: 'Add' | 'Min'): unknown => {
    merged({ size } as unknown as tf.Tensor, merge);
    const [, workers, group, key] = asked.at(-1)!.inputs;
    expect([workers, group]).toEqual([HOSTS.length, 1]);
    return key;
  };
  const keys = [keyOf(7, 'Add'), keyOf(8, 'Add'), keyOf(7, 'Min')];
  expect(new Set(keys).size).toBe(3);
  expect([keyOf(7, 'Add'), keyOf(8, 'Add'), keyOf(7, 'Min')]).toEqual(keys);
});

test('only an exchange that is told so ends by itself', () => {
  const times = askAll(0).map(({ attributes }) => attributes.timeout_seconds);
  expect(times).toEqual([{ float: 0 }, { float: 30 }, { float: 0 }]);
});
