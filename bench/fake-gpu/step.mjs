// What one training step asks a GPU for, and how long the host takes, on the GPU that does nothing.
// node bench/fake-gpu/step.mjs ENGINE OUT [--batch=8] [--size=128] [--steps=12] [--names] [--json] [--KEY=VALUE of `train`...]
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { environmentOf, makeFakeGpu } from './make.mjs';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  strict: false,
  options: {
    names: { type: 'boolean' },
    json: { type: 'boolean' },
    'no-make': { type: 'boolean' },
  },
});
const [engine, out] = positionals.map((folder) => path.resolve(folder));
if (!out) {
  process.stderr.write(
    'usage: step.mjs ENGINE OUT [--batch=8] [--size=128] [--steps=12] [--names] [--json]; engine.mjs makes ENGINE\n',
  );
  process.exit(2);
}
// what is there already may be kept: TensorFlow's names are looked up in 1.3 GB
if (!values['no-make']) await makeFakeGpu(engine, out);
const { names, json, 'no-make': _, ...settings } = values;
const checkout = path.join(out, 'checkout');
// op by op there is no bfloat16
const modes = settings.precision === 'bfloat16' ? ['auto'] : ['off', 'auto'];
const results = modes.map((compile) => {
  const program = path.join(checkout, 'bench/fake-gpu/counted-step.cjs');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [program, checkout, JSON.stringify({ ...settings, compile })],
    {
      // every tensor's memory is asked for by itself: what is live is seen
      env: { ...environmentOf(engine, out), TF_GPU_ALLOCATOR: 'cuda_malloc' },
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    },
  );
  if (status !== 0) throw new Error(`counted-step.cjs: exit code ${status}\n${stderr}`);
  process.stderr.write(stderr);
  return JSON.parse(stdout.trim().split('\n').at(-1));
});
if (json) process.stdout.write(`${JSON.stringify(results)}\n`);
else {
  const keys = Object.keys(results[0]).filter((key) => key !== 'asked');
  for (const key of keys)
    process.stdout.write(
      `${key.padEnd(22)} ${results.map((result) => String(result[key]).padStart(12)).join('')}\n`,
    );
  if (names)
    for (const { compile, asked } of results) {
      process.stdout.write(`\n--compile=${compile}\n`);
      for (const [what, calls, bytes] of [...asked].sort((a, b) => b[1] - a[1]))
        process.stdout.write(
          `${String(calls).padStart(6)} ${String(bytes).padStart(12)}  ${what.slice(0, 200)}\n`,
        );
    }
}
