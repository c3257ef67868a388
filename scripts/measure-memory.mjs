// How memory grows over many pictures of mixed sizes and formats, worker processes included: train's loader alone, `prepare` with and without
// --aligned, `bench data` and `train`. One line of JSON; flat is what gains next to nothing a picture, and whose later half peaks where the first did.
// node scripts/measure-memory.mjs [PICTURES [PART…]]   PART: loader, prepare_aligned, prepare, bench_data, train; all when none is named
import { spawn } from 'node:child_process';
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const built = (file) => require(path.join(root, 'dist', file));
const sharp = require('sharp');
const { createBatchLoader } = built('data/batches.js');
const { createSampler } = built('data/sampler.js');
const { openEngine } = built('engine/open-engine.js');
const { drawFace } = built('data/sources/synthetic/draw.js');
const { inventPerson } = built('data/sources/synthetic/person.js');
const { drawScene } = built('data/sources/synthetic/scene.js');
const { createRandom } = built('statistics/random.js');

const [count = '3000', ...parts] = process.argv.slice(2);
const pictures = Number(count);
const BATCH = 8;
/** A source and a real picture each. */
const PICTURES_A_STEP = 2 * BATCH;
/** Fewest steps whose slope says anything. */
const STEPS = Math.max(60, Math.ceil(pictures / PICTURES_A_STEP));
const SAMPLE_MS = 200;
/** The loader is measured by itself, in a process that has drawn nothing. */
const LOADER_OF = '--loader-of=';

const FORMATS = [
  ['jpg', (picture) => picture.jpeg()],
  ['png', (picture) => picture.png({ compressionLevel: 1 })],
  ['webp', (picture) => picture.webp({ effort: 0 })],
  ['jpg', (picture) => picture.greyscale().jpeg()],
  ['jpg', (picture) => picture.toColourspace('cmyk').jpeg()],
  ['png', (picture) => picture.toColourspace('rgb16').png({ compressionLevel: 1 })],
  ['tif', (picture) => picture.tiff({ compression: 'lzw' })],
  ['gif', (picture) => picture.gif({ effort: 1 })],
  ['jpg', (picture) => picture.rotate(90).jpeg().withMetadata({ orientation: 8 })],
];
/** Every so many pictures one as a camera takes it. */
const LARGE_EVERY = 40;

/** Pictures that are drawn; the rest are the same under other names, which are decoded and examined like any other. */
const DRAWN = 360;
/** Faces that are drawn, to be found on pictures of which no two look alike. */
const FACES = 40;
const FACE_SIDE = 400;
const drawnFaces = () =>
  Promise.all(
    Array.from({ length: FACES }, (_, i) => {
      const random = createRandom(i + 1);
      const svg = drawFace(inventPerson(i, random), 12 + i, drawScene(random));
      return sharp(Buffer.from(svg)).flatten().png().toBuffer();
    }),
  );

/** Copies are of one person at one age. */
const nameOf = (i, extension) =>
  `${12 + (i % 60)}_Person${i % 120}_${String(i).padStart(5, '0')}.${extension}`;

/** A face before colours that run into each other, each picture of another size and format. */
async function draw(images, faces, i) {
  const side = i % LARGE_EVERY === 0 ? 2400 : 160 + ((i * 37) % 500);
  const height = Math.round(side * (1 + ((i * 53) % 50) / 100));
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${height}"><defs><linearGradient id="g" gradientTransform="rotate(${i % 90})"><stop stop-color="hsl(${i * 7},60%,40%)"/><stop offset="1" stop-color="hsl(${i * 13},50%,70%)"/></linearGradient></defs><rect width="100%" height="100%" fill="url(#g)"/><circle cx="${(i * 31) % side}" cy="${(i * 17) % height}" r="${side / 5}" fill="hsl(${i * 29},50%,50%)"/></svg>`;
  const face = await sharp(faces[i % FACES])
    .resize(Math.min(FACE_SIDE, Math.round(side / 2)))
    .toBuffer();
  const whole = await sharp(Buffer.from(svg))
    .flatten()
    .composite([{ input: face }])
    .toBuffer();
  const [extension, encode] = FORMATS[i % FORMATS.length];
  const first = path.join(images, nameOf(i, extension));
  writeFileSync(first, await encode(sharp(whole)).toBuffer());
  for (let copy = i + DRAWN; copy < pictures; copy += DRAWN)
    linkSync(first, path.join(images, nameOf(copy, extension)));
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

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
/** Least squares over the later half: the first fills caches. @returns kB a picture */
function slope(later) {
  const [x, y] = [mean(later.map(([at]) => at)), mean(later.map(([, mb]) => mb))];
  const covariance = mean(later.map(([at, mb]) => (at - x) * (mb - y)));
  return (1024 * covariance) / mean(later.map(([at]) => (at - x) ** 2));
}
function summary(samples) {
  const middle = samples.at(-1)[0] / 2;
  const peak = (part) => Math.round(Math.max(...part.map(([, mb]) => mb)));
  const later = samples.filter(([at]) => at >= middle);
  return {
    pictures: samples.at(-1)[0],
    samples: samples.length,
    peak_mb_of_halves: [peak(samples.filter(([at]) => at < middle)), peak(later)],
    kb_a_picture: Number(slope(later).toPrecision(2)),
  };
}

const CLI = path.join(root, 'dist/cli/index.js');

/** Runs a script. @param onTick called with its process id as it runs @returns its stdout */
async function run(script, flags, onTick = () => undefined) {
  const child = spawn(process.execPath, [script, ...flags]);
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'])
    child[stream].on('data', (chunk) => (said[stream] += chunk));
  const timer = setInterval(() => onTick(child.pid), SAMPLE_MS);
  const status = await new Promise((resolve) => child.on('close', resolve));
  clearInterval(timer);
  if (status !== 0)
    throw new Error(`${path.basename(script)} ${flags.join(' ')}: ${status}\n${said.stderr}`);
  return said.stdout;
}

/** Memory of a command by the lines of a file that it writes below a directory. */
async function follow(flags, directory, file, picturesALine) {
  const samples = [];
  await run(CLI, flags, (pid) => {
    let found;
    try {
      found = readdirSync(directory, { recursive: true }).find((name) => file.test(name));
    } catch {
      return;
    }
    if (found === undefined) return;
    const lines = readFileSync(path.join(directory, found), 'utf8').split('\n').length - 1;
    const mb = residentMb(pid);
    if (lines > 0 && mb > 0) samples.push([lines * picturesALine, mb]);
  });
  return summary(samples);
}

/** The threads of train's loader in this process, which has opened the engine as `train` does, and makes no steps. */
async function followLoader(images) {
  await openEngine({ device: 'cpu' });
  const names = readdirSync(images);
  const half = names.length / 2;
  const lists = { sources: names, groups: [names.slice(0, half), names.slice(half)] };
  const order = { batchSize: BATCH, seed: 1, freshSources: false, isLabelledByPicture: false };
  const sampler = createSampler(
    {
      ...lists,
      pairs: [
        [0, 1],
        [1, 0],
      ],
    },
    { ...order, isAugmented: true },
  );
  const reading = { rootFolder: images, imageSize: 128, withSource227: true };
  const loader = createBatchLoader(sampler, reading);
  const samples = [];
  for (let step = 1; step <= STEPS; step++) {
    await loader.next();
    samples.push([step * PICTURES_A_STEP, process.memoryUsage.rss() / 2 ** 20]);
  }
  return summary(samples);
}

/** Draws the pictures, and measures the parts that are asked for, or all. */
async function measure() {
  const folder = mkdtempSync(path.join(tmpdir(), 'memory-'));
  const images = path.join(folder, 'images');
  const aligned = path.join(folder, 'aligned');
  const journal = /journal.*jsonl$/;
  const timed = ['bench', 'data', `--data=${aligned}`, '--width=0.125', `--steps=${STEPS}`];
  const runDir = path.join(folder, 'run');
  const train = ['train', `--data=${aligned}`, `--checkpoint_dir=${runDir}`, '--width=0.125'];
  train.push(`--max_steps=${STEPS}`, '--batch_size=8', '--log_every=1');
  // the perceptual networks take most of a step's time, and `bench data` has them
  train.push('--fea_loss_weight=0', '--age_loss_weight=0');
  train.push('--sample_every=20', '--save_every=20');
  const prepare = (word, out) =>
    follow(['prepare', word, `--images=${images}`, `--out=${out}`], out, journal, 1);
  const measures = {
    loader: async () =>
      JSON.parse(await run(fileURLToPath(import.meta.url), [pictures, `${LOADER_OF}${images}`])),
    // the two below it take its data set
    prepare_aligned: () => prepare('--aligned', aligned),
    bench_data: async () => {
      const { rss_growth_mb_per_step: growth } = JSON.parse(await run(CLI, [...timed, '--json']));
      const kb = Number(((1000 * growth) / PICTURES_A_STEP).toPrecision(2));
      return { pictures: STEPS * PICTURES_A_STEP, kb_a_picture: kb };
    },
    train: () => follow(train, runDir, /^metrics\.jsonl$/, PICTURES_A_STEP),
    prepare: () => prepare('folder', path.join(folder, 'data')),
  };
  const found = {};
  try {
    mkdirSync(images);
    const faces = await drawnFaces();
    for (let i = 0; i < Math.min(pictures, DRAWN); i += BATCH)
      await Promise.all(Array.from({ length: BATCH }, (_, k) => draw(images, faces, i + k)));
    for (const [part, measured] of Object.entries(measures)) {
      if (parts.length > 0 && !parts.includes(part)) continue;
      found[part] = await measured();
      process.stderr.write(`${part}: ${JSON.stringify(found[part])}\n`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { pictures, ...found };
}

const loaderOf = parts.find((part) => part.startsWith(LOADER_OF))?.slice(LOADER_OF.length);
const result = loaderOf === undefined ? await measure() : await followLoader(loaderOf);
process.stdout.write(`${JSON.stringify(result)}\n`);
