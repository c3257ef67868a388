import { spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { readEventFile } from 'tensorboard-logger-ts';
import type { LoggedEvent } from 'tensorboard-logger-ts';
import { METRIC_NAMES } from '../../src/config/metric-names';
import { CLI, ONE_THREAD, runCli, startCli } from '../support/cli';
import { preparedDataset } from '../support/drawn-dataset';
import { temporaryFolders } from '../support/temporary';

const STEPS = 12;
const TINY = [
  '--data=faces data',
  '--image_size=32',
  '--width=0.1',
  '--batch_size=2',
  '--age_loss_weight=0',
];
/** The identity loss, for what says something of it: AlexNet's pictures take most of a step's time. */
const IDENTITY = ['--fea_layer_name=conv3', '--allow_untrained', '--held_out_faces=2'];
/** Without it, for what does not. */
const ALONE = [...TINY, '--fea_loss_weight=0'];
// a label a picture draws from the lists in the way that is harder to resume
const LABELS = ['--labels=picture', '--label_scale=100'];
const TRAIN = [
  'train',
  ...TINY,
  ...IDENTITY,
  ...LABELS,
  `--max_steps=${STEPS}`,
  '--log_every=1',
  '--save_every=3',
  '--sample_every=6',
];

const newFolder = temporaryFolders();
let home = '';

const inRun = (run: string, ...parts: string[]): string =>
  path.join(home, 'checkpoints', run, ...parts);

/** metrics.jsonl without the one field that depends on the clock. */
function metrics(run: string): Record<string, unknown>[] {
  const lines = readFileSync(inRun(run, 'metrics.jsonl'), 'utf8').trim().split('\n');
  return lines.map((line) => ({
    ...(JSON.parse(line) as Record<string, unknown>),
    images_per_second: 0,
  }));
}

const eventsOf = (run: string): LoggedEvent[] =>
  readdirSync(inRun(run))
    .filter((name) => name.startsWith('events.'))
    .flatMap((name) => readEventFile(inRun(run, name)));
const tagsOf = (run: string): string[] =>
  eventsOf(run).flatMap(({ values }) => values.map(({ tag }) => tag));

beforeAll(async () => {
  home = newFolder();
  await sharp({ create: { width: 300, height: 300, channels: 3, background: '#888' } }).toFile(
    path.join(home, 'nothing.png'),
  );
  await preparedDataset(path.join(home, 'faces data'));
  const trained = runCli([...TRAIN, '--run=whole'], home);
  expect([
    trained.status,
    trained.stderr.includes('warning: --alexnet_pretrained_model: no file'),
  ]).toEqual([0, true]);
});

test('a run leaves its config, environment, metrics, samples and checkpoints, and nothing temporary', () => {
  expect(
    readdirSync(inRun('whole'))
      .filter((name) => !name.startsWith('events.'))
      .sort(),
  ).toEqual(
    [
      'acgan.model-12',
      'acgan.model-3',
      'acgan.model-6',
      'acgan.model-9',
      'checkpoint.json',
      'config.json',
      'environment.json',
      'metrics.jsonl',
      'samples',
    ].sort(),
  );
  expect(readdirSync(inRun('whole', 'samples')).sort()).toEqual(['12', '6']);
  expect(readdirSync(inRun('whole', 'samples', '12')).sort()).toEqual([
    'source.jpg',
    'test_0.jpg',
    'test_1.jpg',
    'test_2.jpg',
    'test_3.jpg',
    'test_4.jpg',
  ]);
  // the newest two can be resumed; older ones hold the generator
  expect(readdirSync(inRun('whole', 'acgan.model-9')).sort()).toEqual([
    'discriminator',
    'generator',
    'optimizers.bin',
    'state.json',
  ]);
  expect(readdirSync(inRun('whole', 'acgan.model-3')).sort()).toEqual(['generator', 'state.json']);
});

test('every step has a line of metrics, terms that are off are null, and TensorBoard has the same numbers', () => {
  const lines = metrics('whole');
  expect(lines.map(({ step }) => step)).toEqual(Array.from({ length: STEPS }, (_, i) => i + 1));
  expect(Object.keys(lines[0]!).sort()).toEqual(['step', ...METRIC_NAMES].sort());
  expect(lines[0]).toMatchObject({ age_loss: null, tv_loss: null, held_out_age_loss: null });
  expect(tagsOf('whole')).toContain('_hparams_/session_end_info');
  const logged = eventsOf('whole').flatMap(({ step, values }) =>
    values.filter(({ tag }) => tag === 'd_loss').map(({ scalar }) => [step, scalar]),
  );
  expect(logged).toEqual(lines.map(({ step, d_loss }) => [step, Math.fround(d_loss as number)]));
});

test('kill -9 in the middle, then --resume: the same metrics, line for line, and the same weights', async () => {
  const child = startCli([...TRAIN, '--run=killed'], home);
  await new Promise<void>((resolve) => {
    child.stderr!.on('data', (chunk: Buffer) => {
      // after step 8 the last checkpoint is that of step 6: two lines must be cut
      if (chunk.toString().includes('step 8/')) child.kill('SIGKILL');
    });
    child.on('close', () => resolve());
  });
  expect(metrics('killed').length).toBeGreaterThanOrEqual(8);
  expect(existsSync(inRun('killed', 'acgan.model-12'))).toBe(false);
  const { status, stderr } = runCli(['train', '--run=killed', '--resume'], home);
  expect([status, /resuming at step (6|9) from/.test(stderr)]).toEqual([0, true]);
  expect(metrics('killed')).toEqual(metrics('whole'));
  for (const network of ['generator', 'discriminator']) {
    const [whole, killed] = ['whole', 'killed'].map((run) =>
      readFileSync(inRun(run, 'acgan.model-12', network, 'weights.bin')),
    );
    expect(killed!.equals(whole!)).toBe(true);
  }
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('%s finishes the step, saves, and exits %i', async (signal, code) => {
  const run = `stopped-${signal}`;
  const child = startCli(
    [
      'train',
      ...ALONE,
      '--max_steps=100000',
      '--log_every=1',
      '--save_every=100000',
      `--run=${run}`,
    ],
    home,
  );
  const exit = await new Promise<number | null>((resolve) => {
    child.stderr!.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('step 3/')) child.kill(signal);
    });
    child.on('close', resolve);
  });
  expect(exit).toBe(code);
  const { latest, step } = JSON.parse(readFileSync(inRun(run, 'checkpoint.json'), 'utf8')) as {
    latest: string;
    step: number;
  };
  expect(step).toBeGreaterThanOrEqual(3);
  expect(existsSync(inRun(run, latest, 'optimizers.bin'))).toBe(true);
  // a run that goes on later has not ended
  expect(tagsOf(run)).not.toContain('_hparams_/session_end_info');
});

test('a picture that cannot be read loses no step, and a pointer that a power cut emptied is none', () => {
  const lists = path.join(home, 'raw');
  cpSync(path.join(home, 'faces data'), lists, { recursive: true });
  const start = [
    'train',
    '--root_folder=raw/images',
    '--source_file=raw/train.txt',
    ...ALONE.slice(1),
    '--log_every=1',
    '--save_every=100',
  ];
  const [picture = ''] = readFileSync(path.join(lists, 'train.txt'), 'utf8').split(/ \d+\n/);
  const whole = readFileSync(path.join(lists, 'images', picture));
  writeFileSync(path.join(lists, 'images', picture), whole.subarray(0, 200));
  const broken = runCli([...start, '--run=broken', '--max_steps=100'], home);
  expect([broken.status, broken.stderr]).toEqual([1, expect.stringContaining(picture)]);
  const done = metrics('broken').length;
  // steps that broke the weights are no checkpoint
  const wild = runCli(
    [
      ...start.slice(0, -2),
      '--log_every=1000',
      '--save_every=1000',
      '--learning_rate=1e30',
      '--run=broken-wild',
    ],
    home,
  );
  expect([wild.status, wild.stderr, existsSync(inRun('broken-wild', 'checkpoint.json'))]).toEqual([
    1,
    expect.stringContaining(picture),
    false,
  ]);
  expect(done).toBeGreaterThan(0);
  writeFileSync(path.join(lists, 'images', picture), whole);
  writeFileSync(inRun('broken', 'checkpoint.json'), '');
  const mended = runCli(['train', '--run=broken', '--resume', `--max_steps=${done + 1}`], home);
  expect([mended.status, mended.stderr]).toEqual([
    0,
    expect.stringContaining(`resuming at step ${done} `),
  ]);
  // killed before the pointer was replaced: the newest whole checkpoint counts
  writeFileSync(
    inRun('broken', 'checkpoint.json'),
    JSON.stringify({ latest: `acgan.model-${done}`, step: done }),
  );
  const newest = runCli(['train', '--run=broken', '--resume', `--max_steps=${done + 2}`], home);
  expect([newest.status, newest.stderr]).toEqual([
    0,
    expect.stringContaining(`resuming at step ${done + 1} `),
  ]);
});

test('losses that are not finite stop the run with every term, and leave no checkpoint of them', () => {
  const { status, stderr } = runCli([...TRAIN, '--run=wild', '--learning_rate=1e30'], home);
  expect([status, stderr]).toEqual([
    4,
    expect.stringMatching(
      /step \d+: expected finite losses, got step \d+, d_loss .*, g_loss .* The last good checkpoint is none/,
    ),
  ]);
});

test('--on_nan=rollback goes back so many times, and then stops', () => {
  // step 1 is sound, and leaves a generator that is not
  const rolling = ['--on_nan=rollback', '--max_rollbacks=2', '--g_learning_rate=1e30'];
  const { status, stderr } = runCli(
    ['train', ...ALONE, '--run=rolling', ...rolling, '--save_every=1'],
    home,
  );
  expect(status).toBe(4);
  for (const times of [1, 2])
    expect(stderr).toContain(
      `rollback ${times} of 2: goes on at step 1 from checkpoints/rolling/acgan.model-1, without the batch since`,
    );
  expect(stderr).toContain(
    'expected to go back 2 times at most (--max_rollbacks), got one more; checkpoints/rolling/rollbacks.jsonl has them all.',
  );
  const lines = readFileSync(inRun('rolling', 'rollbacks.jsonl'), 'utf8').trim().split('\n');
  expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
    { step: 2, to: 1 },
    { step: 2, to: 1 },
  ]);
});

test('a run is not overwritten, and a resumed one keeps its settings', () => {
  const again = runCli([...TRAIN, '--run=whole'], home);
  expect([again.status, again.stderr]).toEqual([
    1,
    expect.stringContaining('checkpoints/whole: expected no run there, got one. Add --resume'),
  ]);
  const changed = runCli(['train', '--run=whole', '--resume', '--learning_rate=0.1'], home);
  expect([changed.status, changed.stderr]).toEqual([
    1,
    expect.stringContaining('--learning_rate: expected 0.001 as in checkpoints/whole, got 0.1.'),
  ]);
  // flags that are repeated with --resume change nothing
  const repeated = runCli([...TRAIN, '--run=whole', '--resume', '--dry_run'], home);
  const { resume, dry_run, ...own } = JSON.parse(repeated.stdout) as Record<string, unknown>;
  expect([resume, dry_run]).toEqual([true, true]);
  expect(JSON.parse(readFileSync(inRun('whole', 'config.json'), 'utf8'))).toMatchObject(own);
  writeFileSync(path.join(home, 'other.yaml'), 'save_every: 4\nlearning_rate: 0.1\n');
  const byFile = runCli(['train', '--config=other.yaml', '--run=whole', '--resume'], home);
  expect([byFile.status, byFile.stderr]).toEqual([
    1,
    expect.stringContaining(
      'other.yaml: learning_rate: expected 0.001 as in checkpoints/whole, got 0.1.',
    ),
  ]);
  const fewer = runCli(['train', '--run=whole', '--resume', '--max_steps=5'], home);
  expect([fewer.status, fewer.stderr]).toEqual([
    1,
    expect.stringContaining(
      '--max_steps: expected 12 or more, for checkpoints/whole has done so many, got 5.',
    ),
  ]);
  expect(JSON.parse(readFileSync(inRun('whole', 'config.json'), 'utf8'))).toMatchObject({
    max_steps: STEPS,
  });
  const within = runCli([...TRAIN, '--checkpoint_dir=checkpoints/whole/acgan.model-12'], home);
  expect([within.status, within.stderr]).toEqual([
    1,
    expect.stringMatching(/acgan\.model-12: expected no network there, got \w+\/\./),
  ]);
  const none = runCli(['train', '--run=nothing', '--resume'], home);
  expect([none.status, none.stderr]).toEqual([
    1,
    expect.stringContaining('--resume: expected a run in checkpoints/nothing, got none.'),
  ]);
});

test('a run writes down the paths that its data set brings, and refuses others beside it', () => {
  const config = JSON.parse(readFileSync(inRun('whole', 'config.json'), 'utf8')) as Record<
    string,
    unknown
  >;
  expect(config).toMatchObject({
    root_folder: path.join(home, 'faces data', 'images'),
    source_file: 'faces data/train.txt',
  });
  const both = runCli([...TRAIN, '--run=both', '--root_folder=elsewhere'], home);
  expect([both.status, both.stderr]).toEqual([
    1,
    expect.stringMatching(
      /--root_folder: expected ".*images" as faces data has it, got "elsewhere"/,
    ),
  ]);
});

test('while the disk is full training goes on, and what could not be written is written when it can be', async () => {
  // files of 40 KB at most: a soft limit, which may be raised again
  const words = TRAIN.map((word) => `'${word}'`).join(' ');
  const command = `ulimit -S -f 40; exec "${process.execPath}" "${CLI}" ${words} --run=full`;
  const child = spawn('bash', ['-c', command], { cwd: home, env: ONE_THREAD });
  let stderr = '';
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  await new Promise<void>((resolve) => {
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
      // every step is trained by now, and nothing is left but to write
      if (stderr.includes('The next try is in 3 s')) resolve();
    });
    child.on('close', () => resolve());
  });
  const raised = spawnSync('prlimit', [`--pid=${child.pid}`, '--fsize=unlimited']);
  expect([raised.status, await ended]).toEqual([0, 0]);
  expect(stderr).toMatch(/warning: try 1: cannot write a checkpoint: .*EFBIG/);
  expect(stderr).toContain('step 6: left out its samples, which nothing else rests on');
  expect(stderr).toMatch(/a checkpoint: written after \d failed tries/);
  expect(metrics('full')).toEqual(metrics('whole'));
  expect(readFileSync(inRun('full', 'acgan.model-12', 'optimizers.bin'))).toEqual(
    readFileSync(inRun('whole', 'acgan.model-12', 'optimizers.bin')),
  );
});

test('a disk that stays full ends the run with the newest checkpoint by name', () => {
  const words = [...TRAIN, '--run=fuller'].map((word) => `'${word}'`).join(' ');
  const { status, stderr } = spawnSync(
    'bash',
    ['-c', `ulimit -f 40; exec "${process.execPath}" "${CLI}" ${words}`],
    { cwd: home, env: ONE_THREAD, encoding: 'utf8' },
  );
  expect(status).toBe(3);
  expect(stderr.trimEnd().split('\n').at(-1)).toMatch(
    /acgan\.model-12: expected to write a checkpoint, got EFBIG.* Step 12 is not saved\. The last good checkpoint is none; --resume goes on from there\.$/,
  );
  expect(readdirSync(inRun('fuller')).filter((name) => name.startsWith('.'))).toEqual([]);
});

test('a damaged checkpoint is named, and the run goes on from the one before, to the same numbers', () => {
  cpSync(inRun('whole'), inRun('damaged'), { recursive: true });
  const file = inRun('damaged', 'acgan.model-12', 'generator', 'weights.bin');
  const bytes = readFileSync(file);
  bytes[100] = bytes[100]! ^ 1;
  writeFileSync(file, bytes);
  const { status, stderr } = runCli(['train', '--run=damaged', '--resume'], home);
  expect([status, stderr]).toEqual([
    0,
    expect.stringMatching(
      /generator\/weights\.bin: expected SHA-256 .* The file is damaged[^]*resuming at step 9 from /,
    ),
  ]);
  expect(metrics('damaged')).toEqual(metrics('whole'));
  expect(readFileSync(file)).toEqual(
    readFileSync(inRun('whole', 'acgan.model-12', 'generator', 'weights.bin')),
  );
});

test('bench prints one JSON object with the keys of the peer, kernels and live tensors; --profile names the kernels', () => {
  const timed = ['--steps=2', '--json'];
  const small = [...timed, '--image_size=32', '--width=0.1', '--batch=1'];
  const run = (what: string, ...flags: string[]): [Record<string, number>, string] => {
    const { status, stdout, stderr } = runCli(
      ['bench', what, ...(what === 'startup' ? timed : small), ...flags],
      home,
    );
    expect([what, status]).toEqual([what, 0]);
    return [JSON.parse(stdout.trim().split('\n').at(-1)!) as Record<string, number>, stderr];
  };
  // as one function, and op by op
  for (const [flags, keys, isOneCall] of [
    [[], ['host_seconds', 'op_by_op_seconds'], true],
    [['--compile=off'], ['d_seconds', 'g_seconds'], false],
  ] as const) {
    const [step, table] = run('step', '--profile', ...flags);
    const always = ['what', 'batch', 'size', 'step_seconds', 'images_per_second', 'peak_rss_gb'];
    expect(Object.keys(step)).toEqual(expect.arrayContaining([...always, ...keys]));
    expect([
      step.batch,
      step.size,
      step.kernels_per_step! > 100,
      step.calls_per_step === 1,
      step.live_tensors! > 50,
    ]).toEqual([1, 32, true, isOneCall, true]);
    expect(table).toMatch(
      /^count +ms +GFLOP +GFLOP\/s +GB\/s +kernel\n(.*\n)* +\d+ +\d+\.\d +\d+\.\d\d +\d+ +\d+ +Conv2D\n(.*\n)*.*Conv2D \[/,
    );
  }
  expect(run('generate')[0].images_per_second).toBeGreaterThan(0);
  const [data] = run('data', '--data=faces data');
  expect([
    data.images_per_second! > 0,
    data.cpu_ms_per_image! > 0,
    data.waiting_share! >= 0 && data.waiting_share! < 1,
  ]).toEqual([true, true, true]);
  expect(run('startup')[0].median_seconds).toBeGreaterThan(0);
  const unused = runCli(['bench', 'startup', ...timed, '--width=0.1', '--profile'], home);
  expect([unused.status, unused.stderr]).toEqual([
    1,
    expect.stringMatching(
      /--width: expected it with `bench step`.*\n--profile: expected it with `bench step` only/,
    ),
  ]);
  const without = runCli(['bench', 'data', ...small], home);
  expect([without.status, without.stderr]).toEqual([
    1,
    expect.stringContaining('--data: expected a prepared data set, got nothing'),
  ]);
});

test('test --align finds every face of a photograph, ages it, and pastes it back; --groups chooses ages', () => {
  const photographs = path.join(home, 'photographs');
  mkdirSync(photographs);
  const samples = path.join(
    path.dirname(require.resolve('@vladmandic/face-api/package.json')),
    'demo',
  );
  writeFileSync(
    path.join(photographs, 'people.jpg'),
    readFileSync(path.join(samples, 'sample6.jpg')),
  );
  writeFileSync(
    path.join(photographs, 'nothing.png'),
    readFileSync(path.join(home, 'nothing.png')),
  );
  const args = [
    'test',
    '--checkpoint_dir=checkpoints/whole',
    '--test_data_dir=photographs',
    '--save_dir=pasted',
    '--align',
    '--groups=1,4',
  ];
  const { status, stdout, stderr } = runCli(args, home);
  expect([status, stdout, stderr]).toEqual([
    0,
    expect.stringContaining('1 pictures aged in pasted, 1 left out'),
    expect.stringContaining('nothing.png: expected a face, got no face: '),
  ]);
  const written = readdirSync(path.join(home, 'pasted'));
  const faces = written.filter((name) => /_face\d+\.jpg$/.test(name)).length;
  expect(faces).toBeGreaterThanOrEqual(3);
  expect(written).toHaveLength(3 * faces + 2 + 1);
  expect(written).toEqual(
    expect.arrayContaining([
      'people.jpg_1.jpg',
      'people.jpg_4.jpg',
      'people.jpg_face1_4.jpg',
      'contact-sheet.png',
    ]),
  );
  const wrong = runCli([...args.slice(0, -1), '--groups=7'], home);
  expect([wrong.status, wrong.stderr]).toEqual([
    1,
    expect.stringContaining('--groups: expected age groups from 0 to 4, got 7'),
  ]);
});

test('test writes five files a picture and a contact sheet, and leaves an unreadable one out by name', async () => {
  const faces = path.join(home, 'test faces');
  mkdirSync(faces);
  const images = path.join(home, 'faces data', 'images');
  const names = readdirSync(images)
    .filter((name) => name.endsWith('.jpg'))
    .slice(0, 2);
  for (const name of names)
    writeFileSync(path.join(faces, name), readFileSync(path.join(images, name)));
  writeFileSync(path.join(faces, 'broken.jpg'), 'text');
  const { status, stdout, stderr } = runCli(
    [
      'test',
      '--checkpoint_dir=checkpoints/whole',
      '--test_data_dir=test faces',
      '--save_dir=aged',
      '--step=3',
    ],
    home,
  );
  expect([
    status,
    stdout.includes('2 pictures aged in aged, 1 left out'),
    stderr.includes('left out: test faces/broken.jpg'),
  ]).toEqual([0, true, true]);
  const expected = [
    ...names.flatMap((name) => [name, ...[1, 2, 3, 4].map((group) => `${name}_${group}.jpg`)]),
    'contact-sheet.png',
  ];
  expect(readdirSync(path.join(home, 'aged')).sort()).toEqual(expected.sort());
  for (const name of expected.slice(0, 5))
    expect(await sharp(path.join(home, 'aged', name)).metadata()).toMatchObject({
      width: 32,
      height: 32,
    });
  const same = runCli(
    [
      'test',
      '--checkpoint_dir=checkpoints/whole',
      '--test_data_dir=test faces',
      '--save_dir=test faces',
    ],
    home,
  );
  expect([same.status, same.stderr]).toEqual([
    1,
    expect.stringContaining('The inputs would be overwritten.'),
  ]);
  symlinkSync(faces, path.join(home, 'link'));
  const linked = runCli(
    ['test', '--checkpoint_dir=checkpoints/whole', '--test_data_dir=test faces', '--save_dir=link'],
    home,
  );
  expect([linked.status, linked.stderr]).toEqual([
    1,
    expect.stringContaining('The inputs would be overwritten.'),
  ]);
});

test.each([
  [['train', '--data=faces data', '--image_size=130'], '--image_size: expected a multiple of 4'],
  [
    ['train', '--data=nowhere'],
    '--data: expected a prepared data set with dataset.json, got nowhere.',
  ],
  [
    [
      'train',
      '--data=faces data',
      '--run=p',
      '--batch_size=2',
      '--alexnet_pretrained_model=pre_trained/alexnet.model-292000',
    ],
    '--alexnet_pretrained_model: expected a network saved by ipcgan or a TensorFlow 1 checkpoint, got pre_trained/alexnet.model-292000, which does not exist.',
  ],
  [
    [
      'train',
      '--data=faces data',
      '--run=p',
      '--batch_size=2',
      '--age_loss_weight=0',
      '--alexnet_pretrained_model=faces data',
    ],
    'got faces data, which holds neither.',
  ],
  [
    ['train', '--source_file=gone/train.txt'],
    'train_age_group_0.txt: expected a list file, got no such file.',
  ],
  [
    ['train', '--data=faces data', '--batch_size=5000'],
    '--batch_size: expected at least 5000 pictures in every group',
  ],
  [
    ['test', '--checkpoint_dir=checkpoints/none'],
    '--checkpoint_dir: expected a run, a checkpoint, or a TensorFlow 1 checkpoint, got checkpoints/none, which does not exist.',
  ],
  [
    ['test', '--checkpoint_dir=checkpoints/whole', '--step=5'],
    '--step: expected one of 3, 6, 9, 12',
  ],
  [
    ['test', '--checkpoint_dir=checkpoints/whole/acgan.model-9', '--step=6'],
    '--step: expected 9, the step of checkpoints/whole/acgan.model-9, or nothing, got 6.',
  ],
  [
    [
      'train',
      '--data=faces data',
      '--allow_untrained',
      '--batch_size=2',
      '--checkpoint_dir=nothing.png',
    ],
    'nothing.png: expected a directory',
  ],
  [
    ['test', '--checkpoint_dir=checkpoints/whole', '--test_data_dir=empty'],
    '--test_data_dir: expected a folder of pictures, got empty, which holds none.',
  ],
  [
    [
      'train',
      '--data=faces data',
      '--run=g',
      '--batch_size=2',
      '--device=cuda',
      '--allow_untrained',
    ],
    '--device=cuda: expected an NVIDIA GPU with its driver',
  ],
])('%j is one clear error', (args, message) => {
  mkdirSync(path.join(home, 'empty'), { recursive: true });
  const { status, stderr } = runCli(args, home);
  expect(stderr).toContain(message);
  expect(stderr).not.toMatch(/\n\s+at /);
  expect(status).toBe(message.startsWith('--device') ? 3 : 1);
});

test('a list that names a missing picture is an error before the engine loads', () => {
  const folder = path.join(home, 'holes');
  mkdirSync(folder);
  for (const name of readdirSync(path.join(home, 'faces data')).filter((file) =>
    file.endsWith('.txt'),
  )) {
    writeFileSync(path.join(folder, name), readFileSync(path.join(home, 'faces data', name)));
  }
  const { status, stderr } = runCli(
    ['train', '--source_file=holes/train.txt', '--root_folder=faces data/empty', '--batch_size=2'],
    home,
  );
  expect([status, stderr]).toEqual([
    1,
    expect.stringMatching(
      /holes\/train_age_group_0\.txt: expected pictures under faces data\/empty, got \d+ wrong: line 1 '/,
    ),
  ]);
  rmSync(folder, { recursive: true });
});
