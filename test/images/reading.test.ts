import { reading, watchReading } from '../../src/images/reading';

beforeEach(() => {
  jest.useFakeTimers({
    now: Date.UTC(2026, 0, 2, 3, 4, 5),
    doNotFake: ['nextTick', 'performance', 'queueMicrotask'],
  });
});
afterEach(() => jest.useRealTimers());

/** Reads that end when they are told to. */
function slowFiles() {
  const come = new Map<string, () => void>();
  const read = (file: string): Promise<void> =>
    reading(file, () => new Promise((resolve) => come.set(file, resolve)));
  return { come, read };
}

test('pictures that do not come are named, ever less often; others that hang later are named anew', async () => {
  const said: string[] = [];
  const { come, read } = slowFiles();
  const watch = { seconds: 10, say: (line: string) => void said.push(line) };
  const work = watchReading('the check', watch, async () => {
    await Promise.all([read('a'), read('b')]);
    for (const name of ['c', 'd', 'e']) await read(name);
    await read('f');
  });
  await jest.advanceTimersByTimeAsync(8500);
  expect(said).toEqual([]);
  await jest.advanceTimersByTimeAsync(2000);
  expect(said).toEqual([
    'warning: the check has waited 10 s for 2 pictures, since 2026-01-02T03:04:05.000Z: a, b. ' +
      'Look at the disk or the network that they lie on; it goes on when they come. The next such line is in 20 s.',
  ]);
  come.get('a')!();
  await jest.advanceTimersByTimeAsync(20_000);
  expect(said.slice(1)).toEqual([
    expect.stringMatching(
      /^warning: the check has waited 30 s for a picture, .*: b\. .* in 40 s\.$/,
    ),
  ]);
  come.get('b')!();
  // slow all together, none by itself
  for (const name of ['c', 'd', 'e']) {
    await jest.advanceTimersByTimeAsync(8500);
    come.get(name)!();
  }
  await jest.advanceTimersByTimeAsync(11_000);
  expect(said.slice(2)).toEqual([expect.stringMatching(/ 1[01] s for a picture, .*: f\. /)]);
  come.get('f')!();
  await work;
  await jest.advanceTimersByTimeAsync(1e6);
  expect(said).toHaveLength(3);
});

test('nothing is said where nobody watches, of what others read, or of work that computes', async () => {
  const say = jest.fn();
  const { come, read } = slowFiles();
  const unwatched = [read('a'), watchReading('x', { seconds: 0, say }, () => read('b'))];
  const computing = watchReading('x', { seconds: 1, say }, async () => {
    await reading('c', () => Promise.resolve());
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  });
  await jest.advanceTimersByTimeAsync(60_000);
  await computing;
  come.forEach((end) => end());
  await Promise.all(unwatched);
  const failing = watchReading('x', { seconds: 1, say }, () =>
    reading('d', () => Promise.reject(new Error('gone'))),
  );
  await expect(failing).rejects.toThrow('gone');
  await jest.advanceTimersByTimeAsync(60_000);
  expect(say).not.toHaveBeenCalled();
});
