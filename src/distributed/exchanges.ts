/** @file TensorFlow's ops by which workers exchange tensors, each called by all of them. */

import { isGpu, runNativeSingle } from '../engine/kernels/native';
import type { AttributeValue } from '../engine/kernels/native';
import { tf } from '../engine/tf';
import type { Cluster } from './cluster';

/** How the numbers of all workers become one. */
export type Merge = 'Add' | 'Min' | 'Max';

/** The ops; the surrounding tidy owns what they give. */
export interface Exchanges {
  /** A float32 vector of all workers' vectors, all of one size. @param seconds after which it fails; 0 for never */
  readonly merged: (vector: tf.Tensor, merge: Merge, seconds?: number) => tf.Tensor;
  /** Worker 0's float32 vector. @param vector null in the others */
  readonly broadcast: (vector: tf.Tensor | null, length: number) => tf.Tensor;
}

/** Whether GPUs speak with one another directly; else through the machines' memory. */
export const usesNccl = (): boolean => process.env.IPCGAN_NCCL !== '0';

/** Those of a worker of a cluster, on an engine that is open. */
export function exchangesOf(cluster: Cluster): Exchanges {
  const { rank } = cluster;
  const size = cluster.hosts.length;
  // a key for each kind of exchange: TensorFlow keeps what it knows of one for ever
  const keys = new Map<string, number>();
  const keyOf = (kind: string): number => {
    const key = keys.get(kind) ?? keys.size + 1;
    keys.set(kind, key);
    return key;
  };
  const group = (kind: string): tf.Tensor[] =>
    [size, 1, keyOf(kind)].map((value) => tf.scalar(value, 'int32'));
  const common = (seconds: number): Record<string, AttributeValue> => ({
    T: { type: 'float32' },
    communication_hint: { string: isGpu() && usesNccl() ? 'nccl' : 'ring' },
    timeout_seconds: { float: seconds },
  });
  const merged = (vector: tf.Tensor, merge: Merge, seconds = 0): tf.Tensor =>
    runNativeSingle('CollectiveReduceV2', [vector, ...group(`${merge} ${vector.size}`)], {
      ...common(seconds),
      merge_op: { string: merge },
      final_op: { string: 'Id' },
      is_stateless: { bool: false },
      Nordering_token: { ints: 0 },
      max_subdivs_per_device: { ints: -1 },
    });
  const broadcast = (vector: tf.Tensor | null, length: number): tf.Tensor => {
    const own = group(`broadcast ${length}`);
    if (rank === 0 && vector)
      return runNativeSingle('CollectiveBcastSendV2', [vector, ...own], common(0));
    return runNativeSingle('CollectiveBcastRecvV2', [...own, tf.tensor1d([length], 'int32')], {
      ...common(0),
      Tshape: { type: 'int32' },
    });
  };
  return { merged, broadcast };
}
