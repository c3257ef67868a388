/** @file Workers of a team, each in a process of its own. */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { AS_STARTED } from './cli';

const SCRIPT = path.join(__dirname, 'team-worker.cjs');

/** A started process, what it has said so far, and how it ended. */
export interface Watched {
  readonly child: ChildProcess;
  readonly said: () => string;
  readonly ended: Promise<number | null>;
}

/** Notes what a process says on both outputs. */
export function watch(child: ChildProcess): Watched {
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return {
    child,
    said: () => text,
    ended: new Promise((resolve) => child.on('close', (code) => resolve(code))),
  };
}

/** Addresses that nobody listens on. */
export async function freeHosts(count: number): Promise<string[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve) => {
          const server = createServer().listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const hosts = servers.map((server) => `127.0.0.1:${(server.address() as AddressInfo).port}`);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return hosts;
}

/** Starts one. @param prefix what runs it, as in another network namespace */
export function startWorker(
  hosts: readonly string[],
  rank: number,
  work: string,
  { joinSeconds = 120, prefix = [] as readonly string[] } = {},
): Watched {
  const [program = '', ...args] = [
    ...prefix,
    ...[process.execPath, SCRIPT, JSON.stringify({ hosts, rank }), work, String(joinSeconds)],
  ];
  const env = { ...AS_STARTED, TF_NUM_INTRAOP_THREADS: '1' };
  return watch(spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] }));
}
