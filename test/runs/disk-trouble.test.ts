import { MachineError } from '../../src/errors';
import { watchDisk } from '../../src/runs/disk-trouble';

const full = (): never => {
  throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
};
const PATIENCE = { pause: 1000, lastPause: 1, lastTries: 3 };

test('a write that fails is tried again after a pause, and every try is said', async () => {
  let time = 0;
  const said: string[] = [];
  const say = (line: string): void => void said.push(line);
  const disk = watchDisk(PATIENCE, () => time);
  let tries = 0;
  const failing = (): void => {
    tries++;
    full();
  };
  expect(await disk.attempt('metrics', failing, say)).toBe(false);
  expect(disk.isDue('metrics')).toBe(false);
  time = 999;
  expect([await disk.attempt('metrics', failing, say), tries]).toEqual([false, 1]);
  // one write that fails holds up no other
  expect(await disk.attempt('samples', () => undefined, say)).toBe(true);
  time = 1000;
  expect(disk.isDue('metrics')).toBe(true);
  expect([await disk.attempt('metrics', failing, say), tries]).toEqual([false, 2]);
  time = 2000;
  expect(await disk.attempt('metrics', () => undefined, say)).toBe(true);
  expect(disk.isDue('metrics')).toBe(false);
  expect(said).toEqual([
    'warning: try 1: cannot write metrics: ENOSPC: no space left on device Training goes on; the next try is in 1 s.',
    'warning: try 2: cannot write metrics: ENOSPC: no space left on device Training goes on; the next try is in 1 s.',
    'metrics: written after 2 failed tries',
  ]);
});

test('at the end it is tried a few times more, and the error says what is left', async () => {
  const said: string[] = [];
  const say = (line: string): void => void said.push(line);
  const disk = watchDisk(PATIENCE);
  let tries = 0;
  const twice = (): void => {
    if (++tries < 3) full();
  };
  await disk.insist('a checkpoint', twice, say, () => 'Nothing.');
  expect([tries, said.at(-1)]).toEqual([3, 'a checkpoint: written after 2 failed tries']);
  const failed = disk.insist('a checkpoint', full, say, () => 'The last one is 7.');
  await expect(failed).rejects.toThrow(MachineError);
  await expect(failed).rejects.toThrow(/^ENOSPC: no space left on device The last one is 7\.$/);
});

test('what is no fault of the disk is not tried again', async () => {
  const disk = watchDisk(PATIENCE);
  const wrong = (): never => {
    throw new TypeError('a bug');
  };
  const say = (line: string): never => {
    throw new Error(line);
  };
  await expect(disk.attempt('metrics', wrong, say)).rejects.toThrow('a bug');
  await expect(disk.insist('metrics', wrong, say, () => '')).rejects.toThrow('a bug');
});
