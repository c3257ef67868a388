/** @file Tries a generator: every test face at every age group, judged, and placed between the baselines. */

import { tf } from '../engine/tf';
import { concatenated, loadTestImages } from '../data/batches';
import { openFaceAger, pictureOf, toImages } from '../ageing/age-faces';
import type { FaceAger } from '../ageing/age-faces';
import { rowsByLabel } from './by-label';
import type { LabelRow } from './by-label';
import { observe } from './judges/panel';
import type { Observation } from './judges/panel';
import { positionOf } from './position';
import type { Position } from './position';
import { ROWS, rowsOf } from './rows';
import type { Row, RowKind } from './rows';
import { scoreItem } from './score';
import type { Item } from './score';
import type { Benchmark } from './benchmark';
import type { RgbImage } from '../images/pixels';

/** A generator, tried. */
export interface GeneratorScores {
  readonly items: readonly Item[];
  /** By item. */
  readonly pictures: readonly RgbImage[];
  readonly rows: readonly Row[];
  /** The model's figures by the labels of the inputs. */
  readonly byLabel: readonly LabelRow[];
  /** The model's Fréchet distance over all groups in every drawing; null where none is known. */
  readonly frechetReplicates: readonly number[] | null;
  /** By the first judge of people and the first judge of years. */
  readonly position: Position;
}

const BATCH = 8;

/** Every source at every group, in the order of the benchmark's items: sources first, groups within. */
async function ageAll(
  ager: FaceAger,
  benchmark: Benchmark,
  onFace: (done: number, total: number) => void,
): Promise<{ pictures: RgbImage[]; observations: Observation[] }> {
  const { imageSize, faces, panel } = benchmark;
  const groups = benchmark.ageBounds.length + 1;
  const pictures: RgbImage[] = [];
  const observations: Observation[] = [];
  onFace(0, faces.length * groups);
  for (let start = 0; start < faces.length; start += BATCH) {
    const files = faces.slice(start, start + BATCH).map(({ file }) => file);
    const pixels = concatenated([await loadTestImages(files, imageSize)]);
    const sources = tf.tensor4d(pixels, [files.length, imageSize, imageSize, 3]);
    const aged = Array.from({ length: groups }, (_, group) => pictureOf(ager.age(sources, group)));
    const byGroup = await Promise.all(aged.map(toImages));
    const some = files.flatMap((_, i) => byGroup.flatMap((batch) => batch.slice(i, i + 1)));
    tf.dispose([sources, ...aged]);
    observations.push(...(await observe(panel, some)));
    pictures.push(...some);
    onFace(pictures.length, faces.length * groups);
  }
  return { pictures, observations };
}

/**
 * Ages every test face to every group and judges the results.
 * @param generator folded, where there are no companions
 * @param onFace called with the number of finished pictures
 * @param companions [N,S,S,3], whom each face is normalised with; null for the moving averages
 */
export async function scoreGenerator(
  generator: tf.LayersModel,
  benchmark: Benchmark,
  onFace: (done: number, total: number) => void,
  companions: tf.Tensor4D | null = null,
): Promise<GeneratorScores> {
  const groups = benchmark.ageBounds.length + 1;
  const ager = openFaceAger(generator, companions);
  const { pictures, observations } = await ageAll(ager, benchmark, onFace).finally(() =>
    ager.dispose(),
  );
  const items = observations.map((observation, i) => {
    const source = benchmark.sources[Math.floor(i / groups)];
    if (!source) throw new Error(`picture ${i}: expected a source, got none`);
    return scoreItem(source, i % groups, observation, benchmark.references);
  });
  const ofKind = (kind: RowKind): Row[] => benchmark.baselineRows.filter(({ row }) => row === kind);
  const { rows: own, frechetReplicates } = rowsOf('model', items, observations, benchmark.context);
  const rows = ROWS.flatMap((kind) => (kind === 'model' ? own : ofKind(kind)));
  return {
    items,
    pictures,
    rows,
    byLabel: rowsByLabel(
      items,
      benchmark.faces.map(({ entry }) => entry),
      benchmark.groupNames,
      benchmark.context,
    ),
    frechetReplicates,
    position: positionOf(benchmark.panel.judges, items, benchmark.baselines, benchmark.context),
  };
}
