// How memory grows over many pictures of mixed sizes and formats: what train's loader decodes, and `prepare --aligned`, worker processes included.
// node scripts/measure-memory.mjs [PICTURES]
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const sharp = require('sharp');
const { createBatchLoader } = require(path.join(root, 'dist/data/batches.js'));
const { createSampler } = require(path.join(root, 'dist/data/sampler.js'));

const pictures = Number(process.argv[2] ?? 3000);
const BATCH = 8;
const folder = mkdtempSync(path.join(tmpdir(), 'memory-'));
const images = path.join(folder, 'images');
require('node:fs').mkdirSync(images);

/** Each of another size, colour and format, with a gradient so that none is a copy of another. */
async function draw(i) {
  const width = 120 + ((i * 37) % 500);
  const height = 120 + ((i * 53) % 500);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><defs><linearGradient id="g"><stop stop-color="hsl(${i * 7},60%,40%)"/><stop offset="1" stop-color="hsl(${i * 13},50%,70%)"/></linearGradient></defs><rect width="100%" height="100%" fill="url(#g)"/><circle cx="${i % width}" cy="${(i * 3) % height}" r="40"/></svg>`;
  const picture = sharp(Buffer.from(svg)).flatten();
  const [extension, encoded] = [
    ['jpg', picture.jpeg()],
    ['png', picture.png({ compressionLevel: 1 })],
    ['webp', picture.webp({ effort: 0 })],
    ['jpg', picture.greyscale().jpeg()],
    ['jpg', picture.toColourspace('cmyk').jpeg()],
  ][i % 5];
  const name = `${15 + (i % 50)}_Person${i % 100}_${String(i).padStart(5, '0')}.${extension}`;
  writeFileSync(path.join(images, name), await encoded.toBuffer());
  return name;
}

/** Resident memory of a process and its children, in MB. */
function residentMb(pid) {
  try {
    const own = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0;
    const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean),
    );
    return Number(own) / 1024 + children.reduce((sum, child) => sum + residentMb(child), 0);
  } catch {
    return 0;
  }
}

/** Least squares over the second half: the first fills caches. @returns kB a picture */
function slope(samples) {
  const half = samples.slice(Math.floor(samples.length / 2));
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(half.map(([at]) => at)), mean(half.map(([, mb]) => mb))];
  const covariance = mean(half.map(([at, mb]) => (at - x) * (mb - y)));
  return (1024 * covariance) / mean(half.map(([at]) => (at - x) ** 2));
}
const summary = (samples) => ({
  samples: samples.length,
  peak_mb: Math.round(Math.max(...samples.map(([, mb]) => mb))),
  last_mb: Math.round(samples.at(-1)[1]),
  kb_a_picture: Number(slope(samples).toPrecision(2)),
});

const names = [];
for (let i = 0; i < pictures; i += BATCH)
  names.push(...(await Promise.all(Array.from({ length: BATCH }, (_, k) => draw(i + k)))));

const half = names.length / 2;
const sampler = createSampler(
  {
    sources: names,
    groups: [names.slice(0, half), names.slice(half)],
    pairs: [
      [0, 1],
      [1, 0],
    ],
  },
  { batchSize: BATCH, seed: 1, freshSources: false, isAugmented: true, isLabelledByPicture: false },
);
const loader = createBatchLoader(sampler, {
  rootFolder: images,
  imageSize: 128,
  withSource227: true,
});
const load = [];
// a source and a real picture each
for (let decoded = 0; decoded < pictures; decoded += 2 * BATCH) {
  await loader.next();
  load.push([decoded, process.memoryUsage.rss() / 2 ** 20]);
}

const flags = ['prepare', '--aligned', `--images=${images}`, `--out=${path.join(folder, 'data')}`];
const child = spawn(process.execPath, [path.join(root, 'dist/cli/index.js'), ...flags], {
  stdio: ['ignore', 'ignore', 'pipe'],
});
let said = '';
child.stderr.on('data', (chunk) => (said += chunk));
const prepare = [];
const timer = setInterval(() => {
  const journal = readdirSync(folder, { recursive: true }).find((name) =>
    /journal.*jsonl$/.test(name),
  );
  const done = journal
    ? readFileSync(path.join(folder, journal), 'utf8').split('\n').length - 1
    : 0;
  if (done > 0) prepare.push([done, residentMb(child.pid)]);
}, 200);
const status = await new Promise((resolve) => child.on('close', resolve));
clearInterval(timer);
if (status !== 0) process.stderr.write(said);
const found = {
  pictures: names.length,
  loader: summary(load),
  prepare: prepare.length > 4 ? summary(prepare) : status,
};
process.stdout.write(`${JSON.stringify(found)}\n`);
rmSync(folder, { recursive: true, force: true });
