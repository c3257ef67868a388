import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();
const SETUP = path.resolve(__dirname, '../../scripts/setup.mjs');
const PACKAGES = ['typescript', 'zod', `@img/sharp-${process.platform}-${process.arch}`];

/** An npm that writes down how it was called, and installs the packages that it is given by name. */
const npm = (installs: readonly string[]): string => `#!/bin/sh
echo "$@" >> called
env > environment
for name in ${installs.map((name) => `'${name}'`).join(' ')}; do
  mkdir -p "node_modules/$name"; echo '{}' > "node_modules/$name/package.json"
done
`;

/** A checkout of nothing but the set-up, whose build and engine are programs that only say that they ran. */
function checkout(installs: readonly string[]): string {
  const root = newFolder();
  const write = (file: string, text: string): void => {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  };
  write(
    'package.json',
    JSON.stringify({ dependencies: { zod: '*' }, devDependencies: { typescript: '*' } }),
  );
  write('package-lock.json', '{}');
  write('tsconfig.json', '{}');
  write('tsconfig.base.json', '{}');
  write('src/a.ts', '');
  write('packages/a/src/a.ts', '');
  write('web/src/a.ts', '');
  write('web/tsconfig.json', '{}');
  write(
    'scripts/build.mjs',
    "import { writeFileSync } from 'node:fs'; writeFileSync('built', '');",
  );
  write('dist/cli/index.js', '');
  write('node_modules/.gitkeep', '');
  write('bin/npm', npm(installs));
  chmodSync(path.join(root, 'bin/npm'), 0o755);
  copyFileSync(SETUP, path.join(root, 'scripts/setup.mjs'));
  return root;
}

function setUp(root: string, environment: NodeJS.ProcessEnv = {}) {
  const { status, stderr } = spawnSync(process.execPath, [path.join(root, 'scripts/setup.mjs')], {
    cwd: root,
    encoding: 'utf8',
    env: {
      ...process.env,
      PATH: `${path.join(root, 'bin')}:${process.env.PATH ?? ''}`,
      ...environment,
    },
  });
  const lines = (file: string): string[] =>
    existsSync(path.join(root, file))
      ? readFileSync(path.join(root, file), 'utf8').trim().split('\n')
      : [];
  return { status, stderr, calls: lines('called'), environment: lines('environment') };
}

test('what the environment says about leaving packages out does not reach npm, and flags override the rest', () => {
  const root = checkout(PACKAGES);
  const { status, calls, environment } = setUp(root, {
    NODE_ENV: 'production',
    npm_config_omit: 'optional',
    NPM_CONFIG_PRODUCTION: 'true',
    npm_config_registry: 'https://example.org',
  });
  expect(status).toBe(0);
  expect(
    environment.filter((line) => /^(NODE_ENV|npm_config_(omit|production))=/i.test(line)),
  ).toEqual([]);
  expect(environment).toContain('npm_config_registry=https://example.org');
  expect(calls).toHaveLength(1);
  for (const flag of ['--include=dev', '--include=optional', '--no-dry-run'])
    expect(calls[0]).toContain(flag);
});

test('a set-up that lacks the compiler says so and is not taken for done; the next one does it', () => {
  const root = checkout(['zod', PACKAGES[2]!]);
  const failed = setUp(root);
  expect(failed).toMatchObject({ status: 3 });
  expect(failed.stderr).toContain(
    'node_modules: expected npm to install every package, got none of typescript.',
  );
  writeFileSync(path.join(root, 'bin/npm'), npm(PACKAGES));
  expect(setUp(root)).toMatchObject({ status: 0 });
  expect(existsSync(path.join(root, 'built'))).toBe(true);
});

test('what an earlier version took for done is done again where packages are missing, and once only', () => {
  const root = checkout(PACKAGES);
  expect(setUp(root).calls).toHaveLength(1);
  expect(setUp(root).calls).toHaveLength(1);
  spawnSync('rm', ['-r', path.join(root, 'node_modules', PACKAGES[2]!)]);
  expect(setUp(root).calls).toHaveLength(2);
});
