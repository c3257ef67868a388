import { readFileSync } from 'node:fs';
import path from 'node:path';
import { VERBS } from '../../src/cli/verbs';
import { describeFailure, main } from '../../src/cli/main';
import { DivergedError, UserError } from '../../src/errors';

/** What a command line prints on stderr, and its exit code. */
async function run(...argv: string[]): Promise<{ code: number; stderr: string; stdout: string }> {
  const output = { stderr: '', stdout: '' };
  const spies = (['stderr', 'stdout'] as const).map((name) =>
    jest.spyOn(process[name], 'write').mockImplementation((text) => {
      output[name] += String(text);
      return true;
    }),
  );
  const logged = jest.spyOn(console, 'log').mockImplementation((text) => {
    output.stdout += String(text);
  });
  const code = await main(argv);
  [...spies, logged].forEach((spy) => spy.mockRestore());
  return { code, ...output };
}

test('every verb but test, which npm has a meaning for, is a script of the package', () => {
  const { scripts } = JSON.parse(
    readFileSync(path.join(__dirname, '../../package.json'), 'utf8'),
  ) as { scripts: object };
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(Object.keys(VERBS)));
});

test('an unknown verb suggests the nearest', async () => {
  expect(await run('trian')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("got 'trian'. Did you mean 'train'?"),
  });
});

test('unknown flags are errors, in either spelling', async () => {
  expect(await run('train', '--gan-los-weight=3')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("Did you mean 'gan_loss_weight'?"),
  });
});

test('a word after a verb that takes none is an error', async () => {
  expect(await run('train', 'fast')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("ipcgan train: expected flags only, got 'fast'"),
  });
  expect(await run('prepare', 'utkfac', '--out=x')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('expected one of folder, cacd, utkface, fgnet, synthetic'),
  });
});

test('help says where a flag is used, and a word that is left out is the usual one', async () => {
  const { stdout } = await run('sweep', '--help');
  expect(stdout.replace(/\s+/g, ' ')).toContain('Only with `sweep run`, `sweep resume`.');
  expect(await run('bench', '--data=nowhere')).toMatchObject({
    code: 1,
    stderr:
      'ipcgan bench: --data: expected it with `bench data`, `bench evaluate` only, got it without. Leave it out.\n',
  });
});

test('help of a verb lists its flags with defaults, in groups', async () => {
  const { code, stdout } = await run('train', '--help');
  expect(code).toBe(0);
  for (const text of [
    'Losses:',
    '--fea_loss_weight',
    '[default: 0.00005]',
    'Optimisation:',
    '--batch_size',
  ])
    expect(stdout).toContain(text);
});

test.each([
  [['train', '--image_size=130'], '--image_size: expected a multiple of 4'],
  [['import', '--from=nowhere', '--to=new'], 'nowhere: expected a TensorFlow 1 checkpoint'],
  [['import', '--from=no.npz', '--to=new'], '--from: expected NumPy arrays (.npz), got no.npz'],
  [['import', '--from=nowhere', '--to=src'], '--to: expected a directory that does not exist yet'],
  [['evaluate'], '--data: expected a prepared data set, got nothing.'],
  [['verify-faces', 'src', '--weights=no.h5'], 'verify-faces: expected'],
])(
  'no command loads TensorFlow before what it is given is looked at: %j',
  async (argv, message) => {
    expect(await run(...argv)).toMatchObject({ code: 1, stderr: expect.stringContaining(message) });
    expect(
      Object.keys(require.cache).filter((file) => file.includes('tfjs-node-gpu/dist')),
    ).toEqual([]);
  },
);

test('failures have their exit codes', () => {
  expect(describeFailure(new UserError('a'))).toEqual({ message: 'a', exitCode: 1 });
  expect(describeFailure(new DivergedError('b')).exitCode).toBe(4);
  expect(
    describeFailure(Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })),
  ).toMatchObject({
    exitCode: 3,
    message: expect.stringContaining('Free some space'),
  });
  expect(
    describeFailure(
      Object.assign(new Error('EEXIST: file already exists'), { code: 'EEXIST', path: '/a/file' }),
    ),
  ).toEqual({
    exitCode: 1,
    message:
      '/a/file: expected a directory, or nothing yet, got a file (EEXIST: file already exists). Check the paths that were given.',
  });
  expect(describeFailure(new TypeError('x'))).toMatchObject({
    exitCode: 2,
    message: expect.stringContaining('TypeError: x'),
  });
});
