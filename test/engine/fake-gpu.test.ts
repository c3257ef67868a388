/** What a step asks a GPU for: on a driver that does nothing, where TensorFlow's CUDA build places and launches everything. */

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { engineDirectory } from '../../src/engine/install/paths';
import { temporaryFolders } from '../support/temporary';

const root = path.resolve(__dirname, '../..');
const NAME = 'a step on a GPU that does nothing';
const ENGINE = process.env.IPCGAN_CUDA_ENGINE ?? engineDirectory('cuda');
const LIBRARY = 'libtensorflow_cc.so.2';
const hasEngine = ['lib', 'site/tensorflow'].some((folder) =>
  existsSync(path.join(ENGINE, folder, LIBRARY)),
);
const hasTools = ['gcc', 'nm'].every((tool) => spawnSync(tool, ['--version']).status === 0);
const isBuilt = existsSync(path.join(root, 'dist/cli/index.js'));
const canRun = hasEngine && hasTools && isBuilt;
if (!canRun)
  process.stderr.write(
    `SKIPPED: ${NAME}: it needs gcc, nm, the build, and TensorFlow's CUDA build; \`node bench/fake-gpu/engine.mjs FOLDER\` fetches that, and IPCGAN_CUDA_ENGINE names it\n`,
  );

const newFolder = temporaryFolders();
const BATCH = 2;
const SIZE = 32;
const GROUPS = 5;
const FLOAT = 4;

interface Counted {
  readonly state: string;
  readonly calls: number;
  readonly ops: number;
  readonly launches: number;
  readonly library_calls: number;
  readonly read_backs: number;
  readonly waits: number;
  readonly between_gpus: number;
  readonly casts: number;
  readonly asked: readonly (readonly [string, number, number])[];
}

/** Counts one step op by op, and one as a function, which is all that there is in bfloat16. @param out folder of the GPU that does nothing: made where it is empty */
function countSteps(
  out: string,
  settings: Readonly<Record<string, string>>,
  environment: NodeJS.ProcessEnv = {},
): { readonly opByOp: Counted | undefined; readonly compiled: Counted } {
  const kept = readdirSync(out).length > 0 ? ['--no-make'] : [];
  const flags = Object.entries(settings).map(([name, value]) => `--${name}=${value}`);
  const program = path.join(root, 'bench/fake-gpu/step.mjs');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      program,
      ENGINE,
      out,
      `--batch=${BATCH}`,
      `--size=${SIZE}`,
      '--steps=6',
      '--json',
      ...kept,
      ...flags,
    ],
    { encoding: 'utf8', env: { ...process.env, ...environment } },
  );
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  const [compiled, opByOp] = (JSON.parse(stdout) as Counted[]).reverse();
  return { opByOp, compiled: compiled as Counted };
}

/** Sizes of what was sent, in bytes, and how often each. */
const uploadsOf = ({ asked }: Counted): ReadonlyMap<number, number> =>
  new Map(
    asked.flatMap(([what, calls]) => {
      const [, bytes] = /^upload (\d+)$/.exec(what) ?? [];
      return bytes === undefined ? [] : [[Number(bytes), calls] as const];
    }),
  );

(canRun ? test : test.skip)(
  `${NAME}: sends the batch, reads nothing back, and stays on the one GPU`,
  () => {
    const out = newFolder();
    const steps = countSteps(out, { width: '0.25' }, { IPCGAN_FAKE_GPUS: '2' });
    const opByOp = steps.opByOp as Counted;
    const { compiled } = steps;
    expect(compiled.state).toBe('function');
    expect(compiled.calls).toBe(1);
    const uploads = uploadsOf(compiled);
    const pictures = BATCH * SIZE * SIZE * 3 * FLOAT;
    const batch = new Map([
      // source and real pictures, AlexNet's, both labels, both learning rates
      [pictures, 2],
      [BATCH * 227 * 227 * 3 * FLOAT, 1],
      [BATCH * GROUPS * FLOAT, 2],
      [FLOAT, 2],
    ]);
    for (const [bytes, calls] of batch) expect([bytes, uploads.get(bytes)]).toEqual([bytes, calls]);
    // beside it TensorFlow sends lists of addresses to its own kernels that join many tensors, 8 bytes a tensor
    const others = [...uploads.keys()].filter((bytes) => !batch.has(bytes));
    expect(Math.max(0, ...others)).toBeLessThanOrEqual(8 * 128);
    for (const step of [opByOp, compiled]) {
      expect(step.read_backs).toBe(0);
      expect(step.between_gpus).toBe(0);
      // convolutions and batch norm, on the GPU
      expect(step.library_calls).toBeGreaterThan(100);
    }
    // windows of pictures, whose op for GPUs reads back
    const changed = countSteps(out, {
      width: '0.25',
      fea_loss_weight: '0',
      d_augment: 'true',
    }).compiled;
    expect([changed.state, changed.read_backs]).toEqual(['function', 0]);
    // products in bfloat16: casts are kernels, nothing else changes
    const half = countSteps(out, { width: '0.25', precision: 'bfloat16' }).compiled;
    expect([half.state, half.read_backs, half.between_gpus]).toEqual(['function', 0, 0]);
    expect(half.library_calls).toBe(compiled.library_calls);
    expect(half.casts).toBeGreaterThan(100);
    expect(half.launches).toBeLessThanOrEqual(compiled.launches + half.casts);
    // op by op, no tensor of ones for a gradient
    expect(Math.max(...uploadsOf(opByOp).keys())).toBe(BATCH * 227 * 227 * 3 * FLOAT);
  },
  600_000,
);
