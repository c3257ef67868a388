import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Dataset } from '../../src/data/dataset';
import { createRandom } from '../../src/statistics/random';
import { MEAN_RGB } from '../../src/images/pixel-range';
import { frechetEstimate } from '../../src/statistics/frechet';
import { tf } from '../../src/engine/tf';
import { scoreGenerator } from '../../src/eval/evaluate-generator';
import type { GeneratorScores } from '../../src/eval/evaluate-generator';
import { meanFace } from '../../src/eval/baselines';
import { loadFaceApiJudge } from '../../src/eval/judges/face-api';
import { observe, openObservationCache, panelOf } from '../../src/eval/judges/panel';
import type { Panel } from '../../src/eval/judges/panel';
import { scoreRealAsOutputs } from '../../src/eval/real-as-outputs';
import { evaluationPage } from '../../src/eval/report/page';
import { frechetDrawings } from '../../src/eval/report/frechet-drawings';
import { toCsv, toRecord } from '../../src/eval/report/record';
import { shown } from '../../src/eval/report/style';
import { verdict } from '../../src/eval/report/verdict';
import { prepareBenchmark } from '../../src/eval/benchmark';
import type { Benchmark } from '../../src/eval/benchmark';
import { loadFaceFinder } from '../../src/faces/detect';
import { markupOf } from '../../src/pages/html';
import { drawnDataset } from '../support/drawn-dataset';
import { temporaryFolders } from '../support/temporary';

const SIZE = 128;
const folders = temporaryFolders();

/** Undoes what was done to the input: its output is the input. */
class Copy extends tf.layers.Layer {
  static className = 'TestCopy';
  override computeOutputShape(shape: tf.Shape | tf.Shape[]): tf.Shape {
    return (shape as tf.Shape[])[0]!;
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() =>
      tf.sub(tf.div(tf.add((inputs as tf.Tensor[])[0]!, tf.tensor1d([...MEAN_RGB])), 127.5), 1),
    );
  }
}

/** Grey, whatever the input. */
class Grey extends Copy {
  static override className = 'TestGrey';
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.zerosLike((inputs as tf.Tensor[])[0]!);
  }
}

function generatorOf(layer: tf.layers.Layer): tf.LayersModel {
  const inputs = [tf.input({ shape: [SIZE, SIZE, 3] }), tf.input({ shape: [5] })];
  return tf.model({ inputs, outputs: layer.apply(inputs) as tf.SymbolicTensor });
}

let panel: Panel;
let dataset: Dataset;
let benchmark: Benchmark;
let cacheFolder: string;

async function trialWith(faces: number): Promise<Benchmark> {
  const cache = await openObservationCache(cacheFolder, panel);
  const settings = {
    part: 'test' as const,
    dataset,
    reference: null,
    ageBounds: dataset.ageBounds,
    imageSize: SIZE,
    faces,
    realFaces: 12,
    seed: 1,
    threshold: null,
  };
  return prepareBenchmark(panel, cache, settings, () => undefined);
}

beforeAll(async () => {
  await tf.ready();
  cacheFolder = path.join(folders(), 'judged');
  panel = panelOf(await loadFaceFinder(), [await loadFaceApiJudge()]);
  dataset = await drawnDataset(folders(), 10);
  benchmark = await trialWith(6);
});

const rowOf = (outcome: GeneratorScores, row: string, group: number | null = null) =>
  outcome.rows.find((one) => one.row === row && one.group === group)!;

describe('a generator that copies its input', () => {
  let outcome: GeneratorScores;
  let copied: ReturnType<typeof rowOf>;

  beforeAll(async () => {
    outcome = await scoreGenerator(generatorOf(new Copy({})), benchmark, () => undefined);
    copied = rowOf(outcome, 'copy');
  });

  test('stands where the copied input stands, in every figure', () => {
    const model = rowOf(outcome, 'model');
    expect(model.pictures).toBe(benchmark.sources.length * 5);
    expect(model.verified[0]!.value).toBe(1);
    expect(copied.verified[0]!.value).toBe(1);
    expect(model.distance[0]!.value).toBeLessThan(0.01);
    expect(model.ageError[0]!.value).toBeCloseTo(copied.ageError[0]!.value, 1);
    expect(model.frechet!.value).toBeCloseTo(copied.frechet!.value, 2);
  });

  test('is all identity and no age', () => {
    const { identity, age, overall } = outcome.position;
    expect(identity!.value).toBeCloseTo(1, 5);
    expect(age!.value).toBeCloseTo(0, 1);
    expect(overall!.value).toBeLessThan(0.1);
  });

  test('random real photographs are the reverse: strangers, and of the right age', () => {
    const random = rowOf(outcome, 'random real');
    expect(random.verified[0]!.value).toBeLessThan(0.1);
    expect(random.ageError[0]!.value).toBeLessThan(copied.ageError[0]!.value);
    expect(random.inGroup[0]!.value).toBeGreaterThan(copied.inGroup[0]!.value);
    expect(random.frechet!.value).toBeLessThan(rowOf(outcome, 'mean face').frechet!.value);
  });

  test('record, table and page tell the same', async () => {
    const provenance = {
      command: ['evaluate', '--data=<x>'],
      checkpoint: 'copy-7',
      step: 7,
      partInTraining: { 'face-api': 'it taught' },
      data: { directory: 'd', content_hash: 'h' },
      reference: null,
      settings: { seed: 1 },
      environment: {},
    };
    const record = toRecord(benchmark, outcome, provenance);
    expect(record.judges[0]).toMatchObject({ name: 'face-api', part_in_training: 'it taught' });
    const { verified, pictures, frechet } = rowOf(outcome, 'model');
    expect(record.figures['verified/face-api']).toEqual(verified[0]);
    expect(record.figures.overall).toEqual(outcome.position.overall);
    expect(record.figures.descriptor_frechet).toMatchObject({
      n: pictures,
      value: expect.closeTo(rowOf(outcome, 'copy').frechet!.value, 2),
    });
    // the drawings that the interval comes from
    const drawings = record.frechet_drawings!;
    expect([drawings.judge, drawings.values.length]).toEqual(['face-api', 100]);
    expect(frechetEstimate(frechet!.value, drawings.values, pictures)).toEqual(frechet);
    expect(Object.keys(record.figures)).toEqual([
      'verified/face-api',
      'age_error/face-api',
      'in_group/face-api',
      'face_found',
      'sharpness',
      'descriptor_frechet',
      'identity',
      'age',
      'overall',
    ]);
    expect(frechet!.low).toBeLessThan(frechet!.value);
    expect(frechet!.high).toBeGreaterThan(frechet!.value);
    const csv = toCsv(record).split('\n');
    expect(csv[0]).toBe('row,group,measure,judge,value,low,high,n');
    expect(csv).toContain(`copy,all,verified,face-api,1,1,1,${benchmark.sources.length * 5}`);
    expect(csv).toContain(
      [
        'model',
        'all',
        'descriptor_frechet',
        '',
        frechet!.value,
        frechet!.low,
        frechet!.high,
        pictures,
      ].join(),
    );
    const page = await evaluationPage(record, benchmark, outcome);
    expect(page).toContain(markupOf(shown(frechet, 3)));
    // drawn people have photographs at every age
    expect(page).toContain('median distance to the person&#39;s own photographs at the target');
    expect(page).toContain(markupOf(shown(rowOf(outcome, 'copy').toReal[0], 2)));
    expect(page).toContain('--data=&#60;x&#62;');
    expect(page).toContain(verdict(record)[0]!.replaceAll("'", '&#39;'));
    // nothing is fetched
    expect(page.match(/(src|href)="(?!data:)/g)).toBeNull();
    expect(page.match(/<svg/g)!.length).toBeGreaterThanOrEqual(4);
  });
});

test('reports are of the same drawings where faces, photographs and seed are the same', async () => {
  const basisOf = (of: Benchmark): string =>
    frechetDrawings(of, { frechetReplicates: [1] } as unknown as GeneratorScores)!.basis;
  const own = basisOf(benchmark);
  expect(basisOf(await trialWith(6))).toBe(own);
  expect(basisOf(await trialWith(5))).not.toBe(own);
  expect(basisOf({ ...benchmark, real: benchmark.real.slice(1) })).not.toBe(own);
  expect(
    basisOf({
      ...benchmark,
      context: { ...benchmark.context, draws: benchmark.context.draws.slice(1) },
    }),
  ).not.toBe(own);
});

test('a generator that shows nothing fails in everything, and nothing is missing', async () => {
  const outcome = await scoreGenerator(generatorOf(new Grey({})), benchmark, () => undefined);
  const model = rowOf(outcome, 'model');
  const pictures = benchmark.sources.length * 5;
  expect(model.found).toMatchObject({ value: 0, n: pictures });
  expect(model.verified[0]).toMatchObject({ value: 0, n: pictures });
  expect(model.inGroup[0]).toMatchObject({ value: 0, n: pictures });
  expect(model.ageError[0]!.n).toBe(pictures);
  expect(model.age[0]).toBeNull();
  expect(model.frechet!.value).toBeGreaterThan(rowOf(outcome, 'copy').frechet!.value);
});

test("real photographs scored as outputs have the age network's own error, share of right groups and mean", async () => {
  const group = 4;
  const faces = benchmark.real.filter(({ entry }) => entry.group === group);
  const [scored, ...others] = await scoreRealAsOutputs(
    panel,
    faces,
    benchmark,
    { imageSize: SIZE, seed: 1 },
    () => undefined,
  );
  expect(others).toEqual([]);
  const own = benchmark.realAges[0]![group]!;
  expect(scored).toMatchObject({ judge: 'face-api', group, photographs: faces.length });
  for (const figure of ['mean', 'error', 'inGroup'] as const) {
    expect(scored![figure]!.value).toBeCloseTo(own[figure]!.value, 6);
    expect(scored![figure]!.n).toBe(own[figure]!.n);
  }
  // by hand, of the photographs themselves
  const ages = faces.map(({ entry, observation }) => ({
    truth: entry.age,
    guess: observation.opinions[0]!.age!,
  }));
  const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  expect(own.error!.value).toBeCloseTo(
    mean(ages.map(({ truth, guess }) => Math.abs(guess - truth))),
    6,
  );
  expect(own.inGroup!.value).toBeCloseTo(mean(ages.map(({ guess }) => Number(guess > 50))), 6);
  const middle = mean(ages.map(({ guess }) => guess));
  expect(scored!.ageError!.value).toBeCloseTo(
    mean(ages.map(({ guess }) => Math.abs(guess - middle))),
    4,
  );
});

test('what is known of photographs is read back, to the last bit', async () => {
  const files = readdirSync(cacheFolder);
  expect(files).toHaveLength(1);
  const before = readFileSync(path.join(cacheFolder, files[0]!), 'utf8');
  const again = await trialWith(6);
  expect(readFileSync(path.join(cacheFolder, files[0]!), 'utf8')).toBe(before);
  expect(again.baselines).toEqual(benchmark.baselines);
  expect(again.calibrations).toEqual(benchmark.calibrations);
});

test('a picture of one colour shows no face, whichever colour and however grainy', async () => {
  const random = createRandom(4);
  const plain = (colour: readonly number[], grain: number) => ({
    data: Uint8Array.from(
      { length: SIZE * SIZE * 3 },
      (_, i) => colour[i % 3]! + grain * random.nextFloat(),
    ),
    width: SIZE,
    height: SIZE,
  });
  const pictures = [
    plain([0, 0, 0], 0),
    plain([0, 0, 0], 4),
    plain([200, 0, 0], 0),
    plain([150, 100, 80], 0),
    plain([118, 118, 118], 20),
    plain([0, 0, 0], 255),
  ];
  expect((await observe(panel, pictures)).map(({ isFound }) => isFound)).toEqual(
    pictures.map(() => false),
  );
});

test('judging keeps no tensor', async () => {
  const picture = await meanFace(benchmark.real.slice(0, 3), SIZE);
  await observe(panel, [picture]);
  const { numTensors } = tf.memory();
  await observe(panel, [picture, picture]);
  expect(tf.memory().numTensors).toBe(numTensors);
});

test('age groups of another kind are refused', async () => {
  const cache = await openObservationCache(cacheFolder, panel);
  const settings = {
    part: 'test' as const,
    dataset,
    reference: null,
    ageBounds: [30],
    imageSize: SIZE,
    faces: 1,
    realFaces: 2,
    seed: 1,
    threshold: null,
  };
  await expect(prepareBenchmark(panel, cache, settings, () => undefined)).rejects.toThrow(
    "--data: expected the generator's age groups, bounds 30, got 20,30,40,50",
  );
});
