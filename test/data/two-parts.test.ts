import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { resolveConfig } from '../../src/config/load';
import { ageClasses, identityClasses } from '../../src/data/classification-data';
import { choosingPart, DATASET_VERSION, readDataset } from '../../src/data/dataset';
import { warningsOf } from '../../src/data/prepare/compose';
import { chooseHeldOutFaces } from '../../src/eval/test-set';
import { openTrainingData, withDataset } from '../../src/train/training-data';
import { drawnDataset } from '../support/drawn-dataset';
import { temporaryFolders } from '../support/temporary';

/** Made by version 0.1: five test pictures, one a group, and nothing held out to choose by. */
const KEPT = path.resolve('test/fixtures/kept-0.1/data');
const newFolder = temporaryFolders();

/** What `train` opens of a data set. */
async function openForTraining(data: string, settings: Readonly<Record<string, string>> = {}) {
  const run = path.join(newFolder(), 'run');
  const config = { data, batch_size: '2', checkpoint_dir: run, ...settings };
  return openTrainingData(await withDataset(resolveConfig('train', config).config));
}

describe('a data set of version 0.1', () => {
  test('is read as one whose validation part is empty', async () => {
    const { description } = await readDataset(KEPT);
    expect(description).toMatchObject({
      version: DATASET_VERSION,
      validation_share: 0,
      counts: { train: [2, 2, 2, 2, 2], valid: [0, 0, 0, 0, 0], test: [1, 1, 1, 1, 1] },
      people: { train: 0, valid: 0, test: 0, several: 0 },
    });
    expect(warningsOf(description)).toEqual([]);
  });

  test('lets the test part choose, as before, and says so', async () => {
    const dataset = await readDataset(KEPT);
    const note = (chosen: string): string =>
      `${KEPT} has no validation part; ${chosen} is chosen on the test part; prepare it again for one`;
    expect(choosingPart(dataset, 'the best step')).toEqual({
      part: 'test',
      note: note('the best step'),
    });
    const { lists, heldOut, note: said } = await openForTraining(KEPT);
    expect([lists.sources.length, heldOut.length]).toEqual([10, 5]);
    expect(said).toBe(note('what samples and held-out terms show'));
    const faces = await chooseHeldOutFaces(dataset, {
      ...{ part: 'test', faces: 100, realFaces: 2, seed: 1, imageSize: 64 },
    });
    expect(faces.map(({ path: name }) => name).sort()).toEqual([...heldOut].sort());
    const classes = await ageClasses(dataset);
    expect([classes.train.length, classes.heldOut.length]).toEqual([10, 5]);
    expect(classes.test.pictures).toEqual(classes.heldOut);
    expect(classes.note).toBe(note('the best network'));
  });
});

test('as many faces are opened as samples show, or as held-out terms are measured on where that is more', async () => {
  const { directory } = await drawnDataset(newFolder(), 10);
  const valid = path.join(directory, 'valid.txt');
  // five times the same twenty
  writeFileSync(valid, readFileSync(valid, 'utf8').repeat(5));
  const opened = async (count: string): Promise<number> =>
    (await openForTraining(directory, { held_out_faces: count })).heldOut.length;
  expect([await opened('8'), await opened('33'), await opened('1000')]).toEqual([32, 33, 100]);
});

test('validation chooses and test reports: no picture is in two of the three parts', async () => {
  const dataset = await drawnDataset(newFolder(), 10);
  expect(choosingPart(dataset, 'anything')).toEqual({ part: 'valid', note: null });
  const { lists, heldOut, note } = await openForTraining(dataset.directory);
  expect([lists.sources.length, heldOut.length, note]).toEqual([60, 20, null]);
  const faces = async (part: 'valid' | 'test'): Promise<string[]> =>
    (
      await chooseHeldOutFaces(dataset, { part, faces: 100, realFaces: 2, seed: 1, imageSize: 64 })
    ).map(({ path: name }) => name);
  const valid = await faces('valid');
  const test = await faces('test');
  expect(valid.sort()).toEqual([...heldOut].sort());
  expect(new Set([...lists.sources, ...valid, ...test]).size).toBe(100);

  const names = (pictures: readonly { readonly name: string }[]): string[] =>
    pictures.map(({ name }) => name).sort();
  const ages = await ageClasses(dataset);
  expect([names(ages.heldOut), names(ages.test.pictures)]).toEqual([valid, test.sort()]);
  // of people: the classes are those of train, strangers of validation are looked at, those of test reported
  const people = await identityClasses(dataset, 2);
  expect([names(people.strangers), names(people.test.strangers)]).toEqual([valid, test]);
  expect([people.train.length, people.heldOut.length, people.test.pictures.length]).toEqual([
    54, 6, 0,
  ]);
});
