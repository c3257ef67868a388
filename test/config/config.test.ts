import { readdirSync, writeFileSync } from 'node:fs';
import os, { homedir } from 'node:os';
import path from 'node:path';
import { resolveConfig } from '../../src/config/load';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();
const CONFIGS = path.resolve(__dirname, '../../configs');

function configFile(text: string): string {
  const file = path.join(newFolder(), 'x.yaml');
  writeFileSync(file, text);
  return file;
}

test.each([
  [
    'JSON with comments',
    '// as editors\n{\n  // write it\n  "data": "a//b/*c*/", /* x */ "max_steps": 7,\n}\n',
  ],
  ['YAML with an end and a beginning', '---\ndata: a//b/*c*/\nmax_steps: 7\n...\n'],
  ['YAML with a comment in braces', '{data: a//b/*c*/, # as YAML has it\n max_steps: 7}\n'],
])('%s is a config file', (_, text) => {
  const { config } = resolveConfig('train', { config: configFile(text) });
  expect(config).toMatchObject({ data: 'a//b/*c*/', max_steps: 7 });
});

test('of several documents in a config file none is chosen', () => {
  const config = configFile('max_steps: 7\n---\nmax_steps: 8\n');
  expect(() => resolveConfig('train', { config })).toThrow(
    `--config: expected a YAML or JSON file, got ${config}: several documents, with --- between them. Keep one in a file`,
  );
});

test('defaults are those of the original’s script', () => {
  const { config } = resolveConfig('train', {});
  expect(config).toMatchObject({
    learning_rate: 0.001,
    batch_size: 32,
    image_size: 128,
    age_groups: 5,
    max_steps: 200_000,
    gan_loss_weight: 75,
    fea_loss_weight: 0.5e-4,
    age_loss_weight: 30,
    tv_loss_weight: 0,
    fea_layer_name: 'conv5',
    checkpoint_dir: './checkpoints/age/0_conv5_lsgan_transfer_g75_0.5f-4_a30',
    age_bounds: [20, 30, 40, 50],
  });
});

test('a flag wins over the config file, and the file over the default', () => {
  const config = configFile('gan_loss_weight: 10\nage_loss_weight: 5\n');
  expect(resolveConfig('train', { config, gan_loss_weight: '20' }).config).toMatchObject({
    gan_loss_weight: 20,
    age_loss_weight: 5,
    fea_loss_weight: 0.5e-4,
  });
});

test('kebab-case, aliases and exponents are read', () => {
  expect(resolveConfig('train', { 'fea-loss-weight': '0.5e-3' }).config.fea_loss_weight).toBe(
    0.0005,
  );
  expect(resolveConfig('test', { model_index: '9999' }).config.step).toBe(9999);
});

test('all problems come at once, each with what was expected, what came, and what to do', () => {
  const flags = {
    gan_los_weight: '3',
    image_size: '130',
    batch_size: '0',
    learning_rate: 'fast',
    fea_layer_name: 'conv9',
    seed: ['1', '2'],
  };
  const problems = (() => {
    try {
      resolveConfig('train', flags);
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  })().split('\n');
  expect(problems).toEqual([
    "--gan_los_weight: expected a known flag, got 'gan_los_weight'. Did you mean 'gan_loss_weight'?",
    '--seed: expected it once, got it twice. Leave one out.',
    '--fea_layer_name: expected one of conv3, conv4, conv5, pool5, fc6, fc7, got conv9. See --help.',
    '--image_size: expected a multiple of 4 from 16 up, got 130. The generator halves the picture twice: use 64, 128 or 256.',
    '--learning_rate: expected a number above 0, got fast. See --help.',
    '--batch_size: expected a whole number from 1 up, got 0. See --help.',
  ]);
});

test('a misspelt key of a config file names the file and the nearest key', () => {
  const config = configFile('age_los_weight: 3\nbatch_size: many\n');
  expect(() => resolveConfig('train', { config })).toThrow(
    `${config}: expected a known key, got 'age_los_weight'. Did you mean 'age_loss_weight'?`,
  );
  expect(() => resolveConfig('train', { config })).toThrow(
    `${config}: batch_size: expected a whole number from 1 up, got many.`,
  );
});

test('a config file takes what the command line takes', () => {
  const config = configFile(
    [
      'age-bounds: 20,30,40,50',
      "learning-rate: '1e-4'",
      'fresh_sources: "true"',
      'run: 007',
      'sample_dir: ~',
      'source_checkpoint_dir: ~/old',
    ].join('\n'),
  );
  expect(resolveConfig('train', { config }).config).toMatchObject({
    age_bounds: [20, 30, 40, 50],
    learning_rate: 1e-4,
    fresh_sources: true,
    run: '007',
    sample_dir: null,
    source_checkpoint_dir: path.join(homedir(), 'old'),
  });
  const read = (text: string) => resolveConfig('test', { config: configFile(text) }).config;
  expect(read('groups: 4').groups).toEqual([4]);
  expect(read("groups: ['1', 4]").groups).toEqual([1, 4]);
  expect(read('model_index: 9999').step).toBe(9999);
  const prepare = { images: 'a', out: 'b', config: configFile('age-range: 20-60') };
  expect(resolveConfig('prepare', prepare).config.age_range).toEqual([20, 60]);
  expect(() => read('show-mask: true\nshow_mask: true')).toThrow(
    /: show_mask: expected it once, got it twice\. Leave one out\.$/,
  );
});

test('YAML’s anchors and merges work, and keys that begin with x- hold them', () => {
  const config = configFile(
    'x-small: &small\n  image_size: 64\n  batch_size: 4\n<<: *small\nbatch_size: 8\n',
  );
  expect(resolveConfig('train', { config }).config).toMatchObject({
    image_size: 64,
    batch_size: 8,
  });
});

test.each([
  ['UTF-8 with a mark', Buffer.from('\ufeffdata: ë')],
  ['UTF-16', Buffer.from('\ufeffdata: ë', 'utf16le')],
  ['UTF-16 without a mark', Buffer.from('data: ë', 'utf16le')],
  ['UTF-16, the other way round', Buffer.from('\ufeffdata: ë', 'utf16le').swap16()],
  ['Windows’ Western code page', Buffer.from('data: ë', 'latin1')],
])('a config file in %s is read', (_, bytes) => {
  const config = path.join(newFolder(), 'x.yaml');
  writeFileSync(config, bytes);
  expect(resolveConfig('train', { config }).config.data).toBe('ë');
});

test('~/ is the home directory, by flag too; the home of somebody else is not guessed', () => {
  expect(resolveConfig('prepare', { images: '~', out: '~/x' }).config).toMatchObject({
    images: homedir(),
    out: path.join(homedir(), 'x'),
  });
  expect(resolveConfig('prepare', { images: 'a~/b', out: './~' }).config.images).toBe('a~/b');
  expect(() => resolveConfig('prepare', { images: 'a', out: '~eve/x' })).toThrow(
    '--out: expected a path, or ~/ for your own home directory, got ~eve/x. Write the directory in full, or ./~eve/x for a folder of that name.',
  );
  const config = configFile('data: ~eve/x\n');
  expect(() => resolveConfig('train', { config })).toThrow(
    `${config}: data: expected a path, or ~/`,
  );
});

test('a user without a home, as in a container, has settings all the same', () => {
  const home = jest.spyOn(os, 'homedir').mockImplementation(() => {
    throw new Error('no home');
  });
  try {
    expect(() => homedir()).toThrow('no home');
    expect(resolveConfig('serve', { host: '0.0.0.0' }).config.host).toBe('0.0.0.0');
  } finally {
    home.mockRestore();
  }
});

test('a message does not pour out what it got', () => {
  const config = configFile(`- ${'a'.repeat(5000)}\n`);
  try {
    resolveConfig('train', { config });
    throw new Error('no error');
  } catch (error) {
    expect((error as Error).message).toContain("expected settings 'name: value'");
    expect((error as Error).message.length).toBeLessThan(400);
  }
});

test('a config file that is none is an error', () => {
  expect(() => resolveConfig('train', { config: '/nowhere.yaml' })).toThrow(
    '--config: expected a YAML or JSON file, got /nowhere.yaml',
  );
  expect(() => resolveConfig('train', { config: configFile('- a\n') })).toThrow(
    "expected settings 'name: value'",
  );
});

test('a micro-batch must divide the batch', () => {
  expect(() => resolveConfig('train', { batch_size: '32', micro_batch: '12' })).toThrow(
    '--micro_batch: expected a divisor of --batch_size (32), got 12. Every part must be of the same size.',
  );
  expect(resolveConfig('train', { batch_size: '32', micro_batch: '8' }).config.micro_batch).toBe(8);
});

test.each([
  [{ workers: '2' }, false],
  [{ distributed: 'slurm' }, false],
  [{ distributed: 'tf_config' }, false],
  [{ workers: '1' }, true],
])('a run of several processes cannot go back after a divergence: %j', (flags, isFit) => {
  const resolve = (): unknown => resolveConfig('train', { ...flags, on_nan: 'rollback' });
  if (isFit) expect(resolve).not.toThrow();
  else
    expect(resolve).toThrow(
      '--on_nan: expected stop where several processes train a run, got rollback. Train it by one process, or leave it out;',
    );
  expect(() => resolveConfig('train', { ...flags, on_nan: 'stop' })).not.toThrow();
});

test('bounds must be one fewer than the groups, and rise', () => {
  expect(() => resolveConfig('train', { age_groups: '3' })).toThrow(
    '--age_bounds: expected 2 bounds for 3 age groups, got 4.',
  );
  expect(() => resolveConfig('train', { age_bounds: '20,10,40,50' })).toThrow(
    '--age_bounds: expected 1 to 9 rising years, got 20,10,40,50.',
  );
  expect(
    resolveConfig('train', { age_groups: '3', age_bounds: '30,50' }).config.age_bounds,
  ).toEqual([30, 50]);
});

test('a run is named below its place, and by its name or its directory, not both', () => {
  expect(resolveConfig('pretrain', { task: 'identity', data: 'd', run: 'a/' }).config.run).toBe(
    'a/',
  );
  for (const run of ['../a', 'a/../../b', '/a', '.', 'a/..'])
    expect(() => resolveConfig('train', { run })).toThrow(
      `--run: expected a name without '..', such as first or mine/first, got ${run}.`,
    );
  expect(() => resolveConfig('train', { run: 'a', checkpoint_dir: 'b' })).toThrow(
    '--run: expected --run or --checkpoint_dir, got both.',
  );
});

test('a required setting that is given twice is said once', () => {
  expect(() =>
    resolveConfig('pretrain', { task: 'identity', data: ['a', 'b', 'c'], run: 'a' }),
  ).toThrow(/^--data: expected it once, got it 3 times\. Leave one out\.$/);
});

test('flags of pretrain and test that change nothing are refused; a config file may hold them for another task', () => {
  const identity = { task: 'identity', data: 'a', run: 'a' };
  const age = { ...identity, task: 'age', alexnet_pretrained_model: 'b' };
  for (const [flags, name] of [
    [{ ...identity, trunk: 'finetune' }, 'trunk'],
    [{ ...identity, 'trunk-rate': '1' }, 'trunk-rate'],
    [{ ...identity, label_sigma: '3' }, 'label_sigma'],
    [{ ...identity, teacher: 'face-descriptor', min_pictures: '3' }, 'min_pictures'],
    [{ ...age, teacher: 'face-descriptor' }, 'teacher'],
    [{ ...age, trunk: 'finetune', teacher_weight: '2' }, 'teacher_weight'],
    [{ ...age, trunk_rate: '1' }, 'trunk_rate'],
  ] as const)
    expect(() => resolveConfig('pretrain', flags)).toThrow(
      new RegExp(`^--${name}: expected it with .*, got it without\\. Leave it out\\.$`),
    );
  for (const name of ['face', 'min_face', 'train_data_dir'])
    expect(() =>
      resolveConfig('test', { checkpoint_dir: 'a', [name]: name === 'min_face' ? '9' : 'largest' }),
    ).toThrow(new RegExp(`^--${name}: expected it with .*, got it without\\. Leave it out\\.$`));
  expect(
    resolveConfig('test', { checkpoint_dir: 'a', align: true, min_face: '9' }).config.min_face,
  ).toBe(9);
  const config = configFile('label_sigma: 3\n');
  expect(
    resolveConfig('pretrain', { ...identity, config, teacher: 'none' }).config.label_sigma,
  ).toBe(3);
  const tuned = {
    ...age,
    trunk: 'finetune',
    trunk_rate: '1',
    teacher: 'face-descriptor',
    teacher_weight: '2',
  };
  expect(resolveConfig('pretrain', tuned).config.teacher_weight).toBe(2);
  expect(() => resolveConfig('pretrain', { ...identity, task: 'age' })).toThrow(
    '--alexnet_pretrained_model: expected the identity network that the age head stands on, got nothing.',
  );
});

test('a range is written with a dash or a comma, a list with commas', () => {
  const prepare = { images: 'a', out: 'b' };
  for (const age_range of ['20-60', '20,60'])
    expect(resolveConfig('prepare', { ...prepare, age_range }).config.age_range).toEqual([20, 60]);
  expect(() => resolveConfig('prepare', { ...prepare, age_bounds: '20-60' })).toThrow(
    '--age_bounds: expected whole numbers separated by commas, got ["20-60"].',
  );
  expect(() => resolveConfig('prepare', { ...prepare, age_range: '60-20' })).toThrow(
    '--age_range: expected YOUNGEST-OLDEST, got 60-20. Turn them round.',
  );
});

test('the shares that are held out leave something to train on', () => {
  const shares = { images: 'a', out: 'b', test_share: '0.5' };
  expect(
    resolveConfig('prepare', { ...shares, validation_share: '0.25' }).config.validation_share,
  ).toBe(0.25);
  expect(() => resolveConfig('prepare', { ...shares, validation_share: '0.5' })).toThrow(
    '--validation_share: expected less than 1 together with --test_share (0.5), got 0.5. Leave something to train on.',
  );
});

test('a resolved config cannot be changed', () => {
  const { config } = resolveConfig('train', {});
  expect(() => Object.assign(config, { seed: 2 })).toThrow('Cannot assign to read only property');
  expect(() => config.age_bounds.push(60)).toThrow();
});

test('a required setting that is missing is named', () => {
  expect(() => resolveConfig('verify', {})).toThrow('--fixtures: expected a text, got nothing.');
});

test.each(readdirSync(CONFIGS).filter((name) => name.endsWith('.yaml')))(
  'configs/%s loads',
  (name) => {
    expect(
      resolveConfig('train', { config: path.join(CONFIGS, name) }).config.batch_size,
    ).toBeGreaterThan(0);
  },
);
