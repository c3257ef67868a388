import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { defaultOf, kindOf, metaOf } from '../../src/config/key';
import type { Condition, Keys, Wanted } from '../../src/config/key';
import { resolveConfig } from '../../src/config/load';
import { usualWord, VERB_KEYS, wordsOf } from '../../src/config/schema';
import type { Verb } from '../../src/config/schema';
import { temporaryFolders } from '../support/temporary';

type Flags = Readonly<Record<string, string | boolean>>;

const newFolder = temporaryFolders();

/** The problems of a command line, a line each. */
function problemsOf(
  verb: Verb,
  flags: Flags,
  word: string | null = null,
  paths: string[] = [],
): string[] {
  try {
    resolveConfig(verb, flags, { word, paths });
    return [];
  } catch (error) {
    return (error as Error).message.split('\n');
  }
}

const innermost = (schema: z.ZodType): z.ZodType =>
  schema instanceof z.ZodDefault || schema instanceof z.ZodNullable
    ? innermost(schema.unwrap() as z.ZodType)
    : schema;

/** A text that the command line takes for a setting. */
function sampleOf(schema: z.ZodType): string | boolean {
  const kind = kindOf(schema);
  if (kind === 'boolean') return true;
  const inner = innermost(schema);
  if (inner instanceof z.ZodEnum) return String(inner.options[0]);
  if (kind === 'string') return 'x';
  const numbers =
    kind === 'number'
      ? [[1], [2], [20], [0.5]]
      : [
          [20, 30],
          [1, 2, 3],
        ];
  const fits = numbers.find(
    (some) => schema.safeParse(kind === 'number' ? some[0] : some).success,
  )!;
  return fits.join(',');
}

/** Values of a setting that are as wanted, and that are not; undefined leaves its flag out. */
function valuesFor(wanted: Wanted, schema: z.ZodType): (string | boolean | undefined)[] {
  if (wanted === 'given') return [sampleOf(schema), undefined];
  if ('above' in wanted) return [String(wanted.above + 1), String(wanted.above)];
  if ('endsWith' in wanted) return [`x${wanted.endsWith}`, 'x'];
  const inner = innermost(schema);
  return inner instanceof z.ZodEnum ? inner.options.map(String) : [true, undefined];
}

/** Whether a case holds of flags, read off the schema and nothing else. */
function isCase(
  { words, settings }: Condition,
  keys: Keys,
  flags: Flags,
  word: string | null,
): boolean {
  const isMet = ([name, wanted]: [string, Wanted]): boolean => {
    const value = flags[name] ?? defaultOf(keys[name]!);
    if (wanted === 'given') return value !== null;
    if ('above' in wanted) return Number(value) > wanted.above;
    if ('endsWith' in wanted) return String(value).endsWith(wanted.endsWith);
    return wanted.some((one) => one === value);
  };
  return (words?.includes(word) ?? true) && Object.entries(settings ?? {}).every(isMet);
}

const casesOf = (schema: z.ZodType): Condition[] => {
  const { usedWith = [], unusedWith = [] } = metaOf(schema);
  return [...usedWith, ...unusedWith];
};

/** Every combination of values that a setting's cases speak of. */
function combinations(keys: Keys, name: string, base: Flags): Flags[] {
  const named = casesOf(keys[name]!).flatMap(({ settings }) => Object.entries(settings ?? {}));
  let all: Flags[] = [base];
  for (const other of new Set(named.map(([one]) => one))) {
    const values = named
      .filter(([one]) => one === other)
      .flatMap(([, wanted]) => valuesFor(wanted, keys[other]!));
    all = all.flatMap((flags) =>
      [...new Set(values)].map((value) => {
        const { [other]: before, ...rest } = flags;
        const isRequired = before !== undefined && value === undefined;
        return value === undefined ? (isRequired ? flags : rest) : { ...rest, [other]: value };
      }),
    );
  }
  return all;
}

const VERBS = Object.keys(VERB_KEYS) as Verb[];
const EVERY_KEY = VERBS.flatMap((verb) =>
  Object.keys(VERB_KEYS[verb]).map((name) => [verb, name] as const),
);
const CONDITIONAL = EVERY_KEY.filter(
  ([verb, name]) => casesOf((VERB_KEYS[verb] as Keys)[name]!).length > 0,
);

test.each(EVERY_KEY)(
  '%s --%s is refused where the schema has no use for it, and nowhere else',
  (verb, name) => {
    const keys: Keys = VERB_KEYS[verb];
    const { usedWith, unusedWith = [] } = metaOf(keys[name]!);
    const required = Object.fromEntries(
      Object.entries(keys).flatMap(([other, schema]) =>
        schema.safeParse(undefined).success ? [] : [[other, sampleOf(schema)]],
      ),
    );
    for (const flags of combinations(keys, name, { ...required, [name]: sampleOf(keys[name]!) }))
      for (const given of [null, ...wordsOf(verb)]) {
        const word = given ?? usualWord(verb);
        const isUsed =
          (usedWith?.some((one) => isCase(one, keys, flags, word)) ?? true) &&
          !unusedWith.some((one) => isCase(one, keys, flags, word));
        const refusal = new RegExp(
          `^--${name}: expected it with(out)? .*, got (it without|both)\\.`,
        );
        const isRefused = problemsOf(verb, flags, given).some((line) => refusal.test(line));
        expect([given, flags, isRefused]).toEqual([given, flags, !isUsed]);
      }
  },
);

test.each(CONDITIONAL)(
  '%s --%s: its cases name settings, values and words that there are, and it is used in one of them and not in another',
  (verb, name) => {
    const keys: Keys = VERB_KEYS[verb];
    const outcomes = new Set<boolean>();
    const { usedWith, unusedWith = [] } = metaOf(keys[name]!);
    for (const { words = [], settings = {} } of casesOf(keys[name]!)) {
      expect([null, ...wordsOf(verb)]).toEqual(expect.arrayContaining([...words]));
      for (const [other, wanted] of Object.entries(settings)) {
        expect([other, other in keys && other !== name]).toEqual([other, true]);
        if (Array.isArray(wanted))
          for (const value of wanted as unknown[])
            expect([other, value, keys[other]!.safeParse(value).success]).toEqual([
              other,
              value,
              true,
            ]);
      }
    }
    for (const flags of combinations(keys, name, {}))
      for (const word of [null, ...wordsOf(verb)])
        outcomes.add(
          (usedWith?.some((one) => isCase(one, keys, flags, word)) ?? true) &&
            !unusedWith.some((one) => isCase(one, keys, flags, word)),
        );
    expect([...outcomes].sort()).toEqual([false, true]);
  },
);

const SWEEP = { path: 'a' };
const PREPARE = { images: 'a', out: 'b' };
const IMPORT = { from: 'a', to: 'b' };
test.each<[Verb, string | null, Flags, string]>([
  [
    'evaluate',
    null,
    { compare: true, faces: '3' },
    '--faces: expected it without --compare, got both. Leave one out.',
  ],
  [
    'evaluate',
    null,
    { compare: true, checkpoint_dir: 'a' },
    '--checkpoint_dir: expected it without --compare, got both. Leave one out.',
  ],
  [
    'evaluate',
    null,
    { real_as_outputs: true, threshold: '2' },
    '--threshold: expected it without --real_as_outputs, got both. Leave one out.',
  ],
  [
    'evaluate',
    null,
    { real_as_outputs: true, batch_norm: 'batch' },
    '--batch_norm: expected it without --real_as_outputs, got both. Leave one out.',
  ],
  [
    'evaluate',
    null,
    { all_steps: true, step: '2' },
    '--step: expected it without --all_steps, got both. Leave one out.',
  ],
  ...(['all_steps', 'real_as_outputs', 'compare'] as const).map(
    (other): [Verb, string | null, Flags, string] => [
      'evaluate',
      null,
      { [other]: true, part: 'valid' },
      `--part: expected it without --${other}, got both. Leave one out.`,
    ],
  ),
  [
    'evaluate',
    null,
    { weights: 'a.h5' },
    '--weights: expected it with --judge=deepface only, got it without. Leave it out.',
  ],
  [
    'sweep',
    'status',
    { ...SWEEP, parallel: '2' },
    '--parallel: expected it with `sweep run`, `sweep resume` only, got it without. Leave it out.',
  ],
  [
    'sweep',
    'resume',
    { ...SWEEP, launcher: 'slurm' },
    '--launcher: expected it with `sweep run` only, got it without. Leave it out.',
  ],
  [
    'sweep',
    'report',
    { ...SWEEP, dry_run: true },
    '--dry_run: expected it with `sweep run`, `sweep resume` only, got it without. Leave it out.',
  ],
  [
    'sweep',
    null,
    { ...SWEEP, rung: '0' },
    '--rung: expected it with `sweep task` only, got it without. Leave it out.',
  ],
  [
    'prepare',
    null,
    { ...PREPARE, workers: '2' },
    '--workers: expected it with photographs, neither crops nor drawn people only, got it without. Leave it out.',
  ],
  [
    'prepare',
    'folder',
    { ...PREPARE, aligned: true, device: 'cpu' },
    '--device: expected it with photographs, neither crops nor drawn people only, got it without. Leave it out.',
  ],
  [
    'prepare',
    null,
    { ...PREPARE, aligned: 'false' },
    '--aligned: expected true without a source of photographs, got false. Name it: `ipcgan prepare folder`.',
  ],
  [
    'prepare',
    'folder',
    { ...PREPARE, merge: true, shard: '1/2' },
    '--merge: expected it without --shard, got both. Leave one out.',
  ],
  [
    'bench',
    'startup',
    { device: 'cpu' },
    '--device: expected it with `bench step`, `bench generate`, `bench data`, `bench evaluate`, `bench pretrain` only, got it without. Leave it out.',
  ],
  [
    'bench',
    null,
    { torch_python: 'python3', profile: true },
    '--profile: expected it without --torch_python, got both. Leave one out.',
  ],
  [
    'import',
    null,
    { ...IMPORT, mean: '1,2,3' },
    '--mean: expected it with --from=FILE.npz only, got it without. Leave it out.',
  ],
  [
    'test',
    null,
    { face: 'all' },
    '--face: expected it with --align only, got it without. Leave it out.',
  ],
  [
    'train',
    null,
    { fea_loss_weight: '0', fea_layer_name: 'conv3' },
    '--fea_layer_name: expected it with --fea_loss_weight above 0 only, got it without. Leave it out.',
  ],
])('%s %s %j says which flag nothing uses', (verb, word, flags, problem) => {
  expect(problemsOf(verb, flags, word)).toEqual([problem]);
});

test('paths behind evaluate are reports to compare', () => {
  expect(problemsOf('evaluate', { data: 'a' }, null, ['b'])).toEqual([
    "expected flags only, got 'b'. To compare reports: ipcgan evaluate --compare A B.",
  ]);
  expect(problemsOf('evaluate', { compare: true }, null, ['b', 'c'])).toEqual([]);
});

test('a switch that is turned off where it is off anyway asks for nothing', () => {
  expect(problemsOf('sweep', { ...SWEEP, dry_run: 'false' }, 'status')).toEqual([]);
});

test('what nothing uses for want of a right value is not said beside that', () => {
  expect(problemsOf('prepare', { ...PREPARE, launcher: 'slrm', shards: '2' }, 'folder')).toEqual([
    '--launcher: expected one of local, slurm, got slrm. See --help.',
  ]);
});

test('a config file may hold what another use of it needs', () => {
  const config = path.join(newFolder(), 'x.yaml');
  writeFileSync(config, 'weights: a.h5\nfaces: 3\nstep: 4\n');
  expect(problemsOf('evaluate', { config, compare: true }, null, ['a', 'b'])).toEqual([]);
  expect(problemsOf('evaluate', { config, data: 'a', all_steps: true })).toEqual([]);
});
