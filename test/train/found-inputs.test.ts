import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { resolveConfig } from '../../src/config/load';
import { withFoundInputs } from '../../src/train/found-inputs';
import { checkPretrainedFiles } from '../../src/train/check-pretrained';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();
const before = process.cwd();

beforeEach(() => process.chdir(newFolder()));
afterEach(() => process.chdir(before));

const ORIGINAL = { gan_loss_weight: '75', fea_loss_weight: '0.5e-4', age_loss_weight: '30' };
const found = (flags: object = {}) =>
  withFoundInputs(resolveConfig('train', { ...ORIGINAL, ...flags }));

function write(file: string, text = '{}'): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}
const writeData = (name: string): void => write(`datasets/${name}/dataset.json`);

/** A pretrain run that ended at a second; without one it has not. */
function writeRun(name: string, config: object, ended?: number): void {
  write(`checkpoints/${name}/config.json`, JSON.stringify(config));
  write(`checkpoints/${name}/model/model.json`);
  if (ended === undefined) return;
  write(`checkpoints/${name}/summary.json`, '{"step":50}');
  utimesSync(`checkpoints/${name}/summary.json`, ended, ended);
}

test('the command that the project is for takes the only data set and the newest networks, and says which', () => {
  writeData('mine/faces');
  writeRun('old', { task: 'identity' }, 1);
  writeRun('new', { task: 'identity' }, 3);
  writeRun('unfinished', { task: 'identity' });
  writeRun('age', { task: 'age', trunk: 'frozen', alexnet_pretrained_model: 'nowhere' }, 2);
  writeRun('stopped', { task: 'identity', steps: 100, patience: 0 }, 8);
  writeRun('gan', { batch_size: 4 }, 9);
  const { config, notes } = found();
  expect(config).toMatchObject({
    data: 'datasets/mine/faces',
    alexnet_pretrained_model: 'checkpoints/new',
    age_pretrained_model: 'checkpoints/age',
  });
  expect(notes).toEqual([
    '--data=datasets/mine/faces: the only data set under datasets/',
    '--age_pretrained_model=checkpoints/age: the newest under checkpoints/',
    '--alexnet_pretrained_model=checkpoints/new: the newest that fits under checkpoints/',
  ]);
});

test('the identity network is the one that the age classifier stands on', () => {
  writeData('faces');
  writeRun('names', { task: 'identity' }, 1);
  writeRun('newer', { task: 'identity' }, 5);
  const frozen = { trunk: 'frozen', alexnet_pretrained_model: 'checkpoints/names' };
  writeRun('age', { task: 'age', ...frozen }, 2);
  expect(found().config.alexnet_pretrained_model).toBe('checkpoints/names');
  writeRun('tuned', { task: 'age', ...frozen, trunk: 'finetune' }, 3);
  expect(found().config).toMatchObject({
    alexnet_pretrained_model: 'checkpoints/tuned',
    age_pretrained_model: 'checkpoints/tuned',
  });
});

test('what is given, or there by its default name, stays', () => {
  writeData('faces');
  writeRun('names', { task: 'identity' }, 1);
  const flags = { data: 'other', alexnet_pretrained_model: 'a', age_pretrained_model: 'b' };
  expect(found(flags)).toMatchObject({ config: flags, notes: [] });
  expect(found({ root_folder: 'faces' }).config.data).toBeNull();
  expect(found({ resume: true }).notes).toEqual([]);
  write('train.txt', '');
  write('pre_trained/alexnet.model-292000/model.json');
  expect(found()).toMatchObject({
    config: { data: null, alexnet_pretrained_model: 'pre_trained/alexnet.model-292000' },
    notes: [],
  });
});

test('of several data sets none is chosen; where there is none, or no network, the commands that make them are said', () => {
  expect(() => found()).toThrow(
    '--data: expected a prepared data set, got nothing, and there is none under datasets/. ' +
      'Make one with `ipcgan prepare --images=DIR --out=datasets/NAME`, then the networks with `ipcgan pretrain --task=identity --data=DATA --run=names` and ' +
      '`ipcgan pretrain --task=age --data=DATA --alexnet_pretrained_model=checkpoints/names --run=age`.',
  );
  writeData('b');
  writeData('a');
  expect(() => found()).toThrow(
    '--data: expected which data set to train on, got nothing, and there are 2 under datasets/: datasets/a, datasets/b. Add --data=datasets/a, or another of them.',
  );
  expect(() => checkPretrainedFiles(found({ data: 'datasets/a' }).config)).toThrow(
    /Train one with `ipcgan pretrain --task=identity --data=DATA --run=names`.*\n.*Train one with `ipcgan pretrain --task=age --data=DATA --alexnet_pretrained_model=checkpoints\/names --run=age`/,
  );
});
