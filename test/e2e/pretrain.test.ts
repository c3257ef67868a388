import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runCli, startCli } from '../support/cli';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();
let home = '';
const inRun = (run: string, ...parts: string[]): string => path.join(home, 'checkpoints', run, ...parts);

const SMALL = ['--batch_size=4', '--head_width=16', '--log_every=1'];
const IDENTITY = ['pretrain', '--task=identity', '--data=data', ...SMALL, '--optimizer=adam', '--learning_rate=0.0005', '--batch_norm'];

/** metrics.jsonl without the one field that depends on the clock. */
const metrics = (run: string): Record<string, unknown>[] =>
  readFileSync(inRun(run, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => ({ ...(JSON.parse(line) as Record<string, unknown>), images_per_second: 0 }));

beforeAll(() => {
  home = newFolder();
  expect(runCli(['prepare', 'synthetic', '--out=data', '--people=8', '--test_share=0.25', '--pairs=40'], home).status).toBe(0);
  const { status, stderr } = runCli([...IDENTITY, '--run=identity', '--steps=9', '--eval_every=3'], home);
  expect([status, stderr]).toEqual([0, expect.stringContaining('held out at step 3')]);
});

test('a run leaves its network, its last state, figures, curves, and a card that says where it comes from', () => {
  expect(
    readdirSync(inRun('identity'))
      .filter((name) => !name.startsWith('events.'))
      .sort(),
  ).toEqual(
    [
      'MODEL.md',
      'config.json',
      'confusion.png',
      'environment.json',
      'held-out-share.svg',
      'last',
      'loss.svg',
      'metrics.jsonl',
      'model',
      'summary.json',
    ].sort(),
  );
  const card = readFileSync(inRun('identity', 'MODEL.md'), 'utf8');
  expect(card).toContain('Drawn faces of people who do not exist');
  expect(card).toContain('| held-out accuracy |');
  expect(card).toContain('| head_width | 16 |');
  const summary = JSON.parse(readFileSync(inRun('identity', 'summary.json'), 'utf8')) as Record<string, unknown>;
  expect(summary).toMatchObject({ task: 'identity', step: 9, fc7_auc: expect.any(Number), conv5_auc: expect.any(Number) });
});

test('kill -9 in the middle, then --resume with nothing but the name: the same metrics, and the same weights', async () => {
  const child = startCli([...IDENTITY, '--run=killed', '--steps=9', '--eval_every=3'], home);
  await new Promise<void>((resolve) => {
    child.stderr!.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('identity 5/')) child.kill('SIGKILL');
    });
    child.on('close', () => resolve());
  });
  expect(existsSync(inRun('killed', 'summary.json'))).toBe(false);
  const { status, stderr } = runCli(['pretrain', '--run=killed', '--resume'], home);
  expect([status, stderr]).toEqual([0, expect.stringContaining('resuming at step 3')]);
  expect(metrics('killed')).toEqual(metrics('identity'));
  for (const part of ['model', 'last/model'])
    expect(readFileSync(inRun('killed', part, 'weights.bin')).equals(readFileSync(inRun('identity', part, 'weights.bin')))).toBe(true);
});

test('a resumed run keeps its settings, and a damaged state is refused', () => {
  const changed = runCli(['pretrain', '--run=identity', '--resume', '--learning_rate=1'], home);
  expect([changed.status, changed.stderr]).toEqual([
    1,
    expect.stringContaining('--learning_rate: expected 0.0005 as in checkpoints/identity, got 1.'),
  ]);
  const [file, config] = [path.join(home, 'pretrain.yaml'), readFileSync(inRun('identity', 'config.json'), 'utf8')];
  writeFileSync(file, 'batch_size: 4\nseed: 5\n');
  const byFile = runCli(['pretrain', '--config=pretrain.yaml', '--run=identity', '--resume'], home);
  expect([byFile.status, byFile.stderr]).toEqual([
    1,
    expect.stringContaining('pretrain.yaml: seed: expected 1 as in checkpoints/identity, got 5.'),
  ]);
  // what the file does not say stays, too
  writeFileSync(file, 'batch_size: 4\nsteps: 9\n');
  expect(runCli(['pretrain', '--config=pretrain.yaml', '--run=identity', '--resume'], home).status).toBe(0);
  expect(readFileSync(inRun('identity', 'config.json'), 'utf8')).toBe(config);
  const bytes = readFileSync(inRun('killed', 'last', 'state.bin'));
  appendFileSync(inRun('killed', 'last', 'state.bin'), 'x');
  const damaged = runCli(['pretrain', '--run=killed', '--resume', '--steps=12'], home);
  expect([damaged.status, damaged.stderr]).toEqual([
    1,
    expect.stringContaining('expected the state of a pretrain run, got a damaged one.'),
  ]);
  writeFileSync(inRun('killed', 'last', 'state.bin'), bytes);
  appendFileSync(inRun('killed', 'last', 'state.json'), 'x');
  const garbled = runCli(['pretrain', '--run=killed', '--resume', '--steps=12'], home);
  expect([garbled.status, garbled.stderr]).toEqual([damaged.status, damaged.stderr]);
});

test('a run that diverges says so, and keeps the network and the state that it had', () => {
  const start = ['pretrain', '--task=identity', '--data=data', '--batch_size=4', '--head_width=16', '--run=diverged', '--eval_every=2'];
  // the rate rises to what no network stands; nothing is logged, so only the held-out pictures can tell
  const { status, stderr } = runCli([...start, '--steps=6', '--log_every=1000', '--learning_rate=1e30', '--warmup_steps=4'], home);
  expect([status, stderr]).toEqual([4, expect.stringMatching(/held-out pictures after step \d: expected a finite loss, got NaN\./)]);
  expect(existsSync(inRun('diverged', 'model'))).toBe(false);
  expect(existsSync(inRun('diverged', 'last'))).toBe(false);
});

test('the age head is fine-tuned with the trunk, and train takes both heads at the width that was saved', () => {
  const age = ['pretrain', '--task=age', '--data=data', '--alexnet_pretrained_model=checkpoints/identity', '--run=age', '--steps=2'];
  const tuned = runCli([...age, ...SMALL, '--trunk=finetune', '--batch_norm', '--label_sigma=3', '--balance', '--eval_every=2'], home);
  expect([tuned.status, tuned.stderr]).toEqual([0, expect.stringContaining('within one')]);
  const pretrained = ['--alexnet_pretrained_model=checkpoints/age', '--age_pretrained_model=checkpoints/age', '--fea_layer_name=fc7'];
  const tiny = ['--data=data', '--image_size=32', '--width=0.1', '--batch_size=2', '--max_steps=1', '--run=gan'];
  const trained = runCli(['train', ...tiny, ...pretrained], home);
  expect([trained.status, trained.stderr]).toEqual([0, expect.not.stringContaining('warning')]);
  // the trunk has moved: its old identity network no longer goes with the age head
  const mixed = runCli(
    ['train', ...tiny.slice(0, -1), '--run=mixed', ...pretrained.slice(1), '--alexnet_pretrained_model=checkpoints/identity'],
    home,
  );
  expect([mixed.status, mixed.stderr]).toEqual([1, expect.stringContaining('--age_pretrained_model: expected the trunk of')]);
});

test('a teacher teaches data without names, and beside the age; its descriptors are kept where that is allowed', () => {
  const [kept, blocked] = [path.join(home, 'data', 'face-descriptors.bin'), path.join(home, 'data', 'face-descriptors.bin.tmp')];
  const start = ['pretrain', '--data=data', ...SMALL, '--teacher=face-descriptor', '--steps=1', '--eval_every=1'];
  mkdirSync(blocked);
  const identity = runCli([...start, '--task=identity', '--run=taught'], home);
  rmdirSync(blocked);
  expect([identity.status, identity.stderr]).toEqual([0, expect.stringContaining('warning: face descriptors cannot be kept in data')]);
  expect(existsSync(kept)).toBe(false);
  const tuning = [...start, '--task=age', '--trunk=finetune', '--alexnet_pretrained_model=checkpoints/taught'];
  const age = runCli([...tuning, '--run=taught-age'], home);
  expect([age.status, age.stderr]).toEqual([0, expect.not.stringContaining('warning')]);
  for (const run of ['taught', 'taught-age']) {
    const summary = JSON.parse(readFileSync(inRun(run, 'summary.json'), 'utf8')) as Record<string, unknown>;
    expect(summary).toMatchObject({ fc7_teacher_correlation: expect.any(Number), conv5_teacher_correlation: expect.any(Number) });
    expect(readFileSync(inRun(run, 'MODEL.md'), 'utf8')).toContain('The teacher is the face recognition network');
  }
  const written = statSync(kept);
  expect(written.size % (4 * 128)).toBe(0);
  expect(runCli([...tuning, '--run=taught-again'], home).status).toBe(0);
  expect(statSync(kept).ino).toBe(written.ino);
  expect(
    readFileSync(inRun('taught-again', 'model', 'weights.bin')).equals(readFileSync(inRun('taught-age', 'model', 'weights.bin'))),
  ).toBe(true);
});

test('data without names, people with one picture, labels outside the groups, and a teacher that the trunk never had', () => {
  const manifest = path.join(home, 'data', 'manifest.jsonl');
  const entries = readFileSync(manifest, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const withManifest = (changed: Record<string, unknown>[], args: string[]): { status: number | null; stderr: string } => {
    const before = readFileSync(manifest, 'utf8');
    writeFileSync(manifest, changed.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
    const result = runCli(args, home);
    writeFileSync(manifest, before);
    return result;
  };
  const nameless = withManifest(
    entries.map((entry) => ({ ...entry, identity: null })),
    [...IDENTITY, '--run=nameless'],
  );
  expect([nameless.status, nameless.stderr]).toEqual([
    1,
    expect.stringMatching(/--task=identity: expected named people in data, got 0\..*--teacher=face-descriptor/),
  ]);
  const first = entries.find(({ split }) => split === 'train')!.identity;
  const single = entries.filter(({ identity }, i) => identity !== first || entries.findIndex((entry) => entry.identity === first) === i);
  const alone = withManifest(single, [...IDENTITY, '--run=alone', '--steps=1']);
  expect([alone.status, alone.stderr]).toEqual([0, expect.stringMatching(/1 of \d+ people have fewer than 2 pictures and are left out/)]);
  const list = path.join(home, 'data', 'train.txt');
  const lines = readFileSync(list, 'utf8');
  writeFileSync(list, lines.replace(/ \d\n/, ' 7\n'));
  const age = ['pretrain', '--task=age', '--data=data', '--alexnet_pretrained_model=checkpoints/identity'];
  const outside = runCli([...age, '--run=outside'], home);
  writeFileSync(list, lines);
  expect([outside.status, outside.stderr]).toEqual([
    1,
    expect.stringMatching(/train\.txt: expected groups from 0 to 4, got 7 for .*jpg\./),
  ]);
  const taught = runCli([...age, '--run=untaught', '--trunk=finetune', '--teacher=face-descriptor', ...SMALL], home);
  expect([taught.status, taught.stderr]).toEqual([
    1,
    expect.stringContaining('--teacher: expected an identity network that a teacher taught'),
  ]);
});
