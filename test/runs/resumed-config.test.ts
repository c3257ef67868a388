import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { resolveRun } from '../../src/runs/resumed-config';
import { temporaryFolders } from '../support/temporary';

const BEHIND = { word: null, paths: [] };
const newFolder = temporaryFolders();
const before = process.cwd();
const KEPT_RUN = path.resolve('test/fixtures/kept-0.1/run');
let home = '';

const train = (flags: object) => resolveRun('train', { ...flags }, BEHIND);
const pretrain = (flags: object) => resolveRun('pretrain', { ...flags }, BEHIND);

/** Writes the config.json of a run below checkpoints/. */
function writeRun(name: string, content: object | string): void {
  const directory = path.join(home, 'checkpoints', name);
  mkdirSync(directory, { recursive: true });
  writeFileSync(
    path.join(directory, 'config.json'),
    typeof content === 'string' ? content : JSON.stringify(content),
  );
}

beforeEach(() => {
  home = newFolder();
  process.chdir(home);
});
afterEach(() => process.chdir(before));

test('--run means checkpoints/NAME', () => {
  for (const [run, directory] of [
    ['a', 'checkpoints/a'],
    ['mine/a', 'checkpoints/mine/a'],
    ['./a', 'checkpoints/a'],
  ])
    expect(train({ run }).config).toMatchObject({ run, checkpoint_dir: directory });
  expect(train({ checkpoint_dir: 'b' }).config).toMatchObject({ run: null, checkpoint_dir: 'b' });
  expect(() => train({ run: '../a' })).toThrow("--run: expected a name without '..'");
});

test('a resumed run goes by its own config, and what may change wins over it', () => {
  const own = { batch_size: 4, max_steps: 10, learning_rate: 0.5, data: null, config: null };
  writeRun('gan', { ...own, run: 'gan', checkpoint_dir: 'elsewhere', resume: false });
  const { config, given } = train({ run: 'gan', resume: true, max_steps: '20' });
  expect(config).toMatchObject({
    batch_size: 4,
    max_steps: 20,
    learning_rate: 0.5,
    checkpoint_dir: 'checkpoints/gan',
    resume: true,
  });
  expect([...given.keys()].sort()).toEqual(['max_steps', 'resume', 'run']);
  expect(Object.isFrozen(config)).toBe(true);
  writeRun('names', { task: 'identity', data: 'd', steps: 10 });
  expect(pretrain({ run: 'names', resume: true, steps: '20' }).config).toMatchObject({
    task: 'identity',
    data: 'd',
    steps: 20,
    run: 'names',
  });
});

test('settings that a run keeps may be repeated, not changed, by flag or by file; one that its version did not know is the default', () => {
  writeRun('gan', { batch_size: 4 });
  expect(train({ run: 'gan', resume: true, batch_size: '4' }).config.batch_size).toBe(4);
  expect(train({ run: 'gan', resume: true, label_scale: '1' }).config.label_scale).toBe(1);
  expect(() => train({ run: 'gan', resume: true, batch_size: '5', label_scale: '2' })).toThrow(
    '--batch_size: expected 4 as in checkpoints/gan, got 5. A resumed run keeps it; start a new run.\n' +
      '--label_scale: expected 1 as in checkpoints/gan, got 2. A resumed run keeps it; start a new run.',
  );
  const file = path.join(home, 'x.yaml');
  writeFileSync(file, 'batch_size: 6\n');
  expect(() => train({ run: 'gan', resume: true, config: file })).toThrow(
    `${file}: batch_size: expected 4 as in checkpoints/gan, got 6.`,
  );
});

test('a run of version 0.1, which had no key for it, goes on with eight held-out faces; a new one has 32', () => {
  const checkpoint_dir = path.join(home, 'kept');
  cpSync(KEPT_RUN, checkpoint_dir, { recursive: true });
  const resumed = train({ checkpoint_dir, resume: true, max_steps: '4' }).config;
  expect([resumed.held_out_faces, resumed.max_steps]).toEqual([8, 4]);
  expect(() => train({ checkpoint_dir, resume: true, held_out_faces: '16' })).toThrow(
    `--held_out_faces: expected 8 as in ${checkpoint_dir}, got 16. A resumed run keeps it; start a new run.`,
  );
  expect(train({ checkpoint_dir: 'new' }).config.held_out_faces).toBe(32);
});

test('--resume=auto goes on where there is a run, and starts one where there is none', () => {
  const names = { task: 'identity', data: 'd' };
  writeRun('gan', { batch_size: 4 });
  writeRun('names', { ...names, batch_size: 4 });
  expect(train({ run: 'gan', resume: 'auto', max_steps: '7' }).config).toMatchObject({
    batch_size: 4,
    max_steps: 7,
    resume: true,
  });
  expect(pretrain({ run: 'names', resume: 'auto' }).config).toMatchObject({
    batch_size: 4,
    resume: true,
  });
  expect(train({ run: 'new', resume: 'auto', batch_size: '3' }).config).toMatchObject({
    batch_size: 3,
    resume: false,
  });
  expect(pretrain({ ...names, run: 'fresh', resume: 'auto' }).config.resume).toBe(false);
  expect(() => train({ run: 'gan', resume: 'auto', batch_size: '5' })).toThrow(
    '--batch_size: expected 4 as in checkpoints/gan, got 5.',
  );
  expect(() => train({ run: 'gan', resume: 'maybe' })).toThrow(
    '--resume: expected a switch, or auto, got maybe.',
  );
});

test('--override lets a term weigh more or less, and neither turns it on nor off', () => {
  writeRun('weights', { batch_size: 4, tv_loss_weight: 0, gan_loss_weight: 75 });
  const resumed = { run: 'weights', resume: true, override: true };
  const own = { gan_loss_weight: '10', tv_loss_weight: '0', warmup_steps: '3', schedule: 'cosine' };
  expect(train({ ...resumed, ...own }).config).toMatchObject({
    gan_loss_weight: 10,
    tv_loss_weight: 0,
    warmup_steps: 3,
    schedule: 'cosine',
  });
  for (const [name, was, is] of [
    ['gan_loss_weight', 75, 0],
    ['tv_loss_weight', 0, 2],
  ] as const)
    expect(() => train({ ...resumed, [name]: String(is) })).toThrow(
      `--${name}: expected ${was} as in checkpoints/weights, got ${is}. A resumed run keeps it; start a new run.`,
    );
});

test('--override lets a resumed run have another learning rate, and nothing else', () => {
  writeRun('gan', { batch_size: 4, learning_rate: 0.1 });
  writeRun('names', { task: 'identity', data: 'd', learning_rate: 0.1 });
  const slower = { resume: true, learning_rate: '0.01' };
  expect(() => train({ ...slower, run: 'gan' })).toThrow(
    '--learning_rate: expected 0.1 as in checkpoints/gan, got 0.01. A resumed run keeps it; add --override to change it from here on, or start a new run.',
  );
  expect(train({ ...slower, run: 'gan', override: true }).config.learning_rate).toBe(0.01);
  expect(pretrain({ ...slower, run: 'names', override: true }).config.learning_rate).toBe(0.01);
  expect(() => train({ ...slower, run: 'gan', override: true, batch_size: '5' })).toThrow(
    /^--batch_size: expected 4 as in checkpoints\/gan, got 5\. A resumed run keeps it; start a new run\.$/,
  );
  expect(() => train({ run: 'new', override: true })).toThrow(
    '--override: expected it with --resume=true or auto only, got it without. Leave it out.',
  );
});

test('data given again bring their own paths', () => {
  writeRun('gan', { data: 'old', root_folder: 'old/images', source_file: 'old/train.txt' });
  expect(train({ run: 'gan', resume: true }).config.root_folder).toBe('old/images');
  const { config } = train({ run: 'gan', resume: true, data: 'new' });
  expect([config.data, config.root_folder, config.source_file]).toEqual([
    'new',
    'CACD_cropped_400/',
    'train.txt',
  ]);
});

test.each([
  ['{"max', expect.stringMatching(/got .*JSON/i)],
  ['null', expect.stringContaining('got null.')],
  ['{"max_steps":1}', expect.stringContaining('got that of another verb.')],
])('a config of no pretrain run, %s, is said by its file', (content, message) => {
  writeRun('a', content);
  const thrown = (() => {
    try {
      return pretrain({ run: 'a', resume: true });
    } catch (error) {
      return (error as Error).message;
    }
  })();
  expect(thrown).toEqual(message);
  expect(thrown).toMatch(/^checkpoints\/a\/config\.json: expected the config of a pretrain run/);
});

test('a setting of the run that this version does not know, or no longer takes, is said by its file', () => {
  writeRun('names', { task: 'identity', data: 'd', stepz: 3 });
  expect(() => pretrain({ run: 'names', resume: true })).toThrow(
    "checkpoints/names/config.json: expected a known key, got 'stepz'. Did you mean 'steps'?",
  );
  writeRun('gan', { batch_size: 0 });
  expect(() => train({ run: 'gan', resume: true })).toThrow(
    'checkpoints/gan/config.json: batch_size: expected a whole number from 1 up, got 0.',
  );
  expect(() => train({ run: 'names', resume: true })).toThrow(
    'checkpoints/names/config.json: expected the config of a train run, got that of another verb.',
  );
});

test('a run is not begun where one is, nor resumed where none is, nor mixed with networks of others', () => {
  writeRun('a', {});
  const names = { task: 'identity', data: 'd' };
  for (const resolve of [train, (flags: object) => pretrain({ ...names, ...flags })]) {
    expect(() => resolve({ run: 'a' })).toThrow(
      'checkpoints/a: expected no run there, got one. Add --resume to continue it, or choose another --run.',
    );
    mkdirSync(path.join(home, 'checkpoints', 'b', 'alexnet'), { recursive: true });
    writeFileSync(path.join(home, 'checkpoints', 'b', 'alexnet', 'model.json'), '{}');
    expect(() => resolve({ run: 'b' })).toThrow(
      'checkpoints/b: expected no network there, got alexnet/. Choose another --run.',
    );
  }
  expect(() => train({ run: 'c', resume: true })).toThrow(
    '--resume: expected a run in checkpoints/c, got none. Check --run or --checkpoint_dir, or leave --resume out.',
  );
  // nothing is said of settings that the run would have had
  expect(() => pretrain({ run: 'c', resume: true })).toThrow(
    /^--resume: expected a run in checkpoints\/c, got none\. Check --run, or leave --resume out\.$/,
  );
  expect(() => pretrain({ resume: true })).toThrow(/--run: expected a name .*, got nothing/);
});
