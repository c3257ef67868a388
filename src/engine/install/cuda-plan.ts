/** @file What a CUDA engine needs besides TensorFlow's wheel: read from the wheel's own metadata. */

/** A requirement `name==version` that the wheel pins. */
export interface PinnedWheel {
  readonly name: string;
  readonly version: string;
}

/** What to install beside the wheel, into the folder in which it is unpacked: as siblings, where the library's RUNPATH finds them. */
export interface CudaPlan {
  readonly wheels: readonly PinnedWheel[];
  /** Arguments for `python3 -m pip`; TensorFlow's wheel is not among them, which pip takes for the wheel's own Python only. */
  readonly pipArguments: readonly string[];
}

/** The `nvidia-*` pins of the extra `and-cuda` in a wheel's METADATA. @throws Error when there are none */
export function pinnedCudaWheels(metadata: string): PinnedWheel[] {
  const wheels = metadata.split(/\r?\n/).flatMap((line) => {
    const match =
      /^Requires-Dist:\s*(nvidia[\w.-]*)\s*\(?\s*(==|<|>=)?\s*([\w.]+)[^;]*;.*extra\s*==\s*["']and-cuda["']/.exec(
        line,
      );
    return match?.[1] !== undefined && match[3] !== undefined && match[2] === '=='
      ? [{ name: match[1], version: match[3] }]
      : rangedWheel(line);
  });
  if (wheels.length === 0)
    throw new Error(
      "METADATA: expected pinned nvidia-* packages in the extra 'and-cuda', got none",
    );
  return wheels;
}

/** Newer wheels give ranges `>=12.5.1,<13`; the lower end is what the wheel was built with. */
function rangedWheel(line: string): PinnedWheel[] {
  const match =
    /^Requires-Dist:\s*(nvidia[\w.-]*)\s*\(?([^;)]*)\)?\s*;.*extra\s*==\s*["']and-cuda["']/.exec(
      line,
    );
  const lower = />=\s*([\w.]+)/.exec(match?.[2] ?? '')?.[1];
  return match?.[1] !== undefined && lower !== undefined
    ? [{ name: match[1], version: lower }]
    : [];
}

/** How to lay out the CUDA libraries of a TensorFlow wheel in `target`. */
export function cudaPlan(metadata: string, target: string): CudaPlan {
  const wheels = pinnedCudaWheels(metadata);
  const requirements = wheels.map(({ name, version }) => `${name}==${version}`);
  return {
    wheels,
    pipArguments: [
      'install',
      '--no-deps',
      '--only-binary=:all:',
      '--no-cache-dir',
      '--target',
      target,
      ...requirements,
    ],
  };
}
