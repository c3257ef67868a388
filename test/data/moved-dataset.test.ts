import { mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { resolveConfig } from '../../src/config/load';
import { readDataset } from '../../src/data/dataset';
import { prepareDataset } from '../../src/data/prepare/prepare-dataset';
import { folderSource } from '../../src/data/sources/folder';
import { syntheticSource } from '../../src/data/sources/synthetic/synthetic';
import { openTrainingData, withDataset } from '../../src/train/training-data';
import { PREPARE } from '../support/prepare';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();
let home = '';
const place = (...names: string[]): string => path.join(home, ...names);

/** The folder of the pictures as training has it, all of which are there. */
async function rootInTraining(data: string, flags: object = {}): Promise<string> {
  const { config } = resolveConfig('train', { data, batch_size: '2', ...flags });
  const filled = await withDataset(config);
  return (await openTrainingData(filled)).rootFolder;
}

beforeAll(async () => {
  home = newFolder();
  const drawn = await syntheticSource(place('one/faces'), { people: 8, seed: 1 });
  const source = folderSource(drawn.rootFolder);
  await prepareDataset(source, { ...PREPARE, out: place('one/data') });
  // who prepares again is told that all is as it was
  expect(await prepareDataset(source, { ...PREPARE, out: place('one/data') })).toMatchObject({
    isUnchanged: true,
  });
});

test('a data set of aligned pictures that has moved with them is found', async () => {
  expect((await readDataset(place('one/data'))).rootFolder).toBe(place('one/faces'));
  renameSync(place('one'), place('two'));
  expect((await readDataset(place('two/data'))).rootFolder).toBe(place('two/faces'));
  expect(await rootInTraining(place('two/data'))).toBe(place('two/faces'));
});

test('where its pictures have moved alone, root_folder says where to', async () => {
  mkdirSync(place('elsewhere'));
  renameSync(place('two/faces'), place('elsewhere/faces'));
  const root_folder = place('elsewhere/faces');
  await expect(rootInTraining(place('two/data'))).rejects.toThrow(
    /Give --root_folder=DIR where they are now, or prepare the data again\.$/,
  );
  expect(await rootInTraining(place('two/data'), { root_folder })).toBe(root_folder);
  expect((await readDataset(place('two/data'), root_folder)).rootFolder).toBe(root_folder);
  // a run that is resumed later remembers a place that is gone
  renameSync(place('elsewhere/faces'), place('two/faces'));
  rmSync(place('elsewhere'), { recursive: true });
  expect(await rootInTraining(place('two/data'), { root_folder, resume: true })).toBe(
    place('two/faces'),
  );
  await expect(rootInTraining(place('two/data'), { root_folder })).rejects.toThrow(
    '--root_folder: expected ',
  );
});
