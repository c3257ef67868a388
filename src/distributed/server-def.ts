/** @file TensorFlow's own description of a cluster and of a worker's place in it (tensorflow_server, cluster, config .proto): the fields that are used here. */

import { parse } from 'protobufjs';
import type { Cluster } from './cluster';

const SCHEMA = `
syntax = "proto3";
package tensorflow;

message ServerDef {
  ClusterDef cluster = 1;
  string job_name = 2;
  int32 task_index = 3;
  ConfigProto default_session_config = 4;
  string protocol = 5;
}
message ClusterDef { repeated JobDef job = 1; }
message JobDef {
  string name = 1;
  map<int32, string> tasks = 2;
}
message ConfigProto {
  int32 intra_op_parallelism_threads = 2;
  repeated string device_filters = 4;
  bool allow_soft_placement = 7;
  Experimental experimental = 16;
  message Experimental {
    string collective_group_leader = 1;
    bool collective_nccl = 7;
  }
}`;

/** The job that all workers belong to. */
const JOB = 'worker';

/** A worker as TensorFlow names it. */
export const taskName = (rank: number): string => `/job:${JOB}/replica:0/task:${rank}`;

/** How a worker computes. */
export interface WorkerSettings {
  /** Threads of a kernel; null leaves it to TensorFlow. */
  readonly threads: number | null;
  /** Whether GPUs speak with one another by NCCL. */
  readonly nccl: boolean;
}

/** A serialized ServerDef. */
export function encodeServerDef(
  { hosts, rank }: Cluster,
  { threads, nccl }: WorkerSettings,
): Buffer {
  const type = parse(SCHEMA, { keepCase: true }).root.lookupType('tensorflow.ServerDef');
  const tasks = Object.fromEntries(hosts.map((host, i) => [i, host]));
  const message = type.fromObject({
    cluster: { job: [{ name: JOB, tasks }] },
    job_name: JOB,
    task_index: rank,
    default_session_config: {
      ...(threads === null ? {} : { intra_op_parallelism_threads: threads }),
      // no worker uses another's devices
      device_filters: [`/job:${JOB}/task:${rank}`],
      allow_soft_placement: true,
      experimental: { collective_group_leader: taskName(0), collective_nccl: nccl },
    },
    protocol: 'grpc',
  });
  return Buffer.from(type.encode(message).finish());
}
