/** @file What this machine's processor can do. */

import { readFileSync } from 'node:fs';
import { MachineError } from '../../errors';

/** What the kernel says of the processors; empty where it says nothing. */
export function readCpuInfo(): string {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return '';
  }
}

/** The features of the first processor by the kernel's names, such as `avx2`; null where they are not told. */
export function processorFeatures(cpuInfo: string = readCpuInfo()): ReadonlySet<string> | null {
  const line = /^flags\s*:(.*)$/m.exec(cpuInfo)?.[1];
  return line === undefined ? null : new Set(line.trim().split(/\s+/));
}

/**
 * TensorFlow's library is compiled for processors with AVX, and ends any other process that loads it with an illegal instruction.
 * @throws MachineError where the processor is known to lack it
 */
export function checkProcessor(cpuInfo: string = readCpuInfo()): void {
  if (processorFeatures(cpuInfo)?.has('avx') !== false) return;
  const model = /^model name\s*:\s*(.+)$/m.exec(cpuInfo)?.[1] ?? 'a processor';
  throw new MachineError(
    `engine: expected a processor with AVX, for which TensorFlow is compiled, got ${model} without it. Use another machine; a virtual machine must be given the processor of its host (QEMU: \`-cpu host\`).`,
  );
}
