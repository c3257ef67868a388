import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { readEventFile } from 'tensorboard-logger-ts';
import { runCli } from '../support/cli';
import { describeWithShared, shared } from '../support/shared';
import { temporaryFolders } from '../support/temporary';

const FEW = ['--faces=2', '--real_faces=3', '--cache_dir=judged', '--json'];
const newFolder = temporaryFolders();
let home = '';

interface Told {
  readonly best_step: number | null;
  readonly steps: readonly {
    readonly step: number;
    readonly figures: Readonly<Record<string, { readonly value: number }>>;
  }[];
}

interface Stored {
  readonly data: { readonly content_hash: string };
  readonly reference: { readonly content_hash: string } | null;
  readonly part: string;
  readonly test: {
    readonly faces: number;
    readonly without_face: readonly string[];
    readonly real_photographs: number;
  };
  readonly judges: readonly {
    readonly name: string;
    readonly version: string;
    readonly threshold: { readonly distance: number; readonly origin: string } | null;
  }[];
  readonly figures: Told['steps'][number]['figures'];
  readonly items: readonly { readonly distance: readonly (number | null)[] }[];
}

const json = (stdout: string): unknown => JSON.parse(stdout.trim().split('\n').at(-1)!);
const stored = (...place: string[]): Stored =>
  JSON.parse(readFileSync(path.join(home, ...place, 'evaluation.json'), 'utf8')) as Stored;

function evaluate(...flags: string[]): string {
  const { status, stdout, stderr } = runCli(['evaluate', ...flags], home);
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

beforeAll(() => {
  home = newFolder();
  runCli(['prepare', 'synthetic', '--out=data', '--people=10', '--pairs=40'], home);
  runCli(['prepare', 'synthetic', '--out=others', '--people=5', '--pairs=40', '--seed=2'], home);
  const tiny = [
    '--image_size=32',
    '--width=0.1',
    '--batch_size=2',
    '--fea_loss_weight=0',
    '--age_loss_weight=0',
  ];
  const { status } = runCli(
    ['train', '--data=data', '--run=tiny', ...tiny, '--max_steps=4', '--save_every=2'],
    home,
  );
  expect(status).toBe(0);
});

test('every checkpoint has a report; the figures on stdout, in the files and in TensorBoard are the same', () => {
  const told = json(
    evaluate(
      '--checkpoint_dir=checkpoints/tiny',
      '--data=data',
      '--reference=others',
      '--all_steps',
      // of the person for validation the detector does not find every face at 32 px
      '--faces=6',
      ...FEW.slice(1),
    ),
  ) as Told;
  expect(told.steps.map(({ step }) => step)).toEqual([2, 4]);
  const out = path.join(home, 'checkpoints/tiny/evaluation');
  // the best, where there is one, has a report on test faces
  expect(readdirSync(out).filter((name) => !name.startsWith('events.'))).toEqual([
    '2',
    '4',
    'report.html',
    'steps.json',
    ...(told.best_step === null ? [] : ['test']),
  ]);
  expect(readdirSync(path.join(out, '4'))).toEqual([
    'by-label.csv',
    'evaluation.csv',
    'evaluation.json',
    'report.html',
  ]);
  const scalars = readEventFile(
    path.join(
      out,
      readdirSync(out).find((name) => name.startsWith('events.'))!,
    ),
  ).flatMap(({ step, values }) =>
    values.map(({ tag, scalar }) => [`${step} ${tag}`, scalar] as const),
  );
  const expected = told.steps.flatMap(({ step, figures }) =>
    Object.entries(figures).map(
      ([name, { value }]) => [`${step} evaluation/${name}`, Math.fround(value)] as const,
    ),
  );
  expect(expected.length).toBeGreaterThan(10);
  expect(scalars).toEqual(expected);
  const record = stored('checkpoints/tiny/evaluation/4');
  expect(record.figures).toEqual(told.steps[1]!.figures);
  // the pictures compared with are the reference's
  const hashOf = (name: string): unknown =>
    (JSON.parse(readFileSync(path.join(home, name, 'dataset.json'), 'utf8')) as Stored['data'])
      .content_hash;
  expect(record).toMatchObject({
    data: { content_hash: hashOf('data') },
    reference: { content_hash: hashOf('others') },
    part: 'valid',
    test: { real_photographs: 15 },
  });
  expect(record.test.faces + record.test.without_face.length).toBe(6);
  expect(hashOf('data')).not.toBe(hashOf('others'));
});

test('a generator is shown by its moving averages, with a note where it was trained otherwise, or among training faces', () => {
  const flags = ['evaluate', '--checkpoint_dir=checkpoints/tiny', '--data=data', ...FEW];
  const moving = runCli([...flags, '--out=moving'], home);
  expect([moving.status, moving.stderr]).toEqual([
    0,
    expect.stringContaining('note: trained with a label a batch (--labels=batch);'),
  ]);
  const batch = runCli([...flags, '--batch_norm=batch', '--out=batch'], home);
  expect([batch.status, batch.stderr]).toEqual([0, expect.not.stringContaining('note:')]);
  const sharpness = (place: string): number[] =>
    (
      JSON.parse(readFileSync(path.join(home, place, 'evaluation.json'), 'utf8')) as {
        items: { sharpness: number }[];
      }
    ).items.map((item) => item.sharpness);
  expect(sharpness('batch')).toHaveLength(sharpness('moving').length);
  expect(sharpness('batch')).not.toEqual(sharpness('moving'));
  const real = runCli([...flags, '--real_as_outputs', '--batch_norm=batch'], home);
  expect([real.status, real.stderr]).toEqual([
    1,
    expect.stringContaining('--batch_norm: expected it without --real_as_outputs, got both.'),
  ]);
});

test('two of the reports compare, without an engine', () => {
  const reports = ['2', '4'].map((step) => `checkpoints/tiny/evaluation/${step}`);
  const { first, differences } = json(
    evaluate('--compare', ...reports, '--out=compared', '--json'),
  ) as {
    first: string;
    differences: {
      report: string;
      measure: string;
      first: number;
      this: number;
      difference: { value: number };
    }[];
  };
  const figures = reports.map((name) => stored(name).figures.descriptor_frechet!.value);
  expect(differences.at(-1)).toMatchObject({
    measure: 'Fréchet distance',
    first: figures[0],
    this: figures[1],
    difference: { value: figures[1]! - figures[0]! },
  });
  expect([first, differences[0]!.report]).toEqual(reports);
  expect(readdirSync(path.join(home, 'compared'))).toEqual(['comparison.html', 'comparison.json']);
});

test('real photographs that come the way of outputs are judged as the photographs are', () => {
  const { checks } = json(
    evaluate(
      '--checkpoint_dir=checkpoints/tiny',
      '--data=data',
      '--real_as_outputs',
      '--out=real',
      ...FEW,
    ),
  ) as {
    checks: {
      judge: string;
      photographs: number;
      as_photographs: Record<string, unknown>;
      as_outputs: Record<string, unknown>;
    }[];
  };
  expect(checks.map(({ judge, photographs }) => [judge, photographs])).toEqual(
    ['face-api', 'human'].flatMap((judge) => Array.from({ length: 5 }, () => [judge, 3])),
  );
  for (const { as_photographs, as_outputs } of checks)
    expect(as_outputs).toMatchObject(as_photographs);
  expect(existsSync(path.join(home, 'real/real-as-outputs.json'))).toBe(true);
  const { status, stderr } = runCli(
    [
      'evaluate',
      '--checkpoint_dir=checkpoints/tiny',
      '--data=data',
      '--real_as_outputs',
      '--all_steps',
    ],
    home,
  );
  expect([status, stderr]).toEqual([
    1,
    expect.stringContaining('--real_as_outputs: expected it without --all_steps, got both.'),
  ]);
});

test('DeepFace needs weights', () => {
  const { status, stderr } = runCli(
    ['evaluate', '--checkpoint_dir=checkpoints/tiny', '--data=data', '--judge=deepface'],
    home,
  );
  expect([status, stderr]).toEqual([
    1,
    expect.stringContaining(
      '--weights: expected the weights of DeepFace with --judge=deepface, got nothing.',
    ),
  ]);
  const without = runCli(
    ['evaluate', '--checkpoint_dir=checkpoints/tiny', '--data=data', '--weights=none.h5'],
    home,
  );
  expect([without.status, without.stderr]).toEqual([
    1,
    expect.stringContaining('--weights: expected it with --judge=deepface only, got it without.'),
  ]);
});

describeWithShared(
  'DeepFace as the first judge',
  ['seed-numbers/deepface-narrow-legacy.h5'],
  () => {
    const flags = ['--checkpoint_dir=checkpoints/tiny', '--data=data', '--judge=deepface'];
    const weights = `--weights=${shared('seed-numbers/deepface-narrow-legacy.h5')}`;

    test('stands first, with the usual judges beside it, and takes the threshold', () => {
      evaluate(...flags, weights, '--threshold=0.25', '--out=deepface', ...FEW);
      const { judges, items } = stored('deepface');
      expect(judges.map(({ name }) => name)).toEqual(['deepface', 'face-api', 'human']);
      expect(judges[0]).toMatchObject({
        version: expect.stringMatching(/^DeepFace [0-9a-f]{16}$/) as string,
        threshold: { distance: 0.25, origin: 'given by --threshold' },
      });
      expect(judges[1]!.threshold!.distance).not.toBe(0.25);
      expect(items).toHaveLength(10);
      for (const { distance } of items) expect(distance).toHaveLength(3);
    });
  },
);
