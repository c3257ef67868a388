/** What an installation meets on machines that are not like ours: before anything is downloaded. */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { doctorReport } from '../../src/engine/doctor';
import { CUDA_LOCK } from '../../src/engine/install/cuda-lock';
import { installCudaPackages } from '../../src/engine/install/cuda-plan';
import { downloadWheel, extractWheel, unpackWheel } from '../../src/engine/install/download';
import { ensureEngine } from '../../src/engine/install/ensure';
import { installEngine } from '../../src/engine/install/install';
import * as processor from '../../src/engine/install/processor';
import { checkPip } from '../../src/engine/install/python';
import { BUILDS, TENSORFLOW_VERSION, WHEEL_TAGS } from '../../src/engine/install/versions';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();
const before = { ...process.env };
afterEach(() => {
  process.env = { ...before };
  jest.restoreAllMocks();
});

const CPU = (flags: string): string =>
  `processor\t: 0\nmodel name\t: QEMU Virtual CPU version 2.5+\nflags\t\t: ${flags}\nbugs\t\t:\n`;

describe('a processor without AVX', () => {
  const { checkProcessor } = processor;

  test('is named, with what a virtual machine needs; where the kernel tells no features nobody is stopped', () => {
    expect(() => checkProcessor(CPU('fpu sse sse2 ssse3 xsave'))).toThrow(
      'engine: expected a processor with AVX, for which TensorFlow is compiled, got QEMU Virtual CPU version 2.5+ without it.',
    );
    for (const info of [CPU('fpu sse2 avx'), CPU('avx'), '', 'processor : 0\n'])
      expect(() => checkProcessor(info)).not.toThrow();
    expect([...(processor.processorFeatures(CPU('fpu avx2')) ?? [])]).toEqual(['fpu', 'avx2']);
  });

  test('stops the installation before anything is made, an engine that is there before it is loaded, and the doctor says it first', async () => {
    const cache = path.join(newFolder(), 'cache');
    process.env.IPCGAN_ENGINE_DIR = cache;
    jest.spyOn(processor, 'checkProcessor').mockImplementation(() => checkProcessor(CPU('sse2')));
    for (const open of [installEngine, ensureEngine])
      await expect(open('cpu')).rejects.toThrow('expected a processor with AVX');
    expect(existsSync(cache)).toBe(false);
    const { problems, device } = await doctorReport('cpu');
    expect(problems[0]).toContain('expected a processor with AVX');
    expect(device.used).toBeNull();
  });
});

/** A folder for the PATH, with programs that print a line. */
function programs(lines: Readonly<Record<string, string>>): string {
  const folder = newFolder();
  for (const [name, line] of Object.entries(lines)) {
    writeFileSync(path.join(folder, name), `#!/bin/sh\necho '${line}'\n`);
    chmodSync(path.join(folder, name), 0o755);
  }
  return folder;
}

/** A wheel of the name that is asked for, of a few files. */
function writeWheel(folder: string): string {
  const name = BUILDS.cpu.package.replace('-', '_');
  const wheel = `${name}-${TENSORFLOW_VERSION}-cp${WHEEL_TAGS.python.replace('.', '')}-cp${WHEEL_TAGS.python.replace('.', '')}-${WHEEL_TAGS.platform}.whl`;
  const info = `${name}-${TENSORFLOW_VERSION}.dist-info`;
  const program = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w') as wheel:
    wheel.writestr('tensorflow/libtensorflow_cc.so.2', 'library')
    wheel.writestr('tensorflow/include/tensorflow/c/c_api.h', 'header')
    wheel.writestr('tensorflow/include/tensorflow/core/other.h', 'no C API')
    wheel.writestr('${info}/METADATA', 'Metadata-Version: 2.1\\nName: ${BUILDS.cpu.package}\\nVersion: ${TENSORFLOW_VERSION}\\n')
    wheel.writestr('${info}/WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: false\\n')
    wheel.writestr('${info}/RECORD', '')
`;
  const file = path.join(folder, wheel);
  expect(spawnSync('python3', ['-c', program, file]).status).toBe(0);
  return file;
}

describe('python3 and pip', () => {
  test.each([
    ['3.5 20.0.2', 'cpu', 'expected python3 of 3.6 or newer, got 3.5.'],
    ['2.7 20.3', 'cpu', 'expected python3 of 3.6 or newer, got 2.7.'],
    ['3.6 9.0.1', 'cpu', 'expected pip of 19.2 or newer, got 9.0.1.'],
    ['3.8 20.0.2', 'cuda', 'expected pip of 20.3 or newer, got 20.0.2.'],
  ] as const)(
    'of versions %s are refused for %s before the download',
    async (line, build, said) => {
      process.env.PATH = programs({ python3: line });
      await expect(checkPip(build)).rejects.toThrow(said);
    },
  );

  test('of old and new versions are let through', async () => {
    for (const line of ['3.6 19.2.3', '3.8 20.0.2', '3.14 26.1']) {
      process.env.PATH = programs({ python3: line });
      await checkPip('cpu');
    }
  });

  test('settings of the user that make pip refuse do not reach it', async () => {
    const index = newFolder();
    const out = newFolder();
    const none = newFolder();
    writeWheel(index);
    writeFileSync(path.join(none, 'constraints.txt'), `${BUILDS.cpu.package}==1.0\n`);
    writeFileSync(
      path.join(none, 'pip.conf'),
      '[global]\nrequire-hashes = true\nrequire-virtualenv = true\n[install]\nuser = true\n[download]\nno-binary = :all:\n',
    );
    Object.assign(process.env, {
      PIP_NO_INDEX: '1',
      // pip takes blanks of a setting apart
      PIP_FIND_LINKS: pathToFileURL(index).href,
      PIP_CONFIG_FILE: path.join(none, 'pip.conf'),
      PIP_REQUIRE_HASHES: '1',
      PIP_USER: '1',
      PIP_TARGET: none,
      PIP_CONSTRAINT: path.join(none, 'constraints.txt'),
      PIP_ABI: 'cp27',
      PIP_DRY_RUN: '1',
    });
    await checkPip('cpu');
    expect(path.dirname(await downloadWheel('cpu', out))).toBe(out);
  });

  test('settings in pip’s files that it cannot be talked out of are said', async () => {
    const file = path.join(newFolder(), 'pip.conf');
    writeFileSync(file, '[install]\nprefix = /usr/local\n');
    process.env.PIP_CONFIG_FILE = file;
    await checkPip('cpu');
    await expect(checkPip('cuda')).rejects.toThrow(
      "expected pip to be free to place TensorFlow's wheel, got install.prefix in its configuration. Take it out (`python3 -m pip config unset install.prefix`)",
    );
  });

  const pythons = path.join(homedir(), '.pyenv', 'versions');
  const others = existsSync(pythons)
    ? readdirSync(pythons).filter((version) => /^3\.[68]\./.test(version))
    : [];
  test('a wheel is unpacked by whichever python3 there is, of 3.6, too', async () => {
    const wheel = writeWheel(newFolder());
    for (const version of ['', ...others]) {
      if (version !== '')
        process.env.PATH = `${path.join(pythons, version, 'bin')}:${before.PATH ?? ''}`;
      const parts = newFolder();
      const whole = newFolder();
      await extractWheel(wheel, parts);
      expect(readdirSync(path.join(parts, 'lib'))).toEqual(['libtensorflow_cc.so.2']);
      expect(existsSync(path.join(parts, 'include/tensorflow/c/c_api.h'))).toBe(true);
      expect(existsSync(path.join(parts, 'include/tensorflow/core'))).toBe(false);
      await unpackWheel(wheel, whole);
      expect(readdirSync(path.join(whole, 'tensorflow')).sort()).toEqual([
        'include',
        'libtensorflow_cc.so.2',
      ]);
    }
  });
});

test('a wheel that is not the known one is not unpacked, and nothing of it stays', async () => {
  const cache = newFolder();
  const index = newFolder();
  writeWheel(index);
  Object.assign(process.env, {
    IPCGAN_ENGINE_DIR: cache,
    PIP_NO_INDEX: '1',
    PIP_FIND_LINKS: pathToFileURL(index).href,
  });
  await expect(installEngine('cpu')).rejects.toThrow(
    new RegExp(
      `expected tensorflow_cpu-.*\\.whl of SHA-256 ${BUILDS.cpu.sha256}, got [0-9a-f]{64}\\. Nothing of it was unpacked\\.`,
    ),
  );
  expect(readdirSync(cache)).toEqual([]);
});

test('of CUDA packages of which one is not the known one none is unpacked', async () => {
  const index = newFolder();
  const engine = newFolder();
  const site = path.join(engine, 'site');
  const name = 'nvidia-nccl-cu12';
  const { version, sha256 } = CUDA_LOCK[name]!;
  const stem = `nvidia_nccl_cu12-${version}`;
  const program = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w') as wheel:
    wheel.writestr('nvidia/nccl/lib/libnccl.so.2', 'library')
    wheel.writestr('${stem}.dist-info/METADATA', 'Metadata-Version: 2.1\\nName: ${name}\\nVersion: ${version}\\n')
    wheel.writestr('${stem}.dist-info/WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
    wheel.writestr('${stem}.dist-info/RECORD', '')
`;
  const wheel = path.join(index, `${stem}-py3-none-any.whl`);
  expect(spawnSync('python3', ['-c', program, wheel]).status).toBe(0);
  Object.assign(process.env, { PIP_NO_INDEX: '1', PIP_FIND_LINKS: pathToFileURL(index).href });
  const wheels = [{ name, versions: '>=2' }];
  await expect(installCudaPackages(wheels, site, engine)).rejects.toThrow(
    new RegExp(
      `expected the CUDA packages that are known here, got: .*Expected sha256 ${sha256} / Got +[0-9a-f]{64}\\. Nothing of them was unpacked\\.`,
    ),
  );
  expect(readdirSync(engine)).toEqual([]);
  // the known one is
  const digest = createHash('sha256').update(readFileSync(wheel)).digest('hex');
  jest.replaceProperty(CUDA_LOCK, name, { version, sha256: digest });
  await installCudaPackages(wheels, site, engine);
  expect(existsSync(path.join(site, 'nvidia/nccl/lib/libnccl.so.2'))).toBe(true);
  expect(readdirSync(engine)).toEqual(['site']);
});

test('without a compiler nothing is downloaded', async () => {
  const cache = newFolder();
  process.env.IPCGAN_ENGINE_DIR = cache;
  process.env.PATH = programs({ python3: '3.11 23.2.1' });
  await expect(installEngine('cpu')).rejects.toThrow('expected a C++ compiler (g++), got none');
  expect(readdirSync(cache)).toEqual([]);
});
