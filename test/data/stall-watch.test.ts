import { watchDecoder, watched } from '../../src/data/stall-watch';
import type { RgbImage } from '../../src/images/pixels';

const IMAGE: RgbImage = { data: new Uint8Array(3), width: 1, height: 1 };

beforeEach(() => {
  jest.useFakeTimers({ now: Date.UTC(2026, 0, 2, 3, 4, 5) });
});
afterEach(() => jest.useRealTimers());

/** Pictures that come when they are told to. */
function slowPictures() {
  const come = new Map<string, () => void>();
  const read = (file: string): Promise<RgbImage> =>
    new Promise((resolve) => come.set(file, () => resolve(IMAGE)));
  return { come, decoder: watchDecoder(read) };
}

test('a batch that does not come is said, with its pictures, ever less often; it is used when it comes', async () => {
  const said: string[] = [];
  const { come, decoder } = slowPictures();
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
  const batch = Promise.all(names.map((name) => decoder.decode(name)));
  come.get('c')!();
  await jest.advanceTimersByTimeAsync(2000);
  // asked for before the step needs it
  const loaded = watched(batch, decoder, { seconds: 60, say: (line) => said.push(line) });
  await jest.advanceTimersByTimeAsync(59_000);
  expect(said).toEqual([]);
  await jest.advanceTimersByTimeAsync(1000);
  expect(said).toEqual([
    'warning: training has waited 60 s for a batch, for 7 of its pictures, since 2026-01-02T03:04:05.000Z: a, b, d, e, f and 2 more. ' +
      'Look at the disk or the network that they lie on; training goes on when they come. The next such line is in 120 s.',
  ]);
  await jest.advanceTimersByTimeAsync(120_000);
  for (const name of names.filter((other) => other !== 'g')) come.get(name)!();
  await jest.advanceTimersByTimeAsync(240_000);
  expect(said.slice(1)).toEqual([
    expect.stringContaining('waited 180 s for a batch, for 7 of'),
    expect.stringMatching(
      /waited 420 s for a batch, for 1 of its pictures, since .*: g\. .* in 480 s/,
    ),
  ]);
  come.get('g')!();
  expect(await loaded).toHaveLength(8);
  expect(said.slice(3)).toEqual(['the batch came after 420 s']);
  await jest.advanceTimersByTimeAsync(1e7);
  expect(said).toHaveLength(4);
  expect(decoder.pending()).toEqual([]);
});

test('nothing is said of a batch that comes in time, that fails, or that nobody watches', async () => {
  const say = jest.fn();
  const decoder = watchDecoder(() => Promise.reject(new Error('no picture')));
  await expect(watched(decoder.decode('a'), decoder, { seconds: 1, say })).rejects.toThrow(
    'no picture',
  );
  expect(decoder.pending()).toEqual([]);
  expect(await watched(Promise.resolve(1), decoder, { seconds: 1, say })).toBe(1);
  const { come, decoder: slow } = slowPictures();
  const unwatched = watched(slow.decode('a'), slow, { seconds: 0, say });
  await jest.advanceTimersByTimeAsync(1e7);
  come.get('a')!();
  await unwatched;
  expect(say).not.toHaveBeenCalled();
});
