/** @file Which native library the engine is made of; the one place to change it. */

/** TensorFlow's version, as PyPI has it. */
export const TENSORFLOW_VERSION = '2.21.0';

/** The wheel's platform; one manylinux wheel serves every glibc from 2.27 on. */
export const WHEEL_TAGS = { python: '3.11', platform: 'manylinux_2_27_x86_64' } as const;

/** Kinds of engine: PyPI's package for each, its download in megabytes, to show progress against, and the SHA-256 of its wheel of these tags. */
export const BUILDS = {
  cpu: {
    package: 'tensorflow-cpu',
    megabytes: 274,
    sha256: '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
  },
  cuda: {
    package: 'tensorflow',
    megabytes: 572,
    sha256: '9056fbc9ba04235810b71ae6cbd958a196e8804fb53bbcffbf3e23b56155f124',
  },
} as const;
export type EngineBuild = keyof typeof BUILDS;

/** What the user may ask for. */
export type Device = 'auto' | EngineBuild;

/** Free space that an installation needs while it runs, in megabytes: the wheel, what is unpacked of it, and the CUDA libraries. */
export const SPACE_MEGABYTES: Readonly<Record<EngineBuild, number>> = { cpu: 1500, cuda: 9000 };
