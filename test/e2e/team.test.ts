import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import path from 'node:path';
import { AS_STARTED } from '../support/cli';
import { freeHosts, startWorker } from '../support/team';
import type { Watched } from '../support/team';
import { until } from '../support/until';

const resultOf = (worker: Watched): Record<string, unknown> =>
  JSON.parse(worker.said().trim().split('\n').at(-1)!) as Record<string, unknown>;

test.each([2, 3])('%d workers get one another’s numbers', async (size) => {
  const hosts = await freeHosts(size);
  const workers = hosts.map((_, rank) => startWorker(hosts, rank, 'exchange'));
  expect(await Promise.all(workers.map(({ ended }) => ended))).toEqual(hosts.map(() => 0));
  const mean = (size + 1) / 2;
  for (const worker of workers)
    expect(resultOf(worker)).toEqual({
      least: mean,
      most: mean,
      scalar: 10 * (mean - 1),
      sums: [size, (size * (size - 1)) / 2],
      again: 100 * mean,
      zeros: 4,
      text: 'ä {"x": 1}',
      differs: expect.stringMatching(
        /expected the same in all \d workers, got other values of two in some/,
      ),
    });
});

test('one that does not come is named when the time is over', async () => {
  const hosts = await freeHosts(2);
  const worker = startWorker(hosts, 0, 'exchange', { joinSeconds: 3 });
  expect(await worker.ended).toBe(3);
  expect(resultOf(worker).error).toMatch(
    new RegExp(`expected all 2 within 3 s, got none of worker 1 \\(${hosts[1]!}\\)`),
  );
});

test('one that comes late is waited for', async () => {
  const hosts = await freeHosts(2);
  const first = startWorker(hosts, 0, 'exchange');
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const second = startWorker(hosts, 1, 'exchange');
  expect(await Promise.all([first.ended, second.ended])).toEqual([0, 0]);
});

test('a port that another program has is said', async () => {
  const hosts = await freeHosts(2);
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(Number(hosts[0]!.split(':')[1]), () => resolve());
  });
  const worker = startWorker(hosts, 0, 'exchange');
  expect(await worker.ended).toBe(3);
  expect(resultOf(worker).error).toContain(
    `expected to listen on port ${hosts[0]!.split(':')[1]!}`,
  );
  server.close();
});

/** Whether a connection from an address comes about within two seconds. */
const connectsFrom = (localAddress: string, host: string): Promise<boolean> =>
  new Promise((resolve) => {
    const port = Number(host.split(':')[1]);
    const socket = connect({ port, host: '127.0.0.1', localAddress });
    const end = (isConnected: boolean) => () => {
      socket.destroy();
      resolve(isConnected);
    };
    socket.on('connect', end(true)).on('error', end(false));
    setTimeout(end(false), 2000);
  });

test('a stranger from another address reaches no worker, and one that goes or freezes in the middle is named', async () => {
  for (const signal of ['SIGKILL', 'SIGSTOP'] as const) {
    const hosts = await freeHosts(2);
    const [first, second] = hosts.map((_, rank) => startWorker(hosts, rank, 'forever'));
    await until(() => [first!, second!].every((one) => one.said().includes('begun')), 'exchanges');
    expect(await connectsFrom('127.0.0.1', hosts[0]!)).toBe(true);
    expect(await connectsFrom('127.0.0.2', hosts[0]!)).toBe(false);
    second!.child.kill(signal);
    expect(await first!.ended).toBe(3);
    expect(resultOf(first!).error).toContain(
      `expected worker 1 (${hosts[1]!}) to take part in every exchange`,
    );
    second!.child.kill('SIGKILL');
    await second!.ended;
  }
});

const NAMES = ['a', 'b'].map((end) => `ipcgan-${process.pid}-${end}`);
const ip = (...args: string[]): number | null => spawnSync('ip', args).status;

/** Two network namespaces with a cable between them, where this machine lets us make them. */
function layCable(): boolean {
  const [a, b] = NAMES as [string, string];
  const links = [`v${process.pid}a`, `v${process.pid}b`];
  const steps = [
    ['netns', 'add', a],
    ['netns', 'add', b],
    ['link', 'add', links[0]!, 'netns', a, 'type', 'veth', 'peer', 'name', links[1]!, 'netns', b],
    ...[a, b].flatMap((name, i) => [
      ['-n', name, 'addr', 'add', `10.77.0.${i + 1}/24`, 'dev', links[i]!],
      ['-n', name, 'link', 'set', links[i]!, 'up'],
      ['-n', name, 'link', 'set', 'lo', 'up'],
    ]),
  ];
  return steps.every((step) => ip(...step) === 0);
}

const TWO_MACHINES = path.resolve(__dirname, '../../bench/two-machines.mjs');
/** Whether namespaces, TUN devices and Python are there for bench/two-machines.mjs. */
const hasOwnCable = (): boolean =>
  existsSync('/dev/net/tun') && spawnSync('python3', ['--version']).status === 0;

const takeCableAway = (): void => NAMES.forEach((name) => ip('netns', 'delete', name));

describe('two machines', () => {
  const title = 'a cable that is cut is noticed by both workers';
  // tried now, since tests are skipped now; laid when one of them runs, since only then is it taken away again
  const isLaid = layCable();
  takeCableAway();
  const timed = 'exchanges over a network with a delay take its hops';
  const hasCable = isLaid && hasOwnCable();
  if (!hasCable)
    process.stderr.write(
      `SKIPPED: ${timed}: it needs root, ip netns, /dev/net/tun and python3 here\n`,
    );
  (hasCable ? test : test.skip)(timed, () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [TWO_MACHINES, '2', '40', '1000'],
      { encoding: 'utf8', env: AS_STARTED },
    );
    expect([status, status === 0 ? '' : stderr]).toEqual([0, '']);
    const [, least, , model] =
      /\| 40 ms \| 1000 Mbit\/s \| (\d+) ms \| (\d+) ms \| (\d+) ms \|/.exec(stdout) ?? [];
    // two exchanges of two hops each, there and back, and 2.2 MB; of a question some of the way may be gone before
    expect(Number(model)).toBe(338);
    expect(Number(least)).toBeGreaterThan(240);
  });
  beforeAll(() => {
    if (isLaid) layCable();
  });
  afterAll(takeCableAway);
  if (!isLaid)
    process.stderr.write(
      `SKIPPED: ${title}: network namespaces cannot be made here (ip netns, root)\n`,
    );
  (isLaid ? test : test.skip)(title, async () => {
    const hosts = ['10.77.0.1:25001', '10.77.0.2:25001'];
    const [first, second] = NAMES.map((name, rank) =>
      startWorker(hosts, rank, 'forever', { prefix: ['ip', 'netns', 'exec', name] }),
    );
    await until(() => [first!, second!].every((one) => one.said().includes('begun')), 'exchanges');
    ip('-n', NAMES[1]!, 'link', 'set', `v${process.pid}b`, 'down');
    expect(await Promise.all([first!.ended, second!.ended])).toEqual([3, 3]);
    expect(resultOf(first!).error).toContain('expected worker 1 (10.77.0.2:25001)');
    expect(resultOf(second!).error).toContain('expected worker 0 (10.77.0.1:25001)');
  });
});
