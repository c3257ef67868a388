import { spawn } from 'node:child_process';
import path from 'node:path';

const dist = path.resolve(__dirname, '../../dist/engine');

/** Normalises the same activations again and again, by a product of oneDNN, while signals come; ends 1 when one result differs. */
const CHILD = `
const { tf } = require(${JSON.stringify(path.join(dist, 'tf.js'))});
require(${JSON.stringify(path.join(dist, 'open-engine.js'))}).loadEngine();
let signals = 0;
process.on('SIGWINCH', () => signals++);
const activations = tf.randomNormal([2, 13, 13, 256], 0, 1, 'float32', 1);
const normalized = () => tf.localResponseNormalization(activations, 2, 1, 1e-4, 0.75);
const first = normalized();
const again = () => {
  const differs = tf.tidy(() => tf.any(tf.notEqual(normalized(), first)).dataSync()[0]);
  if (differs) process.exit(1);
  if (signals < 300) setImmediate(again);
  else process.exit(0);
};
console.log('ready');
again();
`;

/** Runs it under signals; @returns how it ended, and what it said on stderr. */
async function underSignals(): Promise<unknown[]> {
  const child = spawn(process.execPath, ['-e', CHILD], { stdio: ['ignore', 'pipe', 'pipe'] });
  let problems = '';
  child.stderr.on('data', (chunk: Buffer) => (problems += chunk.toString()));
  let timer: NodeJS.Timeout | undefined;
  child.stdout.once('data', () => (timer = setInterval(() => child.kill('SIGWINCH'), 1)));
  const ended = await new Promise<unknown[]>((resolve) =>
    child.on('close', (code, signal) => resolve([code, signal])),
  );
  clearInterval(timer);
  return [...ended, problems];
}

test('signals that come while a product is computed leave its result and the memory as they are', async () => {
  // on the stack of the thread, half of the processes break: it depends on where their stack begins
  for (let run = 0; run < 6; run++) expect(await underSignals()).toEqual([0, null, '']);
});
