// What the exchanges of a step take between two workers, on networks of several delays and rates, or of one:
// `node bench/two-machines.mjs [REPEATS [DELAY_MS RATE_MBIT]]`, with the delay of one way.
// Needs root, `ip` and Python: each worker runs in a network namespace of its own, and bench/cable.py is the network between them.
// Prints a row for each network: the least and the median of the measured exchanges, and the model of docs/distributed.md.
import { spawn, spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(import.meta.url);
const bench = path.dirname(script);
/** One way in milliseconds, and Mbit/s. */
const NETWORKS = [
  [0, 10_000],
  [1, 1000],
  [10, 100],
];
/** About the parameters of discriminator and generator at `--width=0.25`: an exchange for each. */
const SIZES = [435_000, 124_000];
const MEGABYTES = (4 * SIZES.reduce((a, b) => a + b)) / 1e6;
const PORT = 25_101;
const WARM_UP = 3;

/** One of the two: prints the seconds of every pair of exchanges. */
async function work(cluster, repeats) {
  const require = createRequire(script);
  const { joinTeam } = require('../dist/distributed/team.js');
  const { tf } = require('../dist/engine/tf.js');
  const patience = { joinSeconds: 300, watchSeconds: 30 };
  const team = await joinTeam(cluster, { device: 'cpu' }, patience);
  const seconds = [];
  for (let i = -WARM_UP; i < repeats; i++) {
    const vectors = SIZES.map((size) => tf.zeros([size]));
    const exchange = (vector) =>
      team.during(() => tf.tidy(() => void team.reduce([vector], []).means[0].dataSync()));
    // both begin together
    exchange(tf.scalar(0));
    const started = performance.now();
    for (const vector of vectors) exchange(vector);
    if (i >= 0) seconds.push((performance.now() - started) / 1000);
    tf.dispose(vectors);
  }
  await team.leave();
  console.log(JSON.stringify(seconds));
}

const ip = (...args) => {
  const { status, stderr, error } = spawnSync('ip', args, { encoding: 'utf8' });
  if (status !== 0)
    throw new Error(`ip ${args.join(' ')}: ${error?.message ?? stderr.trim()}. Needs root.`);
};

/** What a process that ends well wrote to stdout. */
const outputOf = (child) =>
  new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (chunk) => (text += chunk));
    child.on('close', (code) =>
      code === 0 ? resolve(text) : reject(new Error(`a worker ended with ${code}: ${text}`)),
    );
  });

/** One network; @returns seconds of the first worker's exchanges, in rising order */
async function measure(names, [delay, rate], repeats) {
  const cable = spawn('python3', [path.join(bench, 'cable.py'), ...names, delay, rate]);
  cable.stderr.pipe(process.stderr);
  await new Promise((resolve, reject) => {
    cable.stdout.once('data', resolve);
    cable.once('close', () => reject(new Error('the cable could not be laid')));
  });
  try {
    const hosts = names.map((_, i) => `10.79.0.${i + 1}:${PORT}`);
    const workers = names.map((name, rank) => {
      const args = ['netns', 'exec', name, process.execPath, script];
      const env = { ...process.env, TF_NUM_INTRAOP_THREADS: '1' };
      return spawn('ip', [...args, 'work', JSON.stringify({ hosts, rank }), repeats], {
        env,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
    });
    const [first] = await Promise.all(workers.map(outputOf));
    return JSON.parse(first).sort((a, b) => a - b);
  } finally {
    cable.removeAllListeners('close');
    cable.kill('SIGKILL');
    await new Promise((resolve) => cable.once('exit', resolve));
  }
}

async function main(repeats, networks) {
  const names = ['a', 'b'].map((end) => `two-${process.pid}-${end}`);
  const row = (cells) => console.log(`| ${cells.join(' | ')} |`);
  try {
    for (const name of names) ip('netns', 'add', name);
    console.log(`two exchanges of ${MEGABYTES} MB together, ${repeats} times`);
    row(['one way', 'rate', 'least', 'median', 'model']);
    row(Array(5).fill('--:'));
    for (const [delay, rate] of networks) {
      const seconds = await measure(names, [delay, rate], repeats);
      // a ring of two workers has two hops an exchange: each carries half of the numbers, and is a question and an answer
      const model = SIZES.length * 2 * 2 * (delay / 1000) + (8 * MEGABYTES) / rate;
      const times = [seconds[0], seconds[seconds.length >> 1], model];
      row([
        `${delay} ms`,
        `${rate} Mbit/s`,
        ...times.map((time) => `${(1000 * time).toFixed(0)} ms`),
      ]);
    }
  } finally {
    for (const name of names) spawnSync('ip', ['netns', 'delete', name]);
  }
}

const words = process.argv.slice(2);
if (words[0] === 'work') await work(JSON.parse(words[1]), Number(words[2]));
else {
  const [repeats = '20', ...network] = words;
  await main(repeats, network.length === 2 ? [network] : NETWORKS);
}
