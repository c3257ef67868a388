import path from 'node:path';
import sharp from 'sharp';
import { runVerifyFaces } from '../../src/cli/verify-faces';
import { resolveConfig } from '../../src/config/load';
import { tf } from '../../src/engine/tf';
import { CALIBRATED } from '../../src/eval/face-comparers';
import { ASTRONAUT } from '../support/astronaut';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();
/** Several people, none of them an astronaut. */
const PEOPLE = path.join(
  path.dirname(require.resolve('@vladmandic/face-api/package.json')),
  'demo/sample1.jpg',
);

interface Told {
  readonly judge: string;
  readonly threshold: number;
  readonly threshold_origin: string;
  readonly pairs: readonly { readonly distance: number | null; readonly verified: boolean }[];
}

let said = '';
beforeEach(() => {
  said = '';
  jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
});
afterEach(() => jest.restoreAllMocks());

async function verify(a: string, b: string, threshold?: string): Promise<Told> {
  said = '';
  const config = resolveConfig('verify-faces', { json: true, ...(threshold ? { threshold } : {}) });
  expect(await runVerifyFaces(config, null, [a, b])).toBe(0);
  return JSON.parse(said) as Told;
}

/** The portrait smaller, mirrored and darker: the same person in another photograph. */
async function otherPortrait(): Promise<string> {
  const file = path.join(newFolder(), 'other.jpg');
  await sharp(ASTRONAUT).resize(380).flop().modulate({ brightness: 0.8 }).toFile(file);
  return file;
}

test("without weights face-api's descriptor tells one person from another in photographs of any kind", async () => {
  const other = await otherPortrait();
  const { numTensors: before } = tf.memory();
  const same = await verify(ASTRONAUT, other);
  expect(same).toMatchObject({
    judge: "face-api's descriptor",
    threshold: CALIBRATED.threshold,
    threshold_origin: CALIBRATED.origin,
    pairs: [{ verified: true }],
  });
  const distance = same.pairs[0]!.distance!;
  const different = await verify(ASTRONAUT, PEOPLE);
  expect(different.pairs[0]!.verified).toBe(false);
  expect(different.pairs[0]!.distance).toBeGreaterThan(CALIBRATED.threshold);
  expect(tf.memory().numTensors).toBe(before);
  // a threshold that is given is the one that counts
  const strict = await verify(ASTRONAUT, other, String(distance / 2));
  expect(strict).toMatchObject({
    threshold: distance / 2,
    threshold_origin: 'given by --threshold',
    pairs: [{ distance, verified: false }],
  });
});

test('a picture without a face is verified with nothing', async () => {
  const wall = path.join(newFolder(), 'wall.png');
  await sharp({ create: { width: 300, height: 300, channels: 3, background: '#88a' } }).toFile(
    wall,
  );
  expect((await verify(ASTRONAUT, wall)).pairs).toEqual([
    { a: ASTRONAUT, b: wall, distance: null, verified: false },
  ]);
});
