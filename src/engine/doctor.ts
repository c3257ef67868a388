/** @file Says what computes here, and what is wrong with it. */

import { statfsSync } from 'node:fs';
import { availableParallelism, freemem, totalmem } from 'node:os';
import sharp from 'sharp';
import { checkEngine } from './install/check';
import { buildFor, engineRoot, hasNvidiaDriver, linkedEngine, readComplete } from './install/paths';
import { checkDevice } from './install/install';
import { hasNativeCode } from './install/native-code';
import { checkProcessor } from './install/processor';
import type { Device } from './install/versions';

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
  readonly problems: readonly string[];
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
    problems,
  };
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
  ].map(([name, value]) => `${(name ?? '').padEnd(8)} ${value ?? ''}`);
  return [
    ...lines,
    ...(report.problems.length > 0
      ? report.problems.map((problem) => `problem: ${problem}`)
      : ['all is well']),
  ].join('\n');
}
