import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { resolveConfig } from '../../src/config/load';
import type { Dataset } from '../../src/data/dataset';
import { readDataset } from '../../src/data/dataset';
import { readManifest } from '../../src/data/manifest';
import { tf } from '../../src/engine/tf';
import {
  compareSteps,
  evaluateCheckpoint,
  evaluateSteps,
} from '../../src/eval/evaluate-checkpoints';
import type { EvaluateSettings } from '../../src/eval/evaluate-checkpoints';
import { evaluateReal } from '../../src/eval/evaluate-real';
import { openJudges } from '../../src/eval/judges/open-judges';
import type { EvaluationRecord } from '../../src/eval/report/record';
import { chooseRealFaces } from '../../src/eval/test-set';
import { widthsWithHead } from '../../src/models/alexnet';
import { buildAlexNet } from '../../src/models/alexnet-network';
import { trainLoop } from '../../src/train/loop';
import { openTrainingData, withDataset } from '../../src/train/training-data';
import { saveModel } from '../../src/weights/saved-model';
import { drawnDataset } from '../support/drawn-dataset';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();
let dataset: Dataset;
let run = '';
let cache = '';
let ageJudge = '';

const settingsOf = (flags: Readonly<Record<string, string | boolean>> = {}): EvaluateSettings => ({
  ...resolveConfig('evaluate', {
    ...{ checkpoint_dir: run, data: dataset.directory, cache_dir: cache },
    ...{ faces: '2', real_faces: '4', age_judge: ageJudge, ...flags },
  }).config,
  out: path.join(newFolder(), 'out'),
});
const quiet = (): void => undefined;
const tensorsAfter = async (work: () => Promise<unknown>): Promise<number> => {
  await work();
  return tf.memory().numTensors;
};

/** Names of pictures by the part that they are in. */
async function partOf(): Promise<ReadonlyMap<string, string>> {
  return new Map(
    (await readManifest(dataset.directory)).map(({ path: name, split }) => [name, split]),
  );
}

/** The parts of the faces that a record is of. */
async function partsOf({ items }: EvaluationRecord): Promise<unknown[]> {
  const parts = await partOf();
  return [...new Set(items.map(({ source }) => parts.get(source)))];
}

beforeAll(async () => {
  dataset = await drawnDataset(newFolder(), 10);
  cache = newFolder();
  run = path.join(newFolder(), 'run');
  const tiny = {
    ...{ image_size: '32', width: '0.1', batch_size: '2', max_steps: '2', save_every: '1' },
    ...{ fea_loss_weight: '0', age_loss_weight: '0', data: dataset.directory, checkpoint_dir: run },
  };
  const config = await withDataset(resolveConfig('train', tiny).config);
  await trainLoop(config, await openTrainingData(config));
  ageJudge = newFolder();
  const widths = { ...widthsWithHead(4), age_fc6: 4, age_fc7: 4 };
  const { model } = buildAlexNet({
    ...{ widths, hasIdentity: false, descriptor: null, people: null, ageGroups: 5 },
  });
  await saveModel(model, ageJudge, { age_bounds: [...dataset.ageBounds] });
  model.dispose();
  // what the package of face-api keeps is loaded once
  await evaluateReal(settingsOf(), dataset, null, quiet);
});

test('one checkpoint is evaluated on test faces, or on validation faces where that is asked for; nothing stays in memory', async () => {
  const before = tf.memory().numTensors;
  const test = await evaluateCheckpoint(settingsOf(), dataset, null, quiet);
  expect([test.part, await partsOf(test)]).toEqual(['test', ['test']]);
  const valid = await evaluateCheckpoint(settingsOf({ part: 'valid' }), dataset, null, quiet);
  expect([valid.part, await partsOf(valid)]).toEqual(['valid', ['valid']]);
  expect(tf.memory().numTensors).toBe(before);
  await evaluateReal(settingsOf(), dataset, null, quiet);
  expect(tf.memory().numTensors).toBe(before);
});

test('where validation chooses, no photograph of the test part is looked at in whatever role', async () => {
  const chosen = async (part: 'valid' | 'test'): Promise<string[]> =>
    [
      ...new Set(
        (
          await chooseRealFaces(dataset, { part, faces: 9, realFaces: 99, seed: 1, imageSize: 32 })
        ).map(({ split }) => split),
      ),
    ].sort();
  expect(await chosen('valid')).toEqual(['train', 'valid']);
  expect(await chosen('test')).toEqual(['test', 'train', 'valid']);
});

/** A record of a step that stands so far between the baselines in both. */
const standing = (step: number, part: 'valid' | 'test', value: number): EvaluationRecord =>
  ({
    step,
    part,
    position: { identity: null, age: null, overall: { value, low: 0, high: 1, n: 9 } },
  }) as unknown as EvaluationRecord;

test('the best step is chosen on validation faces and evaluated on test faces, alone and once', async () => {
  const asked: unknown[] = [];
  const compare = (part: 'valid' | 'test', overall: Readonly<Record<number, number>>) =>
    compareSteps([1, 2, 3], part, (step, of, folder) => {
      asked.push([step, of, folder]);
      return Promise.resolve(
        standing(step, of, of === 'valid' || part === 'test' ? overall[step]! : 0.9),
      );
    });
  const { best, test } = await compare('valid', { 1: 0.2, 2: 0.6, 3: 0.5 });
  expect([best!.step, best!.part, test!.step, test!.part]).toEqual([2, 'valid', 2, 'test']);
  expect(asked.splice(0)).toEqual([
    [1, 'valid', '1'],
    [2, 'valid', '2'],
    [3, 'valid', '3'],
    [2, 'test', 'test'],
  ]);
  // nothing stands between the baselines: there is no best to report
  expect(await compare('valid', { 1: 0, 2: 0, 3: 0 })).toMatchObject({ best: null, test: null });
  expect(asked.splice(0)).toHaveLength(3);
  // what chose on test faces is not reported on them as if it had not
  expect(await compare('test', { 1: 0.2, 2: 0.6, 3: 0.5 })).toMatchObject({
    best: { step: 2, part: 'test' },
    test: null,
  });
  expect(asked.splice(0)).toHaveLength(3);
});

test('all steps are compared on validation faces, and the page says so; nothing stays in memory', async () => {
  const before = tf.memory().numTensors;
  const settings = settingsOf({ all_steps: true, batch_norm: 'batch' });
  const { records } = await evaluateSteps(settings, dataset, null, quiet);
  expect(tf.memory().numTensors).toBe(before);
  expect(records.map(({ step, part }) => [step, part])).toEqual([
    [1, 'valid'],
    [2, 'valid'],
  ]);
  for (const record of records) expect(await partsOf(record)).toEqual(['valid']);
  const page = readFileSync(path.join(settings.out, 'report.html'), 'utf8');
  expect(page).toContain('Below are figures of validation faces, by which the step was chosen.');
});

test('where a data set has no validation part the test part chooses, and nothing is reported beside', async () => {
  const bare = await drawnDataset(newFolder(), 10, 'identity', 0);
  const settings = settingsOf({ all_steps: true, data: bare.directory });
  const notes: string[] = [];
  const { records, test } = await evaluateSteps(settings, bare, null, quiet, (note) =>
    notes.push(note),
  );
  // two steps of a run with a label a batch, shown by moving averages: said once
  expect(notes).toEqual([expect.stringContaining('--batch_norm=batch shows it as it was trained')]);
  expect([records.map(({ part }) => part), test]).toEqual([['test', 'test'], null]);
  const asked = settingsOf({ part: 'valid', data: bare.directory });
  expect((await evaluateCheckpoint(asked, bare, null, quiet)).part).toBe('test');
});

test('evaluations that fail free what they had loaded, too', async () => {
  const before = tf.memory().numTensors;
  // the data set has no face to age
  const empty = newFolder();
  const manifest = path.join(dataset.directory, 'manifest.jsonl');
  for (const name of readdirSync(dataset.directory).filter((one) => /\.(txt|json)$/.test(one)))
    writeFileSync(path.join(empty, name), readFileSync(path.join(dataset.directory, name)));
  const trained = readFileSync(manifest, 'utf8')
    .split('\n')
    .filter((line) => line.includes('"split":"train"'));
  writeFileSync(path.join(empty, 'manifest.jsonl'), `${trained.join('\n')}\n`);
  const blind = await readDataset(empty);
  expect(
    await tensorsAfter(() =>
      expect(evaluateCheckpoint(settingsOf(), blind, null, quiet)).rejects.toThrow(
        /--data: expected test faces in .*, got none\. Prepare it with a larger --test_share/,
      ),
    ),
  ).toBe(before);
  // when faces are being aged
  expect(
    await tensorsAfter(() =>
      expect(
        evaluateCheckpoint(settingsOf(), dataset, null, (label) => {
          if (label === 'aged faces') throw new Error('stopped');
        }),
      ).rejects.toThrow('stopped'),
    ),
  ).toBe(before);
  // the age judge is loaded last, after the others
  expect(
    await tensorsAfter(() =>
      expect(
        openJudges(settingsOf({ age_judge: 'nowhere' }), dataset, dataset.ageBounds),
      ).rejects.toThrow('--age_judge'),
    ),
  ).toBe(before);
});
