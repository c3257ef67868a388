/** @file What a CUDA engine needs besides TensorFlow's wheel: read from the wheel's own metadata. */

/** A package that the wheel requires. */
export interface CudaWheel {
  readonly name: string;
  /** The versions that it takes, as pip has them, such as `>=12.5.3.2,<13.0`. */
  readonly versions: string;
}

/** What to install beside the wheel, into the folder in which it is unpacked: as siblings, where the library's RUNPATH finds them. */
export interface CudaPlan {
  readonly wheels: readonly CudaWheel[];
  /** Arguments for `python3 -m pip`; TensorFlow's wheel is not among them, which pip takes for the wheel's own Python only. */
  readonly pipArguments: readonly string[];
}

/** A requirement's name, its versions with or without brackets, and its marker. */
const REQUIREMENT = /^Requires-Dist:\s*(nvidia[\w.-]*?)\s*\(?\s*([<>=!~][^;()]*?)?\s*\)?\s*;(.*)$/;
const OF_CUDA = /\bextra\s*==\s*["']and-cuda["']/;

/** One condition on versions, such as `<13.0`. */
const CONDITION = /^(==|!=|<=|>=|<|>|~=)\s*[\w.*+!-]+$/;

/**
 * The `nvidia-*` packages of the extra `and-cuda` in a wheel's METADATA, with all versions that it allows: pip takes the newest, which knows
 * the newest GPUs. @throws Error when there are none, or one whose versions nobody understands
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

/** How to lay out the CUDA libraries of a TensorFlow wheel in `target`. */
export function cudaPlan(metadata: string, target: string): CudaPlan {
  const wheels = cudaWheels(metadata);
  return {
    wheels,
    pipArguments: [
      'install',
      '--no-deps',
      '--only-binary=:all:',
      '--no-cache-dir',
      '--target',
      target,
      ...wheels.map(({ name, versions }) => `${name}${versions}`),
    ],
  };
}
