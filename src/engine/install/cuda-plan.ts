/** @file What a CUDA engine needs besides TensorFlow's wheel: read from the wheel's own metadata, and taken only as it is known here. */

import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { MachineError } from '../../errors';
import { CUDA_LOCK } from './cuda-lock';
import { runPip } from './python';
import { lastWords } from './run-command';

/** A package that the wheel requires. */
export interface CudaWheel {
  readonly name: string;
  /** The versions that it takes, as pip has them, such as `>=12.5.3.2,<13.0`. */
  readonly versions: string;
}

/** A requirement's name, its versions with or without brackets, and its marker. */
const REQUIREMENT = /^Requires-Dist:\s*(nvidia[\w.-]*?)\s*\(?\s*([<>=!~][^;()]*?)?\s*\)?\s*;(.*)$/;
const OF_CUDA = /\bextra\s*==\s*["']and-cuda["']/;

/** One condition on versions, such as `<13.0`. */
const CONDITION = /^(==|!=|<=|>=|<|>|~=)\s*[\w.*+!-]+$/;

/**
 * The `nvidia-*` packages of the extra `and-cuda` in a wheel's METADATA, with all versions that it allows: the newest, which knows the newest
 * GPUs, is locked. @throws Error when there are none, or one whose versions nobody understands
 */
export function cudaWheels(metadata: string): CudaWheel[] {
  const wheels = metadata.split(/\r?\n/).flatMap((line) => {
    const [, name, versions, marker] = REQUIREMENT.exec(line) ?? [];
    if (name === undefined || marker === undefined || !OF_CUDA.test(marker)) return [];
    const conditions = (versions ?? '').split(',').map((one) => one.replaceAll(/\s/g, ''));
    const odd = conditions.find((one) => !CONDITION.test(one));
    if (odd !== undefined)
      throw new Error(
        `METADATA: expected versions of ${name} such as '>=12.5.3.2,<13.0', got '${versions ?? ''}'`,
      );
    return [{ name, versions: conditions.join(',') }];
  });
  if (wheels.length === 0)
    throw new Error("METADATA: expected nvidia-* packages in the extra 'and-cuda', got none");
  return wheels;
}

/**
 * pip's requirements for packages: the locked version of each, and the SHA-256 of its wheel.
 * @throws Error for one that is not locked
 */
export const lockedRequirements = (wheels: readonly CudaWheel[]): string =>
  wheels
    .map(({ name, versions }) => {
      const locked = CUDA_LOCK[name];
      if (locked === undefined)
        throw new Error(
          `cuda-lock.ts: expected ${name} ${versions}, which TensorFlow's wheel requires, got nothing. Run scripts/lock-cuda.mjs.`,
        );
      return `${name}==${locked.version} --hash=sha256:${locked.sha256}\n`;
    })
    .join('');

/**
 * Installs packages side by side in `site`, in which TensorFlow's wheel is unpacked, where the library's RUNPATH finds them. pip compares
 * all of them with the lock before it unpacks one.
 * @param engine folder for what pip writes meanwhile
 * @throws MachineError
 */
export async function installCudaPackages(
  wheels: readonly CudaWheel[],
  site: string,
  engine: string,
): Promise<void> {
  const file = path.join(engine, 'requirements.txt');
  await writeFile(file, lockedRequirements(wheels));
  const { exitCode, stderr } = await runPip(
    [
      ...['install', '--no-deps', '--only-binary=:all:', '--no-cache-dir', '--require-hashes'],
      ...['--target', site, '--requirement', file],
    ],
    { TMPDIR: engine },
  );
  await rm(file);
  if (exitCode === 0) return;
  if (stderr.includes('DO NOT MATCH THE HASHES'))
    throw new MachineError(
      `engine install: expected the CUDA packages that are known here, got: ${lastWords(stderr.trim(), 6)}. Nothing of them was unpacked. Look at pip's index-url and find-links, which must lead to PyPI's own files, and run it again.`,
    );
  throw new MachineError(
    `engine install: expected pip to install the CUDA packages, got: ${lastWords(stderr)}`,
  );
}
