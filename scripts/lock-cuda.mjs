// Writes src/engine/install/cuda-lock.ts anew: the newest NVIDIA packages that TensorFlow's CUDA wheel takes, and the SHA-256 of each.
// To be run when TensorFlow's version changes, or a newer GPU needs newer packages. node scripts/lock-cuda.mjs   (needs pip 23 or newer)
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const { cudaWheels } = require('../dist/engine/install/cuda-plan.js');
const { BUILDS, TENSORFLOW_VERSION, WHEEL_TAGS } = require('../dist/engine/install/versions.js');

/** Every glibc up to the wheel's own: what is locked must run wherever the wheel does. */
const NEWEST_GLIBC = Number(/_(\d+)_x86/.exec(WHEEL_TAGS.platform)[1]);
const PLATFORMS = [
  ...Array.from({ length: NEWEST_GLIBC - 4 }, (_, i) => `manylinux_2_${NEWEST_GLIBC - i}_x86_64`),
  ...['manylinux2014_x86_64', 'manylinux2010_x86_64', 'manylinux1_x86_64'],
];

/** What pip would install; nothing is. */
function resolved(requirements) {
  const flags = ['--dry-run', '--ignore-installed', '--no-deps', '--only-binary=:all:', '--quiet'];
  const where = ['--target', 'unused', '--python-version', WHEEL_TAGS.python];
  const platforms = PLATFORMS.flatMap((platform) => ['--platform', platform]);
  const report = ['--report', '-'];
  const args = ['-m', 'pip', 'install', ...flags, ...where, ...platforms, ...report];
  const env = { ...process.env, PIP_CONSTRAINT: '/dev/null' };
  const options = {
    encoding: 'utf8',
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 28,
  };
  return JSON.parse(execFileSync('python3', [...args, ...requirements], options)).install;
}

const [wheel] = resolved([`${BUILDS.cuda.package}==${TENSORFLOW_VERSION}`]);
const metadata = wheel.metadata.requires_dist.map((line) => `Requires-Dist: ${line}\n`).join('');
const found = resolved(cudaWheels(metadata).map(({ name, versions }) => `${name}${versions}`));
const lines = found.map(
  ({ metadata: { name, version }, download_info: { archive_info } }) =>
    `  '${name}': {\n    version: '${version}',\n    sha256: '${archive_info.hashes.sha256}',\n  },\n`,
);
const file = path.join(root, 'src/engine/install/cuda-lock.ts');
writeFileSync(
  file,
  `/** @file NVIDIA's packages beside TensorFlow ${TENSORFLOW_VERSION}: made by scripts/lock-cuda.mjs, which see. */

/** Version and SHA-256 of the wheel, by package: the newest that TensorFlow's wheel takes, of ${new Date().toISOString().slice(0, 10)}. */
export const CUDA_LOCK: Readonly<
  Record<string, { readonly version: string; readonly sha256: string }>
> = {
${lines.join('')}};
`,
);
process.stdout.write(`${file}: ${found.length} packages\n`);
