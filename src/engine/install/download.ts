/** @file Fetches TensorFlow's wheel with pip, compares it with the one that we know, and unpacks what the engine needs of it. */

import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { MachineError } from '../../errors';
import { sha256OfFile } from '../../files/digest';
import { runPip } from './python';
import { lastWords, runCommand } from './run-command';
import { BUILDS, TENSORFLOW_VERSION, WHEEL_TAGS } from './versions';
import type { EngineBuild } from './versions';

const MEGABYTE = 1e6;
/** Milliseconds between lines of progress where there is no terminal, and on one. */
const PLAIN_INTERVAL = 10_000;
const TERMINAL_INTERVAL = 500;

function folderBytes(folder: string): number {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .reduce(
        (sum, entry) =>
          sum +
          (statSync(path.join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0),
        0,
      );
  } catch {
    return 0;
  }
}

/** Shows how the download grows, until stopped. */
function watchDownload(folder: string, expectedMegabytes: number): () => void {
  const isTerminal = process.stderr.isTTY;
  const timer = setInterval(
    () => {
      const text = `downloading TensorFlow ${TENSORFLOW_VERSION}: ${Math.round(folderBytes(folder) / MEGABYTE)} of about ${expectedMegabytes} MB`;
      process.stderr.write(isTerminal ? `\r${text} ` : `${text}\n`);
    },
    isTerminal ? TERMINAL_INTERVAL : PLAIN_INTERVAL,
  );
  return () => {
    clearInterval(timer);
    if (isTerminal) process.stderr.write('\n');
  };
}

/** What a failing pip means for the user. */
function pipError(stderr: string): MachineError {
  const words = lastWords(stderr);
  if (/No space left|ENOSPC|Errno 28/.test(stderr))
    return new MachineError(
      `engine install: expected room for the download, got a full disk (${words}). Free some space and run it again.`,
    );
  if (
    /Could not find a version|No matching distribution|connection|timed out|resolve|Network|HTTPSConnection|ProxyError/i.test(
      stderr,
    )
  ) {
    return new MachineError(
      `engine install: expected to reach the Python package index, got: ${words}. Check network, proxy, or pip's index-url, and run it again.`,
    );
  }
  return new MachineError(
    `engine install: expected pip to download TensorFlow ${TENSORFLOW_VERSION}, got: ${words}`,
  );
}

/** Downloads the wheel into a folder and returns its path. @throws MachineError */
export async function downloadWheel(build: EngineBuild, folder: string): Promise<string> {
  const { package: name, megabytes } = BUILDS[build];
  const stop = watchDownload(folder, megabytes);
  const args = [
    'download',
    '--no-deps',
    '--no-cache-dir',
    '--disable-pip-version-check',
    '--only-binary=:all:',
  ];
  const tags = ['--python-version', WHEEL_TAGS.python, '--platform', WHEEL_TAGS.platform];
  // pip collects the file in TMPDIR before it moves it: there its growth can be seen, and there it cannot outlive a failure
  const result = await runPip([...args, ...tags, '-d', folder, `${name}==${TENSORFLOW_VERSION}`], {
    TMPDIR: folder,
  });
  stop();
  const wheel = readdirSync(folder).find((file) => file.endsWith('.whl'));
  if (result.exitCode !== 0 || wheel === undefined) throw pipError(result.stderr);
  return path.join(folder, wheel);
}

/** Compares a wheel with the one that is known here: pip compares it with what its index says, whichever index that is. @throws MachineError */
export async function verifyWheel(build: EngineBuild, wheel: string): Promise<void> {
  const { sha256: expected } = BUILDS[build];
  const got = await sha256OfFile(wheel);
  if (got === expected) return;
  throw new MachineError(
    `engine install: expected ${path.basename(wheel)} of SHA-256 ${expected}, got ${got}. Nothing of it was unpacked. Look at pip's index-url and find-links, which must lead to PyPI's own file, and run it again.`,
  );
}

const EXTRACT = `
import os, shutil, sys, zipfile
wheel, target = sys.argv[1:3]
include = 'tensorflow/include/'
headers = ('tensorflow/c/', 'xla/tsl/c/', 'tsl/platform/ctstring', 'tensorflow/core/platform/ctstring', 'absl/base/options')
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        inside = name[len(include):] if name.startswith(include) else name
        if name.startswith('tensorflow/libtensorflow'): place = os.path.join('lib', os.path.basename(name))
        elif inside != name and inside.startswith(headers) and inside.endswith('.h'): place = os.path.join('include', inside)
        else: continue
        place = os.path.join(target, place)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with archive.open(name) as source, open(place, 'wb') as out: shutil.copyfileobj(source, out, 1 << 20)
`;

/** What a failing unpacker means for the user. */
function unpackError(wheel: string, stderr: string): MachineError {
  const isFull = stderr.includes('Errno 28');
  return new MachineError(
    `engine install: expected to unpack ${path.basename(wheel)}, got ${isFull ? 'a full disk. Free some space' : `${lastWords(stderr)}. Look at the disk and at python3`}, and run it again.`,
  );
}

/** Unpacks the two libraries to `lib/` and the C API's headers to `include/`. @throws MachineError */
export async function extractWheel(wheel: string, target: string): Promise<void> {
  const { exitCode, stderr } = await runCommand('python3', ['-c', EXTRACT, wheel, target]);
  if (exitCode !== 0) throw unpackError(wheel, stderr);
}

/** Unpacks a whole wheel as pip would lay it out, whichever Python it is for. @throws MachineError */
export async function unpackWheel(wheel: string, target: string): Promise<void> {
  const { exitCode, stderr } = await runCommand('python3', ['-m', 'zipfile', '-e', wheel, target]);
  if (exitCode !== 0) throw unpackError(wheel, stderr);
}

/** The METADATA file of a wheel. @throws MachineError */
export async function readMetadata(wheel: string): Promise<string> {
  const program =
    "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print(z.read(next(n for n in z.namelist() if n.endswith('.dist-info/METADATA'))).decode())";
  const { exitCode, stdout, stderr } = await runCommand('python3', ['-c', program, wheel]);
  if (exitCode !== 0)
    throw new MachineError(
      `engine install: expected METADATA in ${path.basename(wheel)}, got ${lastWords(stderr)}`,
    );
  return stdout;
}
