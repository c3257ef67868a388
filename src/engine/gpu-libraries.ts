/** @file The libraries that TensorFlow's CUDA build looks up by name when it starts: without one of them it computes on the CPU, and says nothing. */

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** Of the driver. */
const DRIVER = ['libcuda.so.1', 'libnvidia-ml.so.1'] as const;
/** Of CUDA 12 and cuDNN 9, by NVIDIA's package that has each. */
const CUDA: Readonly<Record<string, string>> = {
  'libcudart.so.12': 'cuda_runtime',
  'libcublas.so.12': 'cublas',
  'libcublasLt.so.12': 'cublas',
  'libcudnn.so.9': 'cudnn',
  'libcufft.so.11': 'cufft',
  'libcusolver.so.11': 'cusolver',
  'libcusparse.so.12': 'cusparse',
  'libnccl.so.2': 'nccl',
};

/** Where one library lies; null where it was not found. */
export interface FoundLibrary {
  readonly name: string;
  readonly path: string | null;
  /** Whether the driver brings it, or an engine's installation. */
  readonly of: 'driver' | 'engine';
}

/** Names that the loader's cache knows, with their files. */
function loaderCache(): ReadonlyMap<string, string> {
  const search = `${process.env.PATH ?? ''}:/sbin:/usr/sbin`;
  const { stdout } = spawnSync('ldconfig', ['-p'], {
    encoding: 'utf8',
    env: { ...process.env, PATH: search },
  });
  // null where there is no ldconfig
  const lines = ((stdout as string | null) ?? '').split('\n');
  return new Map(
    lines.flatMap((line) => {
      const [, name, file] = /^\s*(\S+) \(.*\) => (\S+)$/.exec(line) ?? [];
      return name !== undefined && file !== undefined ? [[name, file] as const] : [];
    }),
  );
}

/** Folders of NVIDIA's packages beside an engine's TensorFlow, where its RUNPATH leads. */
function packageFolders(engine: string | null): string[] {
  const nvidia = engine === null ? '' : path.join(engine, 'site', 'nvidia');
  if (!existsSync(nvidia)) return [];
  return readdirSync(nvidia).map((name) => path.join(nvidia, name, 'lib'));
}

/** Looks for all of them where the loader would: LD_LIBRARY_PATH, the engine's own packages, the loader's cache. */
export function findGpuLibraries(engine: string | null): FoundLibrary[] {
  const set = (process.env.LD_LIBRARY_PATH ?? '').split(':').filter((folder) => folder !== '');
  const folders = [...set, ...packageFolders(engine)];
  const cache = loaderCache();
  const find = (name: string): string | null =>
    folders.map((folder) => path.join(folder, name)).find((file) => existsSync(file)) ??
    cache.get(name) ??
    null;
  return [
    ...DRIVER.map((name) => ({ name, path: find(name), of: 'driver' as const })),
    ...Object.keys(CUDA).map((name) => ({ name, path: find(name), of: 'engine' as const })),
  ];
}

/** Why TensorFlow found no GPU, as far as that can be told, and what to do. */
export function explainNoGpu(engine: string | null): string {
  const visible = process.env.CUDA_VISIBLE_DEVICES;
  const missing = findGpuLibraries(engine).filter((library) => library.path === null);
  const ofDriver = missing.filter(({ of }) => of === 'driver').map(({ name }) => name);
  const ofEngine = missing.filter(({ of }) => of === 'engine').map(({ name }) => name);
  const reasons = [
    ...(visible === '' || visible?.startsWith('-') === true
      ? [`CUDA_VISIBLE_DEVICES='${visible}' hides every GPU: unset it.`]
      : []),
    ...(ofDriver.length > 0
      ? [
          `Not found of the driver: ${ofDriver.join(', ')}. Install it whole, or put its folder into LD_LIBRARY_PATH.`,
        ]
      : []),
    ...(ofEngine.length > 0
      ? [
          `Not found of CUDA: ${ofEngine.join(', ')}. Run \`ipcgan engine install --device=cuda\`, or put their folder into LD_LIBRARY_PATH.`,
        ]
      : []),
  ];
  if (reasons.length > 0) return reasons.join(' ');
  return `All libraries were found; CUDA_VISIBLE_DEVICES is ${visible === undefined ? 'not set' : `'${visible}'`}. \`nvidia-smi\` lists the GPUs, and \`TF_CPP_MIN_LOG_LEVEL=0 ipcgan doctor --device=cuda\` has TensorFlow's own words.`;
}
