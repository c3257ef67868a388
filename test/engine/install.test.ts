import { mkdirSync, readlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cudaPlan, cudaWheels } from '../../src/engine/install/cuda-plan';
import { checkDevice } from '../../src/engine/install/install';
import { linkEngine } from '../../src/engine/install/link';
import {
  addonLink,
  engineRoot,
  hasNvidiaDriver,
  hasUpstreamAddon,
  isLinked,
} from '../../src/engine/install/paths';
import { lastWords, runCommand } from '../../src/engine/install/run-command';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();

const METADATA = `Metadata-Version: 2.1
Name: tensorflow
Requires-Dist: numpy >=1.26.0
Requires-Dist: nvidia-cublas-cu12 <13.0,>=12.5.3.2 ; extra == 'and-cuda'
Requires-Dist: nvidia-cudnn-cu12 (==9.3.0.75) ; extra == "and-cuda"
Requires-Dist: nvidia-nccl-cu12<3.0,>=2.27.7; extra == 'and-cuda'
Requires-Dist: nvidia-nvjitlink-cu12 (>= 12.5.82, <13) ; python_version > '3.9' and extra == 'and-cuda'
Requires-Dist: nvidia-other==1.0; extra == 'gcs-filesystem'
`;

test('the CUDA packages and their versions come from the wheel’s own metadata, up to the newest that it allows', () => {
  expect(cudaWheels(METADATA)).toEqual([
    { name: 'nvidia-cublas-cu12', versions: '<13.0,>=12.5.3.2' },
    { name: 'nvidia-cudnn-cu12', versions: '==9.3.0.75' },
    { name: 'nvidia-nccl-cu12', versions: '<3.0,>=2.27.7' },
    { name: 'nvidia-nvjitlink-cu12', versions: '>=12.5.82,<13' },
  ]);
  expect(() => cudaWheels('Name: tensorflow-cpu\n')).toThrow(
    "expected nvidia-* packages in the extra 'and-cuda', got none",
  );
  for (const versions of ['', '>=12,newest'])
    expect(() =>
      cudaWheels(`Requires-Dist: nvidia-nccl-cu12 ${versions}; extra == 'and-cuda'\n`),
    ).toThrow(
      `expected versions of nvidia-nccl-cu12 such as '>=12.5.3.2,<13.0', got '${versions}'`,
    );
});

test('CUDA packages are laid out side by side in one folder, and the wheel is not left to pip, which would want its Python', () => {
  const { pipArguments } = cudaPlan(METADATA, '/engine/site');
  expect(pipArguments.slice(pipArguments.indexOf('--target'))).toEqual([
    '--target',
    '/engine/site',
    'nvidia-cublas-cu12<13.0,>=12.5.3.2',
    'nvidia-cudnn-cu12==9.3.0.75',
    'nvidia-nccl-cu12<3.0,>=2.27.7',
    'nvidia-nvjitlink-cu12>=12.5.82,<13',
  ]);
  expect(pipArguments).toContain('--no-deps');
});

test('the cache is where the environment says', () => {
  expect(engineRoot({ IPCGAN_ENGINE_DIR: '/a' })).toBe('/a');
  expect(engineRoot({ XDG_CACHE_HOME: '/c' })).toBe('/c/ipcgan/engine');
});

test('linking replaces what was linked before, in one move', () => {
  const engine = newFolder();
  const root = newFolder();
  writeFileSync(path.join(engine, 'tfjs_binding.node'), '');
  const link = addonLink(root);
  expect(isLinked(engine, link)).toBe(false);
  linkEngine('/elsewhere', link);
  expect(hasUpstreamAddon(link)).toBe(false);
  linkEngine(engine, link);
  expect(readlinkSync(link)).toBe(path.join(engine, 'tfjs_binding.node'));
  expect(isLinked(engine, link)).toBe(true);
});

test('a package folder that cannot be written is one clear error', () => {
  const root = newFolder();
  writeFileSync(path.join(root, 'lib'), 'a file in the way');
  mkdirSync(path.join(root, 'x'));
  expect(() => linkEngine('/engine', addonLink(root))).toThrow(
    /expected to link the engine there, got .*\. Make node_modules writable\./,
  );
});

(hasNvidiaDriver() ? test.skip : test)('a GPU that is asked for and not there is an error', () => {
  expect(() => checkDevice('cuda')).toThrow(
    '--device=cuda: expected an NVIDIA GPU with its driver, got none',
  );
  expect(() => checkDevice('auto')).not.toThrow();
});

test('a program that does not exist is told from one that fails', async () => {
  expect((await runCommand('no-such-program', [])).exitCode).toBeNull();
  expect(
    await runCommand(process.execPath, ['-e', 'console.error("why"); process.exit(3)']),
  ).toEqual({
    exitCode: 3,
    signal: null,
    stdout: '',
    stderr: 'why\n',
  });
  expect(lastWords('a\n\nb\nc\n')).toBe('b / c');
});
