/** @file Says what computes here, and what is wrong with it. */

import { spawnSync } from 'node:child_process';
import { statfsSync } from 'node:fs';
import { availableParallelism, freemem, totalmem } from 'node:os';
import sharp from 'sharp';
import { explainNoGpu, findGpuLibraries } from './gpu-libraries';
import type { FoundLibrary } from './gpu-libraries';
import { checkEngine } from './install/check';
import { buildFor, engineRoot, hasNvidiaDriver, linkedEngine, readComplete } from './install/paths';
import { checkDevice } from './install/install';
import { hasNativeCode } from './install/native-code';
import { checkProcessor } from './install/processor';
import type { Device } from './install/versions';
import { gpuPrecision } from './precision';

const GIGABYTE = 1e9;

/** Everything that the doctor looks at; `problems` is empty on a healthy machine. */
export interface DoctorReport {
  readonly node: string;
  readonly engine: {
    readonly version: string | null;
    readonly path: string | null;
    readonly cache: string;
  };
  readonly device: { readonly asked: Device; readonly used: string | null; readonly why: string };
  readonly threads: number;
  readonly onednn: boolean;
  readonly sharp: string;
  readonly disk_free_gb: number;
  readonly memory_gb: { readonly total: number; readonly free: number };
  /** Where a GPU is asked for, or has a driver; else null. */
  readonly gpu: GpuReport | null;
  readonly problems: readonly string[];
}

/** What there is of a GPU. */
export interface GpuReport {
  /** As nvidia-smi lists them: name, memory, driver, compute capability; null where it is not there. */
  readonly gpus: readonly string[] | null;
  readonly visible: string | null;
  /** Whether products and convolutions may round to TF32. */
  readonly tf32: string;
  readonly libraries: readonly FoundLibrary[];
}

function listGpus(): string[] | null {
  const query = '--query-gpu=name,memory.total,driver_version,compute_cap';
  const { status, stdout } = spawnSync('nvidia-smi', [query, '--format=csv,noheader'], {
    encoding: 'utf8',
  });
  return status === 0 ? stdout.trim().split('\n') : null;
}

function gpuReport(engine: string | null): GpuReport {
  return {
    gpus: listGpus(),
    visible: process.env.CUDA_VISIBLE_DEVICES ?? null,
    tf32:
      gpuPrecision() === 'float32'
        ? 'off (NVIDIA_TF32_OVERRIDE=0)'
        : 'on where the GPU has it (--precision=float32 turns it off)',
    libraries: findGpuLibraries(engine),
  };
}

function freeDisk(folder: string): number {
  for (const candidate of [folder, process.cwd()]) {
    try {
      const { bavail, bsize } = statfsSync(candidate);
      return (bavail * bsize) / GIGABYTE;
    } catch {
      // the cache is not there before the first installation
    }
  }
  return NaN;
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** Looks at everything; a broken engine is reported, not thrown. */
export async function doctorReport(asked: Device): Promise<DoctorReport> {
  const problems: string[] = [];
  const directory = linkedEngine();
  const attempt = (check: () => void): boolean => {
    try {
      check();
      return true;
    } catch (error) {
      problems.push(messageOf(error));
      return false;
    }
  };
  const canRun = attempt(checkProcessor);
  const checked =
    directory === null || !canRun
      ? null
      : await checkEngine().catch((error: unknown) => void problems.push(messageOf(error)));
  if (directory === null) problems.push('no engine is linked; run `ipcgan engine install`');
  else if (checked?.device === 'cpu' && !hasNativeCode(directory))
    problems.push(
      `${directory}: ops of our own are not compiled for this processor, and everything is slower; run \`ipcgan engine install\` where g++ is`,
    );
  attempt(() => checkDevice(asked));
  if (asked === 'cuda' && checked?.device === 'cpu')
    problems.push(
      `--device=cuda: expected TensorFlow to find a GPU, got the CPU. ${explainNoGpu(directory)}`,
    );
  const why = hasNvidiaDriver() ? 'an NVIDIA driver is loaded' : 'no NVIDIA driver is loaded';
  const round = (value: number): number => Math.round(value * 10) / 10;
  return {
    node: process.version,
    engine: {
      version: readComplete(directory ?? '')?.tensorflow ?? null,
      path: directory,
      cache: engineRoot(),
    },
    device: {
      asked,
      used: checked?.device ?? null,
      why: `${why}; --device=auto means ${buildFor('auto')}`,
    },
    threads: availableParallelism(),
    onednn: (process.env.TF_ENABLE_ONEDNN_OPTS ?? '1') !== '0',
    sharp: sharp.versions.vips,
    disk_free_gb: round(freeDisk(engineRoot())),
    memory_gb: { total: round(totalmem() / GIGABYTE), free: round(freemem() / GIGABYTE) },
    gpu: asked === 'cuda' || hasNvidiaDriver() ? gpuReport(directory) : null,
    problems,
  };
}

/** What is said of a GPU, by line. */
function gpuLines({ gpus, visible, tf32, libraries }: GpuReport): [string, string][] {
  const named = (isThere: boolean): string =>
    libraries
      .filter((library) => (library.path !== null) === isThere)
      .map(({ name }) => name)
      .join(', ') || 'none';
  return [
    ...(gpus ?? ['nvidia-smi is not there or fails']).map((gpu): [string, string] => ['GPU', gpu]),
    ['visible', visible === null ? 'CUDA_VISIBLE_DEVICES is not set: the first' : `'${visible}'`],
    ['TF32', tf32],
    ['found', named(true)],
    ['missing', named(false)],
  ];
}

/** The report as lines. */
export function formatDoctor(report: DoctorReport): string {
  const { engine, device, memory_gb: memory } = report;
  const lines = [
    ['Node', report.node],
    [
      'engine',
      engine.path === null ? 'none' : `TensorFlow ${engine.version ?? 'unknown'} in ${engine.path}`,
    ],
    ['device', `${device.used ?? 'none'} (${device.why})`],
    ['threads', String(report.threads)],
    ['oneDNN', report.onednn ? 'on' : 'off'],
    ['sharp', report.sharp],
    ['disk', `${report.disk_free_gb} GB free`],
    ['memory', `${memory.free} of ${memory.total} GB free`],
    ...(report.gpu === null ? [] : gpuLines(report.gpu)),
  ].map(([name, value]) => `${(name ?? '').padEnd(8)} ${value ?? ''}`);
  return [
    ...lines,
    ...(report.problems.length > 0
      ? report.problems.map((problem) => `problem: ${problem}`)
      : ['all is well']),
  ].join('\n');
}
