import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { resolveConfig } from '../../src/config/load';
import type { Verb } from '../../src/config/schema';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();

/** A file as a command writes it. */
function written(content: object, name = 'config.json'): string {
  const folder = path.join(newFolder(), 'old');
  mkdirSync(folder);
  const file = path.join(folder, name);
  writeFileSync(file, JSON.stringify(content, null, 2));
  return file;
}

/** The config.json of a run of train on a prepared data set. */
const trainRun = (own: object = {}): string =>
  written({
    ...resolveConfig('train', { run: 'a', batch_size: '4', sample_dir: 'shown' }).config,
    checkpoint_dir: 'checkpoints/a',
    data: 'datasets/one',
    root_folder: '/one/crops',
    source_file: 'datasets/one/train.txt',
    age_bounds: [30, 40, 50, 60],
    ...own,
  });

test('the config of a run starts another: settings and data are taken over, not what names the run or belongs to it', () => {
  const { config, given } = resolveConfig('train', { config: trainRun(), run: 'b' });
  expect(config).toMatchObject({
    batch_size: 4,
    run: 'b',
    sample_dir: null,
    data: 'datasets/one',
    // the data set fills them in
    root_folder: 'CACD_cropped_400/',
    source_file: 'train.txt',
    age_bounds: [20, 30, 40, 50],
  });
  for (const name of ['checkpoint_dir', 'resume', 'json', 'dry_run', 'sample_dir'])
    expect([...given.keys()]).not.toContain(name);
});

test('flags win over the config of a run, data too', () => {
  const flags = { config: trainRun(), run: 'b', data: 'datasets/two', batch_size: '8' };
  expect(resolveConfig('train', flags).config).toMatchObject({
    data: 'datasets/two',
    batch_size: 8,
    root_folder: 'CACD_cropped_400/',
  });
  const lists = { data: null, root_folder: 'faces', source_file: 'lists/train.txt' };
  expect(resolveConfig('train', { config: trainRun(lists), run: 'b' }).config).toMatchObject(lists);
  expect(
    resolveConfig('train', { config: trainRun(lists), run: 'b', data: 'datasets/two' }).config,
  ).toMatchObject({ data: 'datasets/two', root_folder: 'CACD_cropped_400/' });
});

test('in a file that somebody wrote, too, a flag takes the place of what says the same otherwise', () => {
  const config = written({ checkpoint_dir: 'c', data: 'd' }, 'mine.json');
  expect(resolveConfig('train', { config, run: 'b' }).config.run).toBe('b');
  expect(resolveConfig('train', { config, source_file: 'l/train.txt' }).config).toMatchObject({
    data: null,
    source_file: 'l/train.txt',
    checkpoint_dir: 'c',
  });
  const both = written({ checkpoint_dir: 'c', run: 'b' }, 'mine.json');
  expect(() => resolveConfig('train', { config: both })).toThrow(
    /mine\.json: run: expected --run or/,
  );
});

test('so do the config of a pretrain run, the report of an evaluation, the description of a data set, and what test was given', () => {
  const identity = { task: 'identity', data: 'd', run: 'names', steps: '7' };
  const pretrained = { ...resolveConfig('pretrain', identity).config, config: undefined };
  expect(
    resolveConfig('pretrain', { config: written(pretrained), run: 'more' }).config,
  ).toMatchObject({ task: 'identity', data: 'd', run: 'more', steps: 7 });
  const evaluated = resolveConfig('evaluate', { data: 'd', step: '5', out: 'o', faces: '9' });
  const report = written(
    { version: 1, figures: {}, settings: evaluated.config },
    'evaluation.json',
  );
  expect(resolveConfig('evaluate', { config: report }).config).toMatchObject({
    data: 'd',
    step: 5,
    faces: 9,
    out: null,
  });
  // a step is one of the old run's
  expect(resolveConfig('evaluate', { config: report, checkpoint_dir: 'b' }).config.step).toBeNull();
  const dataset = written(
    {
      version: 3,
      source: { kind: 'folder', images: '/photographs' },
      root_folder: 'crops',
      seed: 3,
      split: 'image',
      test_share: 0.2,
      validation_share: 0.1,
      pairs: 50,
      age_bounds: [30],
      age_range: [20, 60],
      alignment: { aligned: true, face: 'all', min_face: 9, min_sharpness: 2, crop_size: null },
      counts: {},
      people: {},
      content_hash: 'a',
    },
    'dataset.json',
  );
  expect(resolveConfig('prepare', { config: dataset, out: 'b' }).config).toMatchObject({
    images: '/photographs',
    out: 'b',
    seed: 3,
    split: 'image',
    age_bounds: [30],
    age_range: [20, 60],
    min_sharpness: 2,
    pairs: 50,
  });
  const tested = resolveConfig('test', { checkpoint_dir: 'a', groups: '4', save_dir: 's' }).config;
  expect(resolveConfig('test', { config: written(tested), save_dir: 't' }).config).toMatchObject({
    checkpoint_dir: 'a',
    groups: [4],
    save_dir: 't',
  });
});

test.each<[Verb, object, RegExp]>([
  [
    'evaluate',
    { data: 'd' },
    /expected settings of evaluate, got the config of train\. Name the run with --checkpoint_dir=.*old\.$/,
  ],
  [
    'pretrain',
    {},
    /expected settings of pretrain, got the config of train\. See docs\/configuration\.md/,
  ],
])('what a run of train wrote is no config of %s, which one line says', (verb, flags, message) => {
  const thrown = (() => {
    try {
      resolveConfig(verb, { ...flags, config: trainRun() });
      return 'no error';
    } catch (error) {
      return (error as Error).message;
    }
  })();
  expect(thrown).toMatch(message);
  expect(thrown.split('\n')).toHaveLength(1);
});
