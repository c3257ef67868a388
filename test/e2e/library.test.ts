import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { drawnDataset } from '../support/drawn-dataset';
import { kept } from '../support/kept';
import { temporaryFolders } from '../support/temporary';

const root = path.resolve(__dirname, '../..');
const newFolder = temporaryFolders();

/** Runs a program to its end. @returns its stdout @throws Error with all that it said where it failed */
function run(program: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', cwd });
  if (status !== 0) throw new Error(`${[program, ...args].join(' ')}: ${stdout}${stderr}`);
  return stdout;
}

/** Says what of the process is not as it was before ipcgan was imported. */
const EFFECTS = `
  const before = { ...process.env };
  const listeners = () => process.eventNames().map((name) => [String(name), process.listenerCount(name)]);
  const of = JSON.stringify(listeners());
  const ipcgan = require('ipcgan');
  const loaded = Object.keys(require.cache).filter((file) => /@tensorflow|@vladmandic/.test(file));
  const changed = JSON.stringify(before) !== JSON.stringify({ ...process.env });
  const heard = of !== JSON.stringify(listeners());
  let said = '';
  try { ipcgan.tf.zeros([1]); } catch (error) { said = error.message; }
  console.log(JSON.stringify({ loaded, changed, heard, said }));
`;

test('importing the library loads no engine and changes nothing of the process', () => {
  expect(JSON.parse(run(process.execPath, ['-e', EFFECTS], root))).toEqual({
    loaded: [],
    changed: false,
    heard: false,
    said: 'tf: expected an open engine, got none. Call `await openEngine()` before anything computes.',
  });
});

describe('the examples', () => {
  const example = (name: string, ...args: readonly string[]): string =>
    run(process.execPath, [path.join(root, 'docs/examples', `${name}.mjs`), ...args], newFolder());
  let data = '';
  beforeAll(async () => {
    data = (await drawnDataset(newFolder(), 12)).directory;
  });

  test('own loss: it is trained with, and logged under its name', () => {
    const folder = path.join(newFolder(), 'run');
    const said = example('own-loss', data, folder);
    expect(said.match(/colour_loss: \d/g)).toHaveLength(3);
    expect(existsSync(path.join(folder, 'acgan.model-3/generator/ipcgan.json'))).toBe(true);
  });

  test('own generator: it is trained, saved, and ages a photograph', () => {
    const people = path.join(
      path.dirname(require.resolve('@vladmandic/face-api/package.json')),
      'demo/sample6.jpg',
    );
    const folder = path.join(newFolder(), 'run');
    example('own-generator', data, folder, people);
    expect(readFileSync(path.join(folder, 'older.png')).length).toBeGreaterThan(1000);
    const manifest = readFileSync(path.join(folder, 'acgan.model-3/generator/ipcgan.json'), 'utf8');
    expect(JSON.parse(manifest)).toMatchObject({ generator: { kind: 'change' }, image_size: 32 });
  });

  test('own loop: it trains, and leaves no tensor', () => {
    const said = example('own-loop', data, path.join(newFolder(), 'run'));
    expect(said.match(/^step \d: D \d\.\d+, G \d\.\d+$/gm)).toHaveLength(3);
    expect(said).toMatch(/^0 tensors after$/m);
  });

  test('own source: it becomes a data set, and what it turned down has a reason', () => {
    const folder = newFolder();
    const lines = ['name,age,person', 'none.jpg,30,ann'];
    const names = readFileSync(path.join(data, 'train.txt'), 'utf8').trim().split('\n');
    for (const line of names) {
      const [name = ''] = line.split(' ');
      const [age = '', person = ''] = name.split('_');
      lines.push(`${name},${age},${person}`);
    }
    const { root_folder: pictures } = JSON.parse(
      readFileSync(path.join(data, 'dataset.json'), 'utf8'),
    ) as { root_folder: string };
    writeFileSync(path.join(folder, 'faces.csv'), `${lines.join('\n')}\n`);
    const out = path.join(folder, 'own');
    const said = example(
      'own-source',
      path.join(folder, 'faces.csv'),
      path.resolve(data, pictures),
      out,
    );
    expect(said).toContain(`${names.length} faces, 1 rejected`);
    expect(readFileSync(path.join(out, 'rejected.csv'), 'utf8')).toContain('none.jpg,missing,');
  });

  test('their types are right', () => {
    const config = path.join(root, 'docs/examples/tsconfig.json');
    run(process.execPath, [path.join(root, 'node_modules/typescript/bin/tsc'), '-p', config], root);
  });
});

/** What the package is for; everything else of the tarball would be ballast. */
const PACKED = [
  /^(CHANGELOG\.md|LICENSE|NOTICE|README\.md|package\.json)$/,
  /^dist\/.+\.(js|d\.ts)$/,
  /^docs\/[a-z-]+\.md$/,
  /^models\/[a-z0-9-]+\/(MODEL\.md|(ipcgan|config|model)\.json|weights\.bin)$/,
  /^docs\/examples\/[a-z-]+\.mjs$/,
  /^configs\/.+\.yaml$/,
  /^bench\/torch_\w+\.py$/,
  /^src\/engine\/(native|function|collective)\/[a-z-]+\.(cc|h)$/,
  /^src\/files\/h5-reader\.mjs$/,
  /^demo\/(README\.md|astronaut\.png|drawn\/[\w-]+\.jpg)$/,
  /^web\/(index\.html|style\.css|dist\/(src|web)\/.+\.js)$/,
  /^node_modules\/tensorboard-logger-ts\/(package\.json|README\.md|dist\/[\w-]+\.(js|d\.ts))$/,
];

/** A program that somebody else writes. */
const CONSUMER = `
import { openAger, type AgedFace, type LossTerm } from 'ipcgan';
export const dark: LossTerm = { name: 'dark', weight: 1, description: '', compute: ({ fake }) => fake.mean().asScalar() };
export async function older(folder: string, photograph: Buffer): Promise<readonly AgedFace[]> {
  const ager = await openAger(folder);
  const faces = await ager.age(photograph, { groups: [4] });
  // @ts-expect-error there is no such setting
  await ager.age(photograph, { group: 4 });
  ager.dispose();
  return faces;
}
`;

test('the packed library, installed into an empty project, has command, import and types', () => {
  const folder = newFolder();
  const [packed] = JSON.parse(
    run('npm', ['pack', '--json', '--silent', '--pack-destination', folder], root),
  ) as [{ filename: string; files: { path: string }[] }];
  const files = packed.files.map((file) => file.path);
  expect(files.filter((file) => !PACKED.some((pattern) => pattern.test(file)))).toEqual([]);
  // trained networks go with it, where the checkout has them
  const models = path.join(root, 'models');
  const trained = existsSync(models) ? readdirSync(models, { recursive: true }) : [];
  expect(files.filter((file) => file.startsWith('models/')).sort()).toEqual(
    trained
      .map((name) => path.join('models', String(name)))
      .filter((file) => statSync(path.join(root, file)).isFile())
      .sort(),
  );
  const sources = files.map((file) => /^dist\/(.+)\.js$/.exec(file)?.[1]).filter((file) => file);
  expect(sources.filter((file) => !existsSync(path.join(root, 'src', `${file}.ts`)))).toEqual([]);

  const project = newFolder();
  writeFileSync(path.join(project, 'package.json'), '{ "name": "project", "private": true }');
  const tarball = path.join(folder, packed.filename);
  const quiet = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--silent'];
  run('npm', ['install', ...quiet, tarball], project);

  expect(run(path.join(project, 'node_modules/.bin/ipcgan'), ['--version'], project)).toMatch(
    /^0\.2\./,
  );
  writeFileSync(
    path.join(project, 'age.mjs'),
    `import { openAger } from 'ipcgan';
     import { createRequire } from 'node:module';
     const ager = await openAger(process.argv[2]);
     const [face] = await ager.age(process.argv[3], { align: false });
     console.log(face.pictures.map(({ name }) => name).join(), createRequire(import.meta.url)('ipcgan').openAger === openAger);`,
  );
  const face = kept('data/images/25_person2_2.jpg');
  expect(run(process.execPath, ['age.mjs', kept('run'), face], project)).toBe(
    '21-30,31-40,41-50,50+ true\n',
  );

  writeFileSync(path.join(project, 'consumer.ts'), CONSUMER);
  const compiler = path.join(root, 'node_modules/typescript/bin/tsc');
  const types = ['--typeRoots', path.join(root, 'node_modules/@types'), '--types', 'node'];
  for (const module of ['nodenext', 'commonjs'])
    run(
      process.execPath,
      [
        compiler,
        '--noEmit',
        '--strict',
        '--skipLibCheck',
        '--target',
        'es2022',
        '--module',
        module,
        ...types,
        'consumer.ts',
      ],
      project,
    );
});
