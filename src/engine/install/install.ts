/** @file Puts an engine into the cache, whole or not at all, and links it to this checkout. */

import { mkdir, readdir, rename, rm, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { MachineError } from '../../errors';
import { lockDirectory } from '../../files/directory-lock';
import { explainNoGpu } from '../gpu-libraries';
import { buildAddon } from './build-addon';
import { checkEngine } from './check';
import { checkCompiler } from './compile';
import { cudaWheels, installCudaPackages } from './cuda-plan';
import { downloadWheel, extractWheel, readMetadata, unpackWheel, verifyWheel } from './download';
import { linkEngine } from './link';
import { buildNativeCode, hasNativeCode } from './native-code';
import {
  buildFor,
  COMPLETE_FILE,
  engineDirectory,
  engineRoot,
  hasDriverLibrary,
  hasNvidiaDriver,
  hasUpstreamAddon,
  isComplete,
  isLinked,
  packageRoot,
} from './paths';
import { checkProcessor } from './processor';
import { checkPip, hasPip } from './python';
import { lastWords, runCommand } from './run-command';
import { SPACE_MEGABYTES, TENSORFLOW_VERSION } from './versions';
import type { Device, EngineBuild } from './versions';

const MEGABYTE = 1e6;
const say = (text: string): void => void process.stderr.write(`${text}\n`);

function checkPlatform(): void {
  if (process.platform === 'linux' && process.arch === 'x64') return;
  throw new MachineError(
    `engine install: expected Linux on x86-64, got ${process.platform} ${process.arch}. Supported: Linux x64 (glibc 2.27 or newer); elsewhere use a container.`,
  );
}

async function checkSpace(root: string, build: EngineBuild): Promise<void> {
  const { bavail, bsize } = await statfs(root);
  const free = (bavail * bsize) / MEGABYTE;
  if (free >= SPACE_MEGABYTES[build]) return;
  throw new MachineError(
    `${root}: expected ${SPACE_MEGABYTES[build]} MB free, got ${Math.floor(free)} MB. Free some space, or set IPCGAN_ENGINE_DIR to another disk.`,
  );
}

/** A GPU that is asked for and not there is an error, never a silent run on the CPU. */
export function checkDevice(device: Device): void {
  if (device !== 'cuda' || hasNvidiaDriver() || hasDriverLibrary()) return;
  throw new MachineError(
    '--device=cuda: expected an NVIDIA GPU with its driver, got none (no /proc/driver/nvidia, no libcuda.so.1). Install the driver, or use --device=cpu.',
  );
}

/** Somebody else installs the same engine. */
class BusyError extends Error {}

/** Waits until no other process, of this machine or one that shares the cache, installs the same engine; then holds its lock while `work` runs. */
async function withLock<T>(root: string, name: string, work: () => Promise<T>): Promise<T> {
  for (let waited = 0; ; waited++) {
    try {
      const unlock = await lockDirectory(root, name, (holder) => {
        throw new BusyError(
          `${holder.name} is installing the engine; waiting for it. ${holder.isVisible ? '' : holder.advice}`.trimEnd(),
        );
      });
      return await work().finally(unlock);
    } catch (error) {
      if (!(error instanceof BusyError)) throw error;
      if (waited === 0) say(error.message);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

/** TensorFlow's wheel alone: two libraries. */
async function fillCpu(engine: string, wheel: string): Promise<void> {
  await extractWheel(wheel, engine);
  await rm(wheel);
  say('building the addon');
  await buildAddon(engine, path.join(engine, 'lib'), path.join(engine, 'include'));
  await rm(path.join(engine, 'include'), { recursive: true });
}

/** The CUDA wheel among its CUDA libraries, laid out as pip would. */
async function fillCuda(engine: string, wheel: string): Promise<void> {
  const site = path.join(engine, 'site');
  const wheels = cudaWheels(await readMetadata(wheel));
  await unpackWheel(wheel, site);
  await rm(wheel);
  say(`installing ${wheels.length} CUDA packages (several GB)`);
  await installCudaPackages(wheels, site, engine);
  await buildAddon(engine, path.join(site, 'tensorflow'), path.join(site, 'tensorflow', 'include'));
}

/** Without pip, the package's own installer, which fetches an older library from its makers. */
async function installUpstream(): Promise<void> {
  say("no python3 with pip; trying tfjs-node's own download");
  const { exitCode, stderr, stdout } = await runCommand(process.execPath, [
    path.join(packageRoot(), 'scripts', 'install.js'),
  ]);
  if (exitCode === 0) return;
  throw new MachineError(
    `engine install: expected python3 with pip, or tfjs-node's own download to work, got neither (${lastWords(`${stdout}\n${stderr}`)}). ` +
      'Install python3 and pip (e.g. `apt-get install python3-pip`) and run it again.',
  );
}

/** What a killed installation left; whoever holds the lock knows that none goes on. */
async function removeStale(root: string, prefix: string): Promise<void> {
  for (const entry of await readdir(root))
    if (entry.startsWith(prefix))
      await rm(path.join(root, entry), { recursive: true, force: true });
}

async function fill(build: EngineBuild, directory: string): Promise<void> {
  const root = engineRoot();
  const prefix = `.installing-${build}-`;
  await removeStale(root, prefix);
  await checkSpace(root, build);
  await checkPip(build);
  await checkCompiler();
  const temporary = path.join(root, `${prefix}${process.pid}`);
  try {
    await mkdir(temporary, { recursive: true });
    const wheel = await downloadWheel(build, temporary);
    await verifyWheel(build, wheel);
    await (build === 'cpu' ? fillCpu : fillCuda)(temporary, wheel);
    const complete = { tensorflow: TENSORFLOW_VERSION, build, installed: new Date().toISOString() };
    await writeFile(path.join(temporary, COMPLETE_FILE), `${JSON.stringify(complete)}\n`);
    await rm(directory, { recursive: true, force: true });
    await rename(temporary, directory);
  } catch (cause) {
    await rm(temporary, { recursive: true, force: true });
    throw cause;
  }
}

/**
 * Compiles our own native code beside an engine, where that can be done: without it everything runs, only slower.
 * @returns whether it is there
 */
async function addNativeCode(directory: string): Promise<boolean> {
  if (hasNativeCode(directory)) return true;
  try {
    await withLock(engineRoot(), `${path.basename(directory)}.lock`, () =>
      buildNativeCode(directory),
    );
    return true;
  } catch (error) {
    say(
      `engine: expected to compile ops of our own for this processor in ${directory}, got: ${error instanceof Error ? error.message : String(error)}. ` +
        'Going on without them, slower; results differ in the last bits. Install g++ and make the folder writable, or set IPCGAN_ENGINE_DIR to a folder of your own.',
    );
    return false;
  }
}

/** Whether an engine is whole, has our native code, and is the one that this checkout uses. */
const isReady = (directory: string): boolean =>
  isComplete(directory) && hasNativeCode(directory) && isLinked(directory);

/**
 * Installs, links and checks the engine for a device; does nothing where that is done. An engine that lies there, but for which our native
 * code cannot be compiled, is used without it, and a line says so.
 * @throws MachineError for an unsupported platform or processor, a missing GPU, compiler, network, or space
 */
export async function installEngine(device: Device): Promise<void> {
  checkPlatform();
  checkProcessor();
  checkDevice(device);
  const build = buildFor(device);
  const directory = engineDirectory(build);
  if (isReady(directory)) return;
  const wasInUse = isComplete(directory) && isLinked(directory);
  if (!isComplete(directory)) {
    await mkdir(engineRoot(), { recursive: true });
    if (!(await hasPip())) return installUpstream();
    await withLock(engineRoot(), `${path.basename(directory)}.lock`, async () => {
      // whoever held the lock may have done it
      if (!isComplete(directory)) await fill(build, directory);
    });
  }
  const hasAll = await addNativeCode(directory);
  // nothing is new that could be tried
  if (wasInUse && !hasAll) return;
  if (!isLinked(directory)) linkEngine(directory);
  const { device: found } = await checkEngine();
  if (build === 'cuda' && found !== 'gpu') {
    throw new MachineError(
      `--device=${device}: expected TensorFlow to find a GPU, got none although there is a driver. ${explainNoGpu(directory)} Or use --device=cpu.`,
    );
  }
  say(`engine: TensorFlow ${TENSORFLOW_VERSION} (${build}) in ${directory}`);
}

/** Whether the engine for a device is there and used by this checkout. */
export function isInstalled(device: Device): boolean {
  const directory = engineDirectory(buildFor(device));
  return isReady(directory) || hasUpstreamAddon();
}
