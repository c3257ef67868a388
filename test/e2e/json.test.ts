import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { runCli } from '../support/cli';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();
let home = '';

/** Runs a verb with --json: stdout must be one object on one line. */
function jsonOf(args: readonly string[]): Record<string, unknown> {
  const { status, stdout, stderr } = runCli([...args, '--json'], home);
  expect([status, stdout.split('\n').length, status === 0 ? '' : stderr]).toEqual([0, 2, '']);
  return JSON.parse(stdout) as Record<string, unknown>;
}

const TRAIN = [
  '--image_size=32',
  '--width=0.1',
  '--batch_size=2',
  '--fea_layer_name=conv3',
  '--age_loss_weight=0',
  '--allow_untrained',
];

beforeAll(() => {
  home = newFolder();
});

test('prepare, pretrain, train and test tell scripts what they made, in one object, and a run does not keep that it was asked to', () => {
  const prepared = jsonOf(['prepare', 'synthetic', '--out=data', '--people=12', '--pairs=40']);
  expect(prepared).toMatchObject({
    out: 'data',
    unchanged: false,
    dataset: { counts: { scanned: 120, kept: 120, rejected: 0 } },
  });

  const names = [
    'pretrain',
    '--task=identity',
    '--data=data',
    '--run=names',
    '--head_width=8',
    '--batch_size=4',
    '--eval_every=1',
  ];
  const pretrained = jsonOf([...names, '--steps=1']);
  const summary = JSON.parse(
    readFileSync(path.join(home, 'checkpoints/names/summary.json'), 'utf8'),
  ) as object;
  expect(pretrained).toEqual({ run: path.join('checkpoints', 'names'), ...summary, signal: null });
  expect(pretrained).toMatchObject({
    task: 'identity',
    step: 1,
    held_out_accuracy: expect.any(Number) as number,
  });

  const checkpoint = (step: number): string =>
    path.join('checkpoints', 'first', `acgan.model-${step}`);
  const trained = jsonOf(['train', '--data=data', '--run=first', '--max_steps=1', ...TRAIN]);
  expect(trained).toMatchObject({
    run: path.join('checkpoints', 'first'),
    step: 1,
    checkpoint: checkpoint(1),
    signal: null,
  });
  expect(jsonOf(['train', '--run=first', '--resume', '--max_steps=2'])).toMatchObject({
    step: 2,
    checkpoint: checkpoint(2),
  });
  const kept = ['names', 'first'].map((run) =>
    readFileSync(path.join(home, 'checkpoints', run, 'config.json'), 'utf8'),
  );
  expect(kept.map((text) => (JSON.parse(text) as { json: boolean }).json)).toEqual([false, false]);
  // nor is it a hyper-parameter
  for (const run of ['names', 'first']) {
    const directory = path.join(home, 'checkpoints', run);
    const events = readdirSync(directory).filter((name) => name.startsWith('events.'));
    const logged = events
      .map((name) => readFileSync(path.join(directory, name), 'latin1'))
      .join('');
    expect(['learning_rate', 'resume', 'json'].map((name) => logged.includes(name))).toEqual([
      true,
      false,
      false,
    ]);
  }

  const faces = path.join('data', 'images');
  const aged = jsonOf([
    'test',
    '--checkpoint_dir=checkpoints/first',
    `--test_data_dir=${faces}`,
    '--save_dir=aged',
    '--groups=4',
  ]);
  expect(aged).toEqual({
    save_dir: 'aged',
    checkpoint: checkpoint(2),
    pictures: 120,
    groups: [{ group: 4, years: '50+' }],
    left_out: [],
    squeezed: [],
    renamed: [],
    contact_sheet: path.join('aged', 'contact-sheet.png'),
  });
});
