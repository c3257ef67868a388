import { readFileSync } from 'node:fs';
import path from 'node:path';
import { openAger, pasteFaces } from '../../src/ageing/ager';
import type { AgedFace, Ager } from '../../src/ageing/ager';
import { decodeImage } from '../../src/images/image';
import type { RgbImage } from '../../src/images/pixels';
import { ageBatch, frameOf } from '../../src/serve/age-batch';
import type { AgedAnswer, AgeJob, JobOutcome } from '../../src/serve/engine';
import { ASTRONAUT } from '../support/astronaut';
import { writeRandomModel } from '../support/random-generator';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();
const portrait = readFileSync(ASTRONAUT);
const people = readFileSync(
  path.join(path.dirname(require.resolve('@vladmandic/face-api/package.json')), 'demo/sample6.jpg'),
);
let ager: Ager;
beforeAll(async () => {
  const model = path.join(newFolder(), 'model');
  await writeRandomModel(model, { kind: 'shaded', upsampling: 'resize', labelScale: 1 });
  ager = await openAger(model);
});
afterAll(() => ager.dispose());

const jobOf = (picture: Uint8Array, asked: Partial<AgeJob> = {}): AgeJob => ({
  picture,
  groups: [0, 4],
  face: 'all',
  minFace: 40,
  format: 'json',
  ...asked,
});

/** What comes of each job. */
async function run(jobs: readonly AgeJob[], mostFaces = 20): Promise<JobOutcome[]> {
  const outcomes: JobOutcome[] = [];
  const times: number[] = jobs.map(() => 0);
  await ageBatch(
    ager,
    jobs,
    mostFaces,
    (index, outcome) => {
      outcomes[index] = outcome;
      times[index] = (times[index] ?? 0) + 1;
    },
    () => undefined,
  );
  expect(times).toEqual(jobs.map(() => 1));
  return outcomes;
}

const answerOf = (outcome: JobOutcome | undefined): AgedAnswer => {
  expect(outcome?.kind).toBe('aged');
  return (outcome as Extract<JobOutcome, { kind: 'aged' }>).answer;
};

/** The largest difference of two pictures, in levels. */
function farthest(a: RgbImage, b: RgbImage): number {
  expect([a.width, a.height]).toEqual([b.width, b.height]);
  return a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - (b.data[i] ?? 999))), 0);
}
const decode = (bytes: Uint8Array | null): Promise<RgbImage> =>
  decodeImage(Buffer.from(bytes ?? []));

/** Crops are those of the ager, to a level: a sum in a larger batch may round otherwise. */
async function expectSame(answer: AgedAnswer, faces: readonly AgedFace[]): Promise<void> {
  expect(answer.faceCount).toBe(faces.length);
  expect(answer.faces).toHaveLength(faces.length);
  for (const [i, { input, pictures }] of faces.entries()) {
    const face = answer.faces[i]!;
    expect(farthest(await decode(face.input), input)).toBe(0);
    expect(face.pictures.map(({ group }) => group)).toEqual(pictures.map(({ group }) => group));
    for (const [k, { image, mask }] of pictures.entries()) {
      expect(farthest(await decode(face.pictures[k]!.image), image)).toBeLessThanOrEqual(1);
      expect(farthest(await decode(face.pictures[k]!.mask), mask!)).toBeLessThanOrEqual(1);
    }
  }
}

test('jobs of one batch have the pictures that each has alone, whatever groups they ask for', async () => {
  const outcomes = await run([
    jobOf(people),
    jobOf(portrait, { groups: [2] }),
    jobOf(portrait),
    jobOf(people, { face: 'largest' }),
  ]);
  const all = await ager.age(people, { groups: [0, 4] });
  const one = await ager.age(portrait, { groups: [0, 4] });
  expect(all.length).toBeGreaterThan(2);
  await expectSame(answerOf(outcomes[0]), all);
  await expectSame(answerOf(outcomes[1]), await ager.age(portrait, { groups: [2] }));
  await expectSame(answerOf(outcomes[2]), one);
  expect(answerOf(outcomes[3]).faceCount).toBe(1);
  const { box } = answerOf(outcomes[2]).faces[0]!;
  // her face, in a picture of 512
  expect(Math.hypot(box.x + box.width / 2 - 225, box.y + box.height / 2 - 115)).toBeLessThan(30);
  expect([box.width > 60, box.width < 140]).toEqual([true, true]);
});

test('a photograph comes back whole with its faces, and a sheet has a row for each', async () => {
  const [photograph, sheet] = await run([
    jobOf(portrait, { groups: [4], format: 'png' }),
    jobOf(people, { format: 'sheet' }),
  ]);
  const faces = await ager.age(portrait, { groups: [4] });
  const pasted = await pasteFaces(portrait, faces, 4);
  expect(farthest(await decode(answerOf(photograph).png), pasted)).toBeLessThanOrEqual(1);
  expect(answerOf(photograph)).toMatchObject({ width: 512, height: 512, faceCount: 1, faces: [] });
  const table = await decode(answerOf(sheet).png);
  expect(table.width).toBe(180 + 3 * 132);
  expect(table.height).toBe(34 + answerOf(sheet).faceCount * 132);
});

test('what cannot be aged says why, and takes no other with it', async () => {
  const grey = await import('sharp').then(({ default: sharp }) =>
    sharp({ create: { width: 200, height: 200, channels: 3, background: 'grey' } })
      .png()
      .toBuffer(),
  );
  const outcomes = await run(
    [
      jobOf(portrait.subarray(0, 20_000)),
      jobOf(grey),
      jobOf(people),
      jobOf(portrait, { minFace: 400 }),
      jobOf(portrait),
      jobOf(people, { face: 'centre' }),
    ],
    2,
  );
  expect(
    outcomes.map((outcome) => (outcome.kind === 'refused' ? outcome.refusal.reason : outcome.kind)),
  ).toEqual(['broken picture', 'no face', 'too many faces', 'too small', 'aged', 'aged']);
});

test('a bug in one batch of faces is the outcome of its jobs alone', async () => {
  const ageCrops = jest.spyOn(ager, 'ageCrops').mockRejectedValueOnce(new Error('a bug'));
  const outcomes = await run([jobOf(portrait, { groups: [1] }), jobOf(portrait, { groups: [2] })]);
  ageCrops.mockRestore();
  expect(outcomes).toMatchObject([
    { kind: 'failed', message: expect.stringContaining('a bug') },
    { kind: 'aged' },
  ]);
});

test('the frame of a face lies around it in the photograph, also where the head is tilted', () => {
  // a crop at half the photograph's size, moved
  expect(frameOf({ transform: { a: 0.5, b: 0, tx: 10, ty: 20 } })).toEqual({
    x: 90,
    y: -14,
    width: 604,
    height: 760,
  });
  // a quarter turn
  const { width, height } = frameOf({ transform: { a: 0, b: 1, tx: 0, ty: 0 } });
  expect([width, height]).toEqual([380, 302]);
});
