import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { readEventFile } from 'tensorboard-logger-ts';
import { runCli, startCli } from '../support/cli';
import { preparedDataset } from '../support/drawn-dataset';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();
let home = '';
const inRun = (run: string, ...parts: string[]): string =>
  path.join(home, 'checkpoints', run, ...parts);

const SMALL = ['--batch_size=2', '--head_width=16', '--log_every=1'];
const IDENTITY = [
  'pretrain',
  '--task=identity',
  '--data=data',
  ...SMALL,
  '--optimizer=adam',
  '--learning_rate=0.0005',
  '--batch_norm',
];

/** metrics.jsonl without the one field that depends on the clock. */
const metrics = (run: string): Record<string, unknown>[] =>
  readFileSync(inRun(run, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => ({ ...(JSON.parse(line) as Record<string, unknown>), images_per_second: 0 }));

/** Lets the data set have other entries for a while. */
function withManifest<T>(
  change: (entries: Record<string, unknown>[]) => Record<string, unknown>[],
  use: () => T,
): T {
  const manifest = path.join(home, 'data', 'manifest.jsonl');
  const before = readFileSync(manifest, 'utf8');
  const lines = before.trim().split('\n');
  const changed = change(lines.map((line) => JSON.parse(line) as Record<string, unknown>));
  writeFileSync(manifest, changed.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
  try {
    return use();
  } finally {
    writeFileSync(manifest, before);
  }
}

beforeAll(async () => {
  home = newFolder();
  await preparedDataset(path.join(home, 'data'));
  const { status, stderr } = runCli(
    [...IDENTITY, '--run=identity', '--steps=9', '--eval_every=3'],
    home,
  );
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
  const summary = JSON.parse(readFileSync(inRun('identity', 'summary.json'), 'utf8')) as Record<
    string,
    unknown
  >;
  expect(summary).toMatchObject({
    task: 'identity',
    step: 9,
    // of people of the test part; the one of the validation part makes no pair of two
    test_fc7_auc: expect.any(Number),
    test_conv5_auc: expect.any(Number),
  });
  expect(summary).not.toHaveProperty('fc7_auc');
  expect(card).toMatch(
    /## Figures on the test part\n\nOf the chosen network, measured once\.\n\n.*## Figures on the held-out pictures/s,
  );
  // two strangers of ten pictures: 100 pairs are too few to tell a rate of false accepts
  expect(Object.keys(summary).filter((name) => name.includes('tar'))).toEqual([]);
  const tags = readdirSync(inRun('identity'))
    .filter((name) => name.startsWith('events.'))
    .flatMap((name) => readEventFile(inRun('identity', name)))
    .flatMap(({ values }) => values.map(({ tag }) => tag));
  expect(tags).toEqual(
    expect.arrayContaining([
      '_hparams_/session_start_info',
      '_hparams_/session_end_info',
      'confusion',
      'loss',
    ]),
  );
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
    expect(
      readFileSync(inRun('killed', part, 'weights.bin')).equals(
        readFileSync(inRun('identity', part, 'weights.bin')),
      ),
    ).toBe(true);
});

test('a resumed run keeps its settings, and a damaged state is refused', () => {
  const changed = runCli(['pretrain', '--run=identity', '--resume', '--learning_rate=1'], home);
  expect([changed.status, changed.stderr]).toEqual([
    1,
    expect.stringContaining('--learning_rate: expected 0.0005 as in checkpoints/identity, got 1.'),
  ]);
  const file = path.join(home, 'pretrain.yaml');
  const config = readFileSync(inRun('identity', 'config.json'), 'utf8');
  writeFileSync(file, 'batch_size: 2\nseed: 5\n');
  const byFile = runCli(['pretrain', '--config=pretrain.yaml', '--run=identity', '--resume'], home);
  expect([byFile.status, byFile.stderr]).toEqual([
    1,
    expect.stringContaining('pretrain.yaml: seed: expected 1 as in checkpoints/identity, got 5.'),
  ]);
  // what the file does not say stays, too, even where it is the file that names the run
  writeFileSync(file, 'batch_size: 2\nsteps: 9\nrun: identity\n');
  expect(runCli(['pretrain', '--config=pretrain.yaml', '--resume'], home).status).toBe(0);
  expect(readFileSync(inRun('identity', 'config.json'), 'utf8')).toBe(config);
  // the same data may lie elsewhere
  cpSync(path.join(home, 'data'), path.join(home, 'elsewhere'), { recursive: true });
  for (const data of ['elsewhere', 'data'])
    expect(runCli(['pretrain', '--run=identity', '--resume', `--data=${data}`], home).status).toBe(
      0,
    );
  expect(readFileSync(inRun('identity', 'config.json'), 'utf8')).toBe(config);
  const bytes = readFileSync(inRun('killed', 'last', 'state.bin'));
  appendFileSync(inRun('killed', 'last', 'state.bin'), 'x');
  const damaged = runCli(['pretrain', '--run=killed', '--resume', '--steps=12'], home);
  expect([damaged.status, damaged.stderr]).toEqual([
    1,
    expect.stringContaining('last/state.bin: expected SHA-256 '),
  ]);
  writeFileSync(inRun('killed', 'last', 'state.bin'), bytes);
  const fewer = runCli(['pretrain', '--run=killed', '--resume', '--steps=5'], home);
  expect([fewer.status, fewer.stderr]).toEqual([
    1,
    expect.stringContaining(
      '--steps: expected 9 or more, for checkpoints/killed has done so many, got 5.',
    ),
  ]);
  expect(JSON.parse(readFileSync(inRun('killed', 'config.json'), 'utf8'))).toMatchObject({
    steps: 9,
  });
  const others = withManifest(
    (entries) => entries.slice(1),
    () => runCli(['pretrain', '--run=killed', '--resume', '--steps=12'], home),
  );
  expect([others.status, others.stderr]).toEqual([
    1,
    expect.stringContaining(
      'expected the pictures and classes that the run was started with, got others.',
    ),
  ]);
  const own = readFileSync(inRun('killed', 'config.json'), 'utf8');
  for (const [text, got] of [
    [own.slice(0, 40), ''],
    ['null', 'null'],
    ['{"max_steps":1}', 'that of another verb'],
  ] as const) {
    writeFileSync(inRun('killed', 'config.json'), text);
    const { status, stderr } = runCli(['pretrain', '--run=killed', '--resume'], home);
    expect([status, stderr]).toEqual([
      1,
      expect.stringContaining(
        `checkpoints/killed/config.json: expected the config of a pretrain run, got ${got}`,
      ),
    ]);
  }
  writeFileSync(inRun('killed', 'config.json'), own);
  appendFileSync(inRun('killed', 'last', 'state.json'), 'x');
  const garbled = runCli(['pretrain', '--run=killed', '--resume', '--steps=12'], home);
  expect([garbled.status, garbled.stderr]).toEqual([
    1,
    expect.stringContaining(
      'last/state.json: expected the state of a pretrain run, got a damaged one.',
    ),
  ]);
});

test('a run that diverges says so, and keeps the network and the state that it had', () => {
  const start = [
    'pretrain',
    '--task=identity',
    '--data=data',
    '--batch_size=2',
    '--head_width=16',
    '--eval_every=1',
  ];
  // the loss of the first step comes before its update: only the held-out pictures can tell
  const { status, stderr } = runCli(
    [
      ...start,
      '--run=diverged',
      '--steps=6',
      '--log_every=1000',
      '--learning_rate=1e30',
      '--warmup_steps=4',
    ],
    home,
  );
  expect([status, stderr]).toEqual([
    4,
    expect.stringMatching(
      /held-out pictures after step \d: expected a finite loss, got NaN\. Pictures since losses were last finite: .*\.jpg\. Nothing was saved before: start a new run \(--run\) with a lower --learning_rate\./,
    ),
  ]);
  expect(existsSync(inRun('diverged', 'model'))).toBe(false);
  expect(existsSync(inRun('diverged', 'last'))).toBe(false);
  // every step multiplies the weights by 30: the logits are no numbers after a few of them
  const growing = ['--learning_rate=0.01', '--weight_decay=3000'];
  const later = runCli(
    [...start, ...growing, '--run=diverged-later', '--steps=20', '--log_every=1000'],
    home,
  );
  expect([later.status, later.stderr]).toEqual([
    4,
    expect.stringContaining(
      'What was last saved is in checkpoints/diverged-later/last: go on from it with --resume',
    ),
  ]);
});

/** Runs until `isDue`, is asked to stop, and asked again soon after, as npm and the terminal both do. */
async function stopTwice(
  args: string[],
  isDue: (stderr: string) => boolean,
): Promise<{ code: number | null; stderr: string }> {
  const child = startCli(args, home);
  let stderr = '';
  let isAsked = false;
  child.stderr!.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const polling = setInterval(() => {
    if (isAsked || !isDue(stderr)) return;
    isAsked = true;
    setTimeout(() => child.kill('SIGINT'), 300);
    setTimeout(() => child.kill('SIGINT'), 400);
  }, 20);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  clearInterval(polling);
  return { code, stderr };
}

test('Ctrl-C, also when it comes twice and before anything was logged, leaves a whole run that goes on', async () => {
  const start = [
    'pretrain',
    '--task=identity',
    '--data=data',
    '--batch_size=2',
    '--head_width=512',
    '--run=stopped',
    '--steps=5000',
  ];
  const isOpen = (): boolean =>
    existsSync(inRun('stopped')) &&
    readdirSync(inRun('stopped')).some((name) => name.startsWith('events.'));
  const early = await stopTwice([...start, '--log_every=1000', '--optimizer=adam'], isOpen);
  expect([early.code, early.stderr]).toEqual([
    130,
    expect.stringContaining('SIGINT: finishing this step, then saving'),
  ]);
  const isWhole = (): void => {
    const names = readdirSync(inRun('stopped'));
    expect(names.filter((name) => name.startsWith('.') || name === 'lock')).toEqual([]);
    expect(names).toEqual(expect.arrayContaining(['last', 'model', 'summary.json', 'MODEL.md']));
  };
  isWhole();
  const later = await stopTwice(['pretrain', '--run=stopped', '--resume'], (stderr) =>
    stderr.includes('resuming at step'),
  );
  expect([later.code, later.stderr]).toEqual([130, expect.not.stringContaining('Error')]);
  isWhole();
});

test('an identity network starts from what fits of another, and says what', () => {
  const from = [
    '--alexnet_pretrained_model=checkpoints/identity',
    '--steps=1',
    '--learning_rate=1e-12',
  ];
  const { status, stderr } = runCli(
    ['pretrain', '--task=identity', '--data=data', ...SMALL, ...from, '--run=further'],
    home,
  );
  expect([status, stderr]).toEqual([
    0,
    expect.stringContaining(
      'starting from checkpoints/identity: conv1, conv2, conv3, conv4, conv5, fc6, fc7, new_1, new_2\n',
    ),
  ]);
  const [before, after] = ['identity', 'further'].map(
    (run) => JSON.parse(readFileSync(inRun(run, 'summary.json'), 'utf8')) as Record<string, number>,
  );
  renameSync(inRun('identity'), inRun('away'));
  const resumed = runCli(['pretrain', '--run=further', '--resume', '--steps=2'], home);
  renameSync(inRun('away'), inRun('identity'));
  expect([resumed.status, resumed.stderr]).toEqual([
    0,
    expect.not.stringContaining('starting from'),
  ]);
  // the same people: what it knew of them, it knows
  expect(after!.held_out_loss).toBeCloseTo(before!.held_out_loss!, 4);
  expect(Math.abs(after!.held_out_loss! - Math.log(6))).toBeGreaterThan(0.01);
});

test('the age head is fine-tuned with the trunk, and train takes both heads at the width that was saved', () => {
  const age = [
    'pretrain',
    '--task=age',
    '--data=data',
    '--alexnet_pretrained_model=checkpoints/identity',
    '--run=age',
    '--steps=2',
  ];
  const tuned = runCli(
    [
      ...age,
      ...SMALL,
      '--trunk=finetune',
      '--batch_norm',
      '--label_sigma=3',
      '--balance',
      '--eval_every=2',
    ],
    home,
  );
  expect([tuned.status, tuned.stderr]).toEqual([0, expect.stringContaining('within one')]);
  const pretrained = [
    '--alexnet_pretrained_model=checkpoints/age',
    '--age_pretrained_model=checkpoints/age',
    '--fea_layer_name=fc7',
  ];
  const tiny = [
    '--data=data',
    '--image_size=32',
    '--width=0.1',
    '--batch_size=2',
    '--max_steps=1',
    '--run=gan',
  ];
  const trained = runCli(['train', ...tiny, ...pretrained], home);
  expect([trained.status, trained.stderr]).toEqual([0, expect.not.stringContaining('warning')]);
  // the trunk has moved: its old identity network no longer goes with the age head
  const mixed = runCli(
    [
      'train',
      ...tiny.slice(0, -1),
      '--run=mixed',
      ...pretrained.slice(1),
      '--alexnet_pretrained_model=checkpoints/identity',
    ],
    home,
  );
  expect([mixed.status, mixed.stderr]).toEqual([
    1,
    expect.stringContaining('--age_pretrained_model: expected the trunk of'),
  ]);
  const onlyAge = [
    '--fea_loss_weight=0',
    '--run=mixed',
    pretrained[1]!,
    '--alexnet_pretrained_model=checkpoints/identity',
  ];
  const other = runCli(['train', ...tiny.slice(0, -1), ...onlyAge], home);
  expect([other.status, other.stderr]).toEqual([
    1,
    expect.stringContaining('--age_pretrained_model: expected the trunk of'),
  ]);
  // a resumed run may find its judges elsewhere, but not others
  cpSync(inRun('age'), inRun('moved'), { recursive: true });
  const moved = [
    '--alexnet_pretrained_model=checkpoints/moved',
    '--age_pretrained_model=checkpoints/moved',
  ];
  expect(runCli(['train', '--run=gan', '--resume', '--max_steps=2', ...moved], home).status).toBe(
    0,
  );
  expect(runCli(['pretrain', '--run=moved', '--resume', '--steps=4'], home).status).toBe(0);
  cpSync(inRun('moved', 'last', 'model'), inRun('moved', 'model'), { recursive: true });
  const judged = runCli(['train', '--run=gan', '--resume', '--max_steps=3'], home);
  expect([judged.status, judged.stderr]).toEqual([
    1,
    expect.stringContaining(
      '--resume: expected the identity network and age classifier that checkpoints/gan was trained with, got others.',
    ),
  ]);
});

test('a teacher teaches data without names, and beside the age; its descriptors are kept where that is allowed', () => {
  // the teacher looks at every picture, and here three times
  const shares = ['--validation_share=0.25', '--test_share=0.25'];
  const { status } = runCli(
    ['prepare', 'synthetic', '--out=few', '--people=4', '--pairs=40', ...shares],
    home,
  );
  expect(status).toBe(0);
  const kept = path.join(home, 'few', 'face-descriptors.bin');
  const start = [
    'pretrain',
    '--data=few',
    ...SMALL,
    '--teacher=face-descriptor',
    '--steps=1',
    '--eval_every=1',
  ];
  // no file can take its place
  mkdirSync(kept);
  const identity = runCli([...start, '--task=identity', '--run=taught'], home);
  rmdirSync(kept);
  expect([identity.status, identity.stderr]).toEqual([
    0,
    expect.stringContaining('warning: face descriptors cannot be kept in few'),
  ]);
  expect(readdirSync(path.join(home, 'few')).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  const tuning = [
    ...start,
    '--task=age',
    '--trunk=finetune',
    '--alexnet_pretrained_model=checkpoints/taught',
  ];
  const age = runCli([...tuning, '--run=taught-age'], home);
  expect([age.status, age.stderr]).toEqual([0, expect.not.stringContaining('warning')]);
  for (const run of ['taught', 'taught-age']) {
    const summary = JSON.parse(readFileSync(inRun(run, 'summary.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    expect(summary).toMatchObject({
      fc7_teacher_correlation: expect.any(Number),
      conv5_teacher_correlation: expect.any(Number),
    });
    expect(readFileSync(inRun(run, 'MODEL.md'), 'utf8')).toContain(
      'The teacher is the face recognition network',
    );
  }
  // a damaged cache is computed again, to the same
  const descriptors = readFileSync(kept);
  writeFileSync(kept, descriptors.subarray(0, 4999));
  expect(runCli([...tuning, '--run=taught-damaged'], home).status).toBe(0);
  expect(readFileSync(kept).equals(descriptors)).toBe(true);
  const written = statSync(kept);
  expect(written.size % (4 * 128)).toBe(0);
  expect(runCli([...tuning, '--run=taught-again'], home).status).toBe(0);
  expect(statSync(kept).ino).toBe(written.ino);
  expect(
    readFileSync(inRun('taught-again', 'model', 'weights.bin')).equals(
      readFileSync(inRun('taught-age', 'model', 'weights.bin')),
    ),
  ).toBe(true);
});

test('where everybody has two pictures none is held out: the newest network is kept, patience rests, and the run goes on', () => {
  const seen = new Map<unknown, number>();
  const onlyTwo = (entries: Record<string, unknown>[]): Record<string, unknown>[] =>
    entries.filter(({ identity, split }) => {
      seen.set(identity, (seen.get(identity) ?? 0) + 1);
      return split === 'train' && (seen.get(identity) ?? 0) <= 2;
    });
  withManifest(onlyTwo, () => {
    const run = runCli(
      [...IDENTITY, '--run=unheld', '--steps=4', '--eval_every=1', '--patience=1'],
      home,
    );
    expect([run.status, run.stderr]).toEqual([
      0,
      expect.stringContaining('saved at step 4; no picture is held out'),
    ]);
    const resumed = runCli(['pretrain', '--run=unheld', '--resume', '--steps=5'], home);
    expect([resumed.status, resumed.stderr]).toEqual([
      0,
      expect.stringContaining('resuming at step 4'),
    ]);
    expect(resumed.stdout).toContain('after 5 steps, no picture held out');
  });
  for (const file of ['MODEL.md', 'summary.json', 'metrics.jsonl'])
    expect(readFileSync(inRun('unheld', file), 'utf8')).not.toMatch(/NaN|"held_out_loss"/);
  const [model, last] = ['model', 'last/model'].map((part) =>
    readFileSync(inRun('unheld', part, 'weights.bin')),
  );
  expect(model!.equals(last!)).toBe(true);
});

test('a picture that turns out to be broken loses no step, and one that the teacher never saw is named', () => {
  const chosenBy = path.join(home, 'data', 'valid.txt');
  const list = readFileSync(chosenBy, 'utf8');
  const picture = path.join(home, 'data', 'images', list.split(/ \d+\n/)[0]!);
  const whole = readFileSync(picture);
  writeFileSync(picture, whole.subarray(0, 100));
  const age = [
    'pretrain',
    '--task=age',
    '--data=data',
    '--alexnet_pretrained_model=checkpoints/identity',
    ...SMALL,
  ];
  const broken = runCli([...age, '--run=broken', '--steps=4', '--eval_every=3'], home);
  writeFileSync(picture, whole);
  expect([broken.status, broken.stderr]).toEqual([1, expect.stringContaining(picture)]);
  const mended = runCli(['pretrain', '--run=broken', '--resume'], home);
  expect([mended.status, mended.stderr]).toEqual([
    0,
    expect.stringContaining('resuming at step 3'),
  ]);
  expect(runCli([...age, '--run=unbroken', '--steps=4', '--eval_every=3'], home).status).toBe(0);
  expect(metrics('broken')).toEqual(metrics('unbroken'));
  writeFileSync(path.join(home, 'data', 'images', 'extra.jpg'), whole);
  writeFileSync(chosenBy, `${list}extra.jpg 1\n`);
  const unseen = runCli(
    [
      'pretrain',
      '--task=identity',
      '--teacher=face-descriptor',
      '--data=data',
      ...SMALL,
      '--run=unseen',
    ],
    home,
  );
  writeFileSync(chosenBy, list);
  expect([unseen.status, unseen.stderr]).toEqual([
    1,
    expect.stringMatching(
      /data: expected every listed picture in manifest\.jsonl, .* got 1 that are not, such as extra\.jpg\./,
    ),
  ]);
});

test('data without names, people with one picture, labels outside the groups, and a teacher that the trunk never had', () => {
  const nameless = withManifest(
    (entries) => entries.map((entry) => ({ ...entry, identity: null })),
    () => runCli([...IDENTITY, '--run=nameless'], home),
  );
  expect([nameless.status, nameless.stderr]).toEqual([
    1,
    expect.stringMatching(
      /--task=identity: expected named people in data, got 0\..*--teacher=face-descriptor/,
    ),
  ]);
  const alone = withManifest(
    (entries) => {
      const first = entries.find(({ split }) => split === 'train')!.identity;
      return entries.filter(
        ({ identity }, i) =>
          identity !== first || entries.findIndex((entry) => entry.identity === first) === i,
      );
    },
    () => runCli([...IDENTITY, '--run=alone', '--steps=1'], home),
  );
  expect([alone.status, alone.stderr]).toEqual([
    0,
    expect.stringMatching(/1 of \d+ people have fewer than 2 pictures and are left out/),
  ]);
  const list = path.join(home, 'data', 'train.txt');
  const lines = readFileSync(list, 'utf8');
  writeFileSync(list, lines.replace(/ \d\n/, ' 7\n'));
  const age = [
    'pretrain',
    '--task=age',
    '--data=data',
    '--alexnet_pretrained_model=checkpoints/identity',
  ];
  const outside = runCli([...age, '--run=outside'], home);
  writeFileSync(list, lines);
  expect([outside.status, outside.stderr]).toEqual([
    1,
    expect.stringMatching(/train\.txt: expected groups from 0 to 4, got 7 for .*jpg\./),
  ]);
  const taught = runCli(
    [...age, '--run=untaught', '--trunk=finetune', '--teacher=face-descriptor', ...SMALL],
    home,
  );
  expect([taught.status, taught.stderr]).toEqual([
    1,
    expect.stringContaining('--teacher: expected an identity network that a teacher taught'),
  ]);
  // before the teacher looks at every picture, which takes minutes: nothing else is said
  const nowhere = [
    'pretrain',
    '--task=identity',
    '--teacher=face-descriptor',
    '--data=data',
    '--run=nowhere',
  ];
  const empty = runCli([...nowhere, '--alexnet_pretrained_model=data/images'], home);
  expect([empty.status, empty.stderr]).toEqual([
    1,
    'ipcgan pretrain: --alexnet_pretrained_model: expected a network saved by ipcgan or a TensorFlow 1 checkpoint, ' +
      'got data/images, which holds neither. Train one with `ipcgan pretrain`.\n',
  ]);
});
