/** @file The faces on an evaluation's page: the best, median and worst rows. */

import { html, table, tableRow } from '../../pages/html';
import type { Html } from '../../pages/html';
import { inlinePicture } from '../../pages/inline-picture';
import type { GeneratorScores } from '../evaluate-generator';
import type { Item } from '../score';
import { loadFace } from '../test-set';
import type { Benchmark } from '../benchmark';
import type { EvaluationRecord } from './record';

/** Rows of faces in each of best, median and worst. */
const SHOWN = 20;
/** In pixels. */
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

/** Distance from the input and estimated age of a picture. */
function captionOf(item: Item | undefined): string {
  if (!item?.isFound) return 'no face';
  const age = item.age.find((years) => years !== null);
  return `${item.distance[0]?.toFixed(2) ?? ''}, ${age?.toFixed(0) ?? '–'} y`;
}

/** A row a source: its age, itself, and what it was turned into at every age. */
async function faceTable(
  record: EvaluationRecord,
  benchmark: Benchmark,
  outcome: GeneratorScores,
  sources: readonly number[],
): Promise<Html> {
  const groups = record.groups.length;
  const rows = sources.map(async (at) => {
    const face = benchmark.faces[at];
    if (!face) return [];
    const input = await loadFace(face.file, benchmark.imageSize);
    const outputs = outcome.pictures
      .slice(at * groups, (at + 1) * groups)
      .map(async (image, group) => {
        const caption = captionOf(outcome.items[at * groups + group]);
        return html`${await inlinePicture(image, FACE_SIDE)}${caption}`;
      });
    return [
      tableRow([
        face.entry.age,
        await inlinePicture(input, FACE_SIDE),
        ...(await Promise.all(outputs)),
      ]),
    ];
  });
  return table({
    className: 'faces',
    head: ['age', 'input', ...record.groups],
    rows: (await Promise.all(rows)).flat(),
  });
}

/** The best, median and worst rows of faces, with pictures. */
export async function gallery(
  record: EvaluationRecord,
  benchmark: Benchmark,
  outcome: GeneratorScores,
): Promise<Html> {
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
      html`<h3>${title}</h3>
        ${await faceTable(record, benchmark, outcome, sources)}`,
  );
  return html`<h2>Faces</h2>
    <p>
      Rows in the order of distance over threshold plus age error over ${YEARS_A_THRESHOLD} years,
      summed over the targets; below each picture its distance from the input and its estimated age.
    </p>
    ${await Promise.all(tables)}`;
}
