/** @file The faces on an evaluation's page: the best, median and worst rows. */

import { encodeJpeg, shrinkImage } from '../../images/image';
import type { RgbImage } from '../../images/image';
import { escapeHtml } from '../../pages/charts';
import type { GeneratorScores } from '../evaluate-generator';
import type { Item } from '../score';
import { loadFace } from '../test-set';
import type { Benchmark } from '../benchmark';
import type { EvaluationRecord } from './record';
import { cells } from './tables';

/** Rows of faces in each of best, median and worst. */
const SHOWN = 20;
const FACE_SIDE = 80;
/** Years that count as much as a threshold's distance when rows are ordered. */
const YEARS_A_THRESHOLD = 10;

/** How bad a source's pictures are: distances in thresholds and age errors in tens of years, summed; a picture without a face is worst. */
function badness(items: readonly Item[], benchmark: Benchmark): number {
  const judge = benchmark.references.thresholds.findIndex((threshold) => threshold !== null);
  const age = benchmark.references.judgesAge.findIndex(Boolean);
  return items.reduce(
    (sum, item) =>
      sum +
      (item.distance[judge] ?? 0) / (benchmark.references.thresholds[judge] ?? 1) +
      (item.ageError[age] ?? 0) / YEARS_A_THRESHOLD,
    0,
  );
}

async function picture(image: RgbImage): Promise<string> {
  const jpeg = await encodeJpeg(await shrinkImage(image, { width: FACE_SIDE, height: FACE_SIDE }));
  return `<img src="data:image/jpeg;base64,${jpeg.toString('base64')}" width="${FACE_SIDE}" height="${FACE_SIDE}" alt="">`;
}

async function faceTable(
  record: EvaluationRecord,
  benchmark: Benchmark,
  outcome: GeneratorScores,
  sources: readonly number[],
): Promise<string> {
  const groups = record.groups.length;
  const rows = await Promise.all(
    sources.map(async (at) => {
      const face = benchmark.faces[at];
      if (!face) return '';
      const outputs = await Promise.all(
        outcome.pictures.slice(at * groups, (at + 1) * groups).map(async (image, group) => {
          const item = outcome.items[at * groups + group];
          const caption = item?.isFound
            ? `${item.distance[0]?.toFixed(2) ?? ''}, ${item.age.find((age) => age !== null)?.toFixed(0) ?? '–'} y`
            : 'no face';
          return `${await picture(image)}${caption}`;
        }),
      );
      return cells([
        escapeHtml(String(face.entry.age)),
        await picture(await loadFace(face.file, benchmark.imageSize)),
        ...outputs,
      ]);
    }),
  );
  return `<table class="faces">${cells(['age', 'input', ...record.groups.map(escapeHtml)], 'th')}${rows.join('')}</table>`;
}

/** The best, median and worst rows of faces, with pictures. */
export async function gallery(
  record: EvaluationRecord,
  benchmark: Benchmark,
  outcome: GeneratorScores,
): Promise<string> {
  const groups = record.groups.length;
  const order = benchmark.faces
    .map((_, at) => ({
      at,
      score: badness(outcome.items.slice(at * groups, (at + 1) * groups), benchmark),
    }))
    .sort((a, b) => a.score - b.score || a.at - b.at)
    .map(({ at }) => at);
  const middle = Math.max(0, Math.floor(order.length / 2 - SHOWN / 2));
  const parts = [
    ['Best', order.slice(0, SHOWN)],
    ['Median', order.slice(middle, middle + SHOWN)],
    ['Worst', order.slice(-SHOWN)],
  ] as const;
  const tables = parts.map(
    async ([title, sources]) =>
      `<h3>${title}</h3>${await faceTable(record, benchmark, outcome, sources)}`,
  );
  const rule = `Rows in the order of distance over threshold plus age error over ${YEARS_A_THRESHOLD} years, summed over the targets; below each picture its distance from the input and its estimated age.`;
  return `<h2>Faces</h2><p>${rule}</p>${(await Promise.all(tables)).join('')}`;
}
