// How well faces are found and aligned, on photographs that lie beside the project:
//   node bench/alignment.mjs template  [folder of aligned crops]     positions of the parts, with their spread
//   node bench/alignment.mjs geometry  [folder of aligned crops]     turned, scaled and pasted onto backgrounds, then aligned again
//   node bench/alignment.mjs tight     [folder of tight crops] [n]   share of n random ones in which a face is found
//   TF_NUM_INTRAOP_THREADS=1 node bench/alignment.mjs stages [folder of tight crops] [n]   where the time goes
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';

import path from 'node:path';
import sharp from 'sharp';

const require = createRequire(import.meta.url);
const { decodeImage, encodeJpeg } = require('../dist/images/image.js');
const { createRandom } = require('../dist/statistics/random.js');
const { alignFaces } = require('../dist/faces/align.js');
const { loadFaceFinder } = require('../dist/faces/detect.js');
const { perceptualHash, sharpnessOf } = require('../dist/faces/measure-quality.js');
const { mirrorPadded } = require('../dist/faces/sample.js');
const { warpImage } = require('../dist/faces/warp.js');
const { applySimilarity } = require('../dist/faces/similarity.js');
const { facePartsOf, TEMPLATE, TEMPLATE_FACE, CROP_SIZE } = require('../dist/faces/template.js');

const shared = path.resolve(import.meta.dirname, '../../shared/faces');
const [what = 'geometry', given, count = '1000'] = process.argv.slice(2);
const folder =
  given || path.join(shared, what === 'tight' || what === 'stages' ? 'utkface' : 'cacd-samples');
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(jpe?g|png)$/i.test(name))
  .sort()
  .map((name) => path.join(folder, name));
const { openEngine } = require('../dist/engine/open-engine.js');
await openEngine();
const finder = await loadFaceFinder();
const random = createRandom(1);
const between = (low, high) => low + (high - low) * random.nextFloat();
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const deviation = (values) =>
  Math.sqrt(
    values.reduce((sum, value) => sum + (value - mean(values)) ** 2, 0) / (values.length - 1),
  );
const percentile = (values, p) =>
  [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) * p)];
const distance = (a, b) => Math.hypot(a.x - b.x, a.y - b.y);

async function template() {
  const all = [];
  for (const file of files)
    all.push(facePartsOf(await finder.landmarks(await decodeImage(file), TEMPLATE_FACE)));
  console.log(
    `| part | x | y | spread x | spread y |  (${all.length} crops of ${CROP_SIZE} pixels)`,
  );
  for (const part of Object.keys(TEMPLATE)) {
    const [x, y] = ['x', 'y'].map((axis) => all.map((parts) => parts[part][axis]));
    console.log(
      `| ${part} | ${mean(x).toFixed(1)} | ${mean(y).toFixed(1)} | ${deviation(x).toFixed(1)} | ${deviation(y).toFixed(1)} |`,
    );
  }
}

/** A crop turned and scaled, somewhere on a background of colours; with where its pixels went. */
async function paste(file, angle, scale) {
  const side = Math.round(CROP_SIZE * scale);
  const crop = await sharp(file).resize(side, side).ensureAlpha().toBuffer();
  const turned = await sharp(crop)
    .rotate(angle, { background: '#00000000' })
    .png()
    .toBuffer({ resolveWithObject: true });
  const [width, height] = [
    Math.round(turned.info.width * between(1.2, 2.2)),
    Math.round(turned.info.height * between(1.2, 2.2)),
  ];
  const [left, top] = [
    Math.floor(between(0, width - turned.info.width)),
    Math.floor(between(0, height - turned.info.height)),
  ];
  const colours = Buffer.from(Array.from({ length: 8 * 8 * 3 }, () => Math.floor(between(0, 256))));
  const background = await sharp(colours, { raw: { width: 8, height: 8, channels: 3 } })
    .resize(width, height, { fit: 'fill' })
    .png()
    .toBuffer();
  const data = await sharp(background)
    .composite([{ input: turned.data, left, top }])
    .removeAlpha()
    .raw()
    .toBuffer();
  const [a, b] = [
    Math.cos((angle * Math.PI) / 180) * scale,
    Math.sin((angle * Math.PI) / 180) * scale,
  ];
  const middle = CROP_SIZE / 2;
  const centre = { x: left + turned.info.width / 2, y: top + turned.info.height / 2 };
  const truth = {
    a,
    b,
    tx: centre.x - (a * middle - b * middle),
    ty: centre.y - (b * middle + a * middle),
  };
  return { image: { data, width, height }, truth };
}

async function geometry() {
  const rows = [];
  for (const scale of [0.4, 0.7, 1, 1.4, 2]) {
    for (const angle of [-25, -12, 0, 12, 25]) {
      const row = { scale, angle, tried: 0, found: 0, parts: [], eyesAndMouth: [], moved: [] };
      for (const [i, file] of files.entries()) {
        if (i % 3 !== (row.angle + 25) % 3 && files.length > 100) continue;
        const { image, truth } = await paste(file, angle, scale);
        row.tried++;
        const { faces } = await alignFaces(finder, image, {
          face: 'centre',
          minFace: 64,
          isTight: false,
        });
        if (!faces) continue;
        row.found++;
        const found = facePartsOf(faces[0].landmarks);
        const errors = Object.fromEntries(
          Object.keys(TEMPLATE).map((part) => [
            part,
            distance(found[part], TEMPLATE[part]) / CROP_SIZE,
          ]),
        );
        row.parts.push(mean(Object.values(errors)));
        const { nose, ...rest } = errors;
        row.eyesAndMouth.push(mean(Object.values(rest)));
        // where the corners of the original crop's face come to lie: its own geometry, undisturbed by what the landmarks say
        const corners = [
          [100, 130],
          [300, 130],
          [100, 330],
          [300, 330],
        ].map(([x, y]) => ({ x, y }));
        row.moved.push(
          mean(
            corners.map(
              (p) =>
                distance(applySimilarity(faces[0].transform, applySimilarity(truth, p)), p) /
                CROP_SIZE,
            ),
          ),
        );
      }
      rows.push(row);
    }
  }
  const percent = (values) => `${(100 * mean(values)).toFixed(1)} %`;
  console.log(
    '| scale | turned | found | parts from the template | eyes and mouth | face from where it was in the crop |',
  );
  console.log('| --- | --- | --- | --- | --- | --- |');
  for (const { scale, angle, tried, found, parts, eyesAndMouth, moved } of rows)
    console.log(
      `| ${scale} | ${angle}° | ${found}/${tried} | ${percent(parts)} | ${percent(eyesAndMouth)} | ${percent(moved)} |`,
    );
  const all = (key) => rows.flatMap((row) => row[key]);
  const sum = (key) => rows.reduce((total, row) => total + row[key], 0);
  console.log(
    `| all | | ${sum('found')}/${sum('tried')} = ${((100 * sum('found')) / sum('tried')).toFixed(1)} % | ${percent(all('parts'))} | ${percent(all('eyesAndMouth'))} | ${percent(all('moved'))} |`,
  );
}

async function tight() {
  const some = random.shuffled(files).slice(0, Number(count));
  const started = performance.now();
  const qualities = [];
  const reasons = {};
  for (const file of some) {
    const outcome = await alignFaces(finder, await decodeImage(file), {
      face: 'centre',
      minFace: 64,
      isTight: true,
    });
    if (outcome.faces) qualities.push(outcome.faces[0].quality);
    else if (process.env.NAMES) console.log(file, outcome.reason, outcome.detail);
    if (outcome.reason) reasons[outcome.reason] = (reasons[outcome.reason] ?? 0) + 1;
  }
  const seconds = (performance.now() - started) / 1000;
  console.log(
    `${qualities.length} of ${some.length} found (${((100 * qualities.length) / some.length).toFixed(1)} %), ${(some.length / seconds).toFixed(1)} images/s in one process`,
  );
  console.log('not found:', JSON.stringify(reasons));
  for (const key of ['score', 'size', 'sharpness', 'yaw']) {
    const values = qualities.map((quality) => quality[key]);
    console.log(
      `${key}: ${[0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 1].map((p) => percentile(values, p).toFixed(2)).join(' ')}  (least, 1 %, 5 %, quartiles, 95 %, most)`,
    );
  }
}

/** Milliseconds of each part of the work on one tight crop, on one thread. */
async function stages() {
  const parts = {
    decode: [],
    margin: [],
    detect: [],
    landmarks: [],
    draw: [],
    sharpness: [],
    hash: [],
    encode: [],
  };
  const timed = async (part, work) => {
    const started = performance.now();
    const result = await work();
    parts[part].push(performance.now() - started);
    return result;
  };
  for (const file of random.shuffled(files).slice(0, Number(count))) {
    const image = await timed('decode', () => decodeImage(file));
    const padded = await timed('margin', () => mirrorPadded(image, Math.round(0.75 * image.width)));
    await timed('detect', () => finder.detect(padded, 0.05));
    const crop = await timed('draw', () =>
      warpImage(image, { a: 2, b: 0.1, tx: 0, ty: 0 }, CROP_SIZE),
    );
    await timed('landmarks', () => finder.landmarks(crop, TEMPLATE_FACE));
    await timed('sharpness', () => sharpnessOf(crop));
    await timed('hash', () => perceptualHash(crop));
    await timed('encode', () => encodeJpeg(crop));
  }
  for (const [part, times] of Object.entries(parts))
    console.log(`${part}: ${percentile(times, 0.5).toFixed(1)} ms`);
}

await { template, geometry, tight, stages }[what]();
