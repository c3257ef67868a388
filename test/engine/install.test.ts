import { mkdirSync, readlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CUDA_LOCK } from '../../src/engine/install/cuda-lock';
import { cudaWheels, lockedRequirements } from '../../src/engine/install/cuda-plan';
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
import { TENSORFLOW_VERSION } from '../../src/engine/install/versions';
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

/** As in the METADATA of TensorFlow 2.21.0. */
const REQUIRED: Readonly<Record<string, string>> = {
  'nvidia-cublas-cu12': '<13.0,>=12.5.3.2',
  'nvidia-cuda-cupti-cu12': '<13.0,>=12.5.82',
  'nvidia-cuda-nvcc-cu12': '<13.0,>=12.5.82',
  'nvidia-cuda-nvrtc-cu12': '<13.0,>=12.5.82',
  'nvidia-cuda-runtime-cu12': '<13.0,>=12.5.82',
  'nvidia-cudnn-cu12': '<10.0,>=9.3.0.75',
  'nvidia-cufft-cu12': '<12.0,>=11.2.3.61',
  'nvidia-curand-cu12': '<11.0,>=10.3.6.82',
  'nvidia-cusolver-cu12': '<12.0,>=11.6.3.83',
  'nvidia-cusparse-cu12': '<13.0,>=12.5.1.3',
  'nvidia-nccl-cu12': '<3.0,>=2.27.7',
  'nvidia-nvjitlink-cu12': '<13.0,>=12.5.82',
};

const isAbove = (a: string, b: string): boolean =>
  a.localeCompare(b, 'en', { numeric: true, sensitivity: 'base' }) >= 0;

test('every CUDA package that the wheel requires is locked, in a version that it takes', () => {
  expect(TENSORFLOW_VERSION).toBe('2.21.0');
  expect(Object.keys(CUDA_LOCK).sort()).toEqual(Object.keys(REQUIRED));
  for (const [name, { version, sha256 }] of Object.entries(CUDA_LOCK)) {
    const [, below = '', from = ''] = /^<(.*),>=(.*)$/.exec(REQUIRED[name] ?? '') ?? [];
    expect([name, isAbove(version, from), isAbove(version, below)]).toEqual([name, true, false]);
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  }
  const wheels = cudaWheels(METADATA);
  const lines = lockedRequirements(wheels).split('\n');
  expect(lines).toHaveLength(wheels.length + 1);
  const { version, sha256 } = CUDA_LOCK['nvidia-nccl-cu12']!;
  expect(lines[2]).toBe(`nvidia-nccl-cu12==${version} --hash=sha256:${sha256}`);
  expect(() => lockedRequirements([{ name: 'nvidia-new-cu13', versions: '>=1' }])).toThrow(
    "cuda-lock.ts: expected nvidia-new-cu13 >=1, which TensorFlow's wheel requires, got nothing. Run scripts/lock-cuda.mjs.",
  );
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
