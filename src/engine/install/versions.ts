/** @file Which native library the engine is made of; the one place to change it. */

/** TensorFlow's version, as PyPI has it. */
export const TENSORFLOW_VERSION = '2.21.0';

/** The wheel's platform; one manylinux wheel serves every glibc from 2.27 on. */
export const WHEEL_TAGS = { python: '3.11', platform: 'manylinux_2_27_x86_64' } as const;

/** Kinds of engine: PyPI's package for each, and its download in megabytes, to show progress against. */
export const BUILDS = {
  cpu: { package: 'tensorflow-cpu', megabytes: 274 },
  cuda: { package: 'tensorflow', megabytes: 572 },
} as const;
export type EngineBuild = keyof typeof BUILDS;

/** What the user may ask for. */
export type Device = 'auto' | EngineBuild;

/** Free space that an installation needs while it runs, in megabytes: the wheel, what is unpacked of it, and the CUDA libraries. */
export const SPACE_MEGABYTES: Readonly<Record<EngineBuild, number>> = { cpu: 1500, cuda: 9000 };
