import { spawnSync } from 'node:child_process';
import { closeSync, constants, cpSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { runEvaluate } from '../../src/cli/evaluate';
import { resolveConfig } from '../../src/config/load';
import { companionsOf } from '../../src/ageing/companions';
import { loadTestImages } from '../../src/data/batches';
import { LIST_FILES, readList } from '../../src/data/lists';
import type { Dataset } from '../../src/data/dataset';
import { sharpnessOf } from '../../src/faces/measure-quality';
import { tf } from '../../src/engine/tf';
import { ageAmongCompanions, toImages } from '../../src/ageing/age-faces';
import { panelOf } from '../../src/eval/judges/panel';
import type { Judge } from '../../src/eval/judges/judge';
import type { EvaluationRecord } from '../../src/eval/report/record';
import { chooseRealFaces } from '../../src/eval/test-set';
import type { RealFace } from '../../src/eval/test-set';
import { measureReferences } from '../../src/eval/references';
import { createRandom } from '../../src/statistics/random';
import { readManifest } from '../../src/data/manifest';
import { saveModel } from '../../src/weights/saved-model';
import { widthsWithHead } from '../../src/models/alexnet';
import { evaluateCheckpoint } from '../../src/eval/evaluate-checkpoints';
import { loadAgeJudge } from '../../src/eval/judges/load-age-judge';
import { openGenerator } from '../../src/ageing/open-generator';
import { trainLoop } from '../../src/train/loop';
import { openTrainingData, withDataset } from '../../src/train/training-data';
import { drawnDataset } from '../support/drawn-dataset';
import { temporaryFolders } from '../support/temporary';
import { buildAlexNet } from '../../src/models/alexnet-network';

type Settings = Readonly<Record<string, string | boolean>>;

const SIZE = 32;
const newFolder = temporaryFolders();
let dataset: Dataset;
let run = '';
let cache = '';
/** What the others are compared with. */
let plain: EvaluationRecord;

/** Evaluates the run as the command does; photographs are judged once for all tests. */
async function evaluate(settings: Settings): Promise<EvaluationRecord> {
  const flags = {
    checkpoint_dir: run,
    data: dataset.directory,
    cache_dir: cache,
    faces: '1',
    real_faces: '4',
    ...settings,
  };
  const { config } = resolveConfig('evaluate', flags);
  return evaluateCheckpoint({ ...config, out: newFolder() }, dataset, null, () => undefined);
}

/** Shares of photographs of strangers, over all groups: with a face, and taken for the person by the first judge. */
function strangersIn({ rows }: EvaluationRecord): { found: number; verified: number } {
  const { found, verified } = rows.find(
    ({ row, group }) => row === 'random real' && group === null,
  )!;
  return { found: found!.value, verified: verified[0]!.value };
}
const facesOf = ({ items }: EvaluationRecord): string[] => [
  ...new Set(items.map(({ source }) => source)),
];

/** An age classifier of zeros that says which groups it knows. */
async function ageJudge(groups: number, bounds: readonly number[]): Promise<string> {
  const folder = newFolder();
  const shape = {
    widths: widthsWithHead(4),
    hasIdentity: false,
    descriptor: null,
    people: null,
    ageGroups: groups,
  };
  await saveModel(
    buildAlexNet({ ...shape, widths: { ...shape.widths, age_fc6: 4, age_fc7: 4 } }).model,
    folder,
    { age_bounds: [...bounds] },
  );
  return folder;
}

beforeAll(async () => {
  dataset = await drawnDataset(newFolder(), 10);
  cache = newFolder();
  run = path.join(newFolder(), 'run');
  const tiny = {
    image_size: String(SIZE),
    width: '0.1',
    batch_size: '2',
    max_steps: '1',
    // an average that the last weights are far from
    ema: '0.9',
    learning_rate: '0.01',
    fea_loss_weight: '0',
    age_loss_weight: '0',
  };
  const config = await withDataset(
    resolveConfig('train', { ...tiny, data: dataset.directory, checkpoint_dir: run }).config,
  );
  await trainLoop(config, await openTrainingData(config));
  plain = await evaluate({});
});

test('the seed chooses the faces', async () => {
  expect(facesOf(plain)).toHaveLength(1);
  expect(facesOf(await evaluate({ seed: '2' }))).not.toEqual(facesOf(plain));
});

test('the seed chooses the real photographs, and draws the people of every interval', async () => {
  const chosen = async (seed: number): Promise<string[]> =>
    (
      await chooseRealFaces(dataset, {
        part: 'test',
        faces: 2,
        realFaces: 3,
        seed,
        imageSize: SIZE,
      })
    )
      .map(({ path: name }) => name)
      .sort();
  expect(await chosen(1)).toEqual(await chosen(1));
  expect(await chosen(2)).not.toEqual(await chosen(1));
  const judge: Judge = {
    ...{
      name: 'numbers',
      version: '1',
      note: '',
      identity: { publishedThreshold: null, isCalibrated: true },
      age: 'years',
    },
    judge: () => Promise.resolve([]),
    dispose: () => undefined,
  };
  // a judge that is wrong at random, of all ten people
  const random = createRandom(7);
  const real = (await readManifest(dataset.directory)).map((entry): RealFace => {
    const opinion = {
      embedding: Float32Array.of(random.nextFloat()),
      age: entry.age + 10 * random.nextFloat(),
      group: null,
    };
    return {
      entry,
      file: '',
      person: entry.identity!,
      observation: { isFound: true, sharpness: 1, opinions: [opinion] },
    };
  });
  const measured = (seed: number) => {
    const panel = panelOf(null as never, [judge]);
    const { calibrations, realAges } = measureReferences(panel, real, {
      ageBounds: dataset.ageBounds,
      threshold: null,
      seed,
    });
    return [calibrations[0]!.auc!, realAges[0]![4]!.mean!];
  };
  const one = measured(1);
  const other = measured(2);
  for (const [i, { value, low, high }] of one.entries()) {
    expect(other[i]!.value).toBe(value);
    expect([other[i]!.low, other[i]!.high]).not.toEqual([low, high]);
  }
});

test.each([
  ['10', 'every stranger'],
  ['1e-9', 'no stranger'],
])(
  'threshold=%s is of the first judge alone, which takes %s for the person',
  async (threshold, who) => {
    const record = await evaluate({ threshold });
    expect(record.judges[0]!.threshold).toEqual({
      distance: Number(threshold),
      origin: 'given by --threshold',
    });
    expect(record.judges[1]!.threshold?.origin).not.toBe('given by --threshold');
    const { found, verified } = strangersIn(record);
    expect(found).toBeGreaterThan(0);
    expect(verified).toBe(who === 'no stranger' ? 0 : found);
  },
);

test('an age judge of other groups is refused, by their number or by where they end', async () => {
  const { ageBounds } = dataset;
  const fits = await ageJudge(5, ageBounds);
  const fewer = await ageJudge(4, [20, 30, 40]);
  const others = await ageJudge(5, [20, 30, 40, 60]);
  expect((await loadAgeJudge(fits, ageBounds)).age).toBe('group');
  await expect(evaluate({ age_judge: fewer })).rejects.toThrow(
    '--age_judge: expected a classifier of 5 age groups, got 4',
  );
  await expect(evaluate({ age_judge: others })).rejects.toThrow(
    '--age_judge: expected a classifier of age groups that end at 20, 30, 40, 50, as the data has them, got 20, 30, 40, 60',
  );
});

test('generator_weights chooses between the moving average, the default, and the last weights; a report says which', async () => {
  const sharpness = ({ items }: EvaluationRecord) => items.map((item) => item.sharpness);
  const last = await evaluate({ generator_weights: 'last' });
  expect(sharpness(last)).not.toEqual(sharpness(plain));
  expect([plain, last].map(({ settings }) => settings.generator_weights)).toEqual([
    'average',
    'last',
  ]);
});

test('with batch_norm=batch every face is aged among the first 31 training faces by name', async () => {
  const { items } = await evaluate({ batch_norm: 'batch' });
  const train = (await readList(path.join(dataset.directory, LIST_FILES.sources('train'))))
    .map(({ name }) => name)
    .sort();
  const companions = await companionsOf(dataset.rootFolder, train.slice(0, 31), SIZE, 'test');
  const { generator } = await openGenerator(run);
  const { source: name, group, sharpness } = items[0]!;
  const face = tf.tensor4d(await loadTestImages([path.join(dataset.rootFolder, name)], SIZE), [
    1,
    SIZE,
    SIZE,
    3,
  ]);
  const aged = ageAmongCompanions(generator, face, companions, group);
  expect(sharpness).toBe(await sharpnessOf((await toImages(aged))[0]!));
  expect(readFileSync(path.join(dataset.directory, LIST_FILES.sources('test')), 'utf8')).toContain(
    name,
  );
  tf.dispose([face, companions, aged]);
});

test('loader_timeout says which pictures an evaluation waits for', async () => {
  const data = path.join(newFolder(), 'data');
  cpSync(dataset.directory, data, { recursive: true });
  const files = readdirSync(path.join(data, 'images')).map((name) =>
    path.join(data, 'images', name),
  );
  for (const file of files) {
    rmSync(file);
    expect(spawnSync('mkfifo', [file]).status).toBe(0);
  }
  const waiting = new Promise<string>((resolve) => {
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
      if (String(text).includes('has waited')) resolve(String(text));
      return true;
    });
  });
  const flags = { checkpoint_dir: run, data, cache_dir: newFolder(), out: newFolder() };
  const resolved = resolveConfig('evaluate', { ...flags, loader_timeout: '1' });
  const outcome = runEvaluate(resolved, null, []).catch((error: unknown) => String(error));
  const said = await waiting.finally(() => jest.restoreAllMocks());
  expect(said).toMatch(/^warning: the evaluation has waited \d+ s for [^]*\.jpg/);
  expect(files.some((file) => said.includes(file))).toBe(true);
  const writers = files.map((file) => openSync(file, constants.O_RDWR | constants.O_NONBLOCK));
  for (const file of files) rmSync(file);
  await setTimeout(100);
  writers.forEach((file) => closeSync(file));
  expect(await outcome).toContain('expected a whole picture');
});
