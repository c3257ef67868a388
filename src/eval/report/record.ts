/** @file `evaluation.json` and `evaluation.csv`: everything that an evaluation found, for programs. */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../../errors';
import { NewerFileError, refuseNewer } from '../../files/format-version';
import { csvOf } from '../../files/csv';
import type { CsvCell } from '../../files/csv';
import type { LabelRow } from '../by-label';
import type { GroupAges } from '../age-accuracy';
import type { GeneratorScores } from '../evaluate-generator';
import type { Position } from '../position';
import type { Row } from '../rows';
import type { Item, Score } from '../score';
import type { Estimate } from '../../statistics/bootstrap';
import type { HeldOutPart } from '../test-set';
import type { Threshold } from '../thresholds';
import type { Benchmark } from '../benchmark';
import type { Calibration, OperatingPoint } from '../../statistics/verification';
import { followedFigures } from './followed-figures';
import { frechetDrawings, storedDrawings } from './frechet-drawings';
import type { FrechetDrawings } from './frechet-drawings';

/** Its name in a report's directory. */
export const RECORD_FILE = 'evaluation.json';
export const RECORD_VERSION = { key: 'version', newest: 1 } as const;

/** What a report says of how it came to be. */
export interface Provenance {
  readonly command: readonly string[];
  /** Of the checkpoint. */
  readonly checkpoint: string;
  readonly step: number | null;
  /** By judge name: where it taught, or was in the loss; absent where it had no part in training. */
  readonly partInTraining: Readonly<Record<string, string>>;
  readonly data: { readonly directory: string; readonly content_hash: string };
  readonly reference: { readonly directory: string; readonly content_hash: string } | null;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, unknown>>;
}

/** A calibration without its distances and drawings. */
type StoredCalibration = Omit<Calibration, 'same' | 'different' | 'points'> & {
  readonly points: readonly Omit<OperatingPoint, 'thresholdReplicates'>[];
};

/** A judge as the record describes it. */
export interface JudgeRecord {
  readonly name: string;
  readonly version: string;
  readonly note: string;
  readonly part_in_training: string | null;
  readonly threshold: Omit<Threshold, 'replicates'> | null;
  readonly calibration: StoredCalibration | null;
  /** By group. */
  readonly real_ages: readonly GroupAges[] | null;
}

/** The content of evaluation.json. */
export interface EvaluationRecord extends Omit<Provenance, 'partInTraining'> {
  readonly version: typeof RECORD_VERSION.newest;
  /** Of the data set, whose faces were aged: figures of `valid` choose, those of `test` are reported. */
  readonly part: HeldOutPart;
  readonly groups: readonly string[];
  readonly test: {
    readonly faces: number;
    readonly people: number;
    readonly without_face: readonly string[];
    readonly real_photographs: number;
  };
  readonly judges: readonly JudgeRecord[];
  /** Name of the judge in whose descriptors the Fréchet distance is; null where there is none. */
  readonly descriptor_space: string | null;
  /** What `--compare` pairs. */
  readonly frechet_drawings: FrechetDrawings | null;
  /** The model's over all groups, by name. */
  readonly figures: Readonly<Record<string, Estimate>>;
  readonly position: Position;
  readonly rows: readonly Row[];
  /** The model's rows by what the data's labels say of the inputs. */
  readonly by_label: readonly LabelRow[];
  /** Every picture of the model; an infinite distance is null. */
  readonly items: readonly Item[];
}

/** All distances would make the file a hundred times as long; the ROC has their shape. */
function withoutDistances({
  people,
  photographs,
  samePairs,
  differentPairs,
  auc,
  points,
  roc,
}: Calibration): StoredCalibration {
  const stored = points.map(({ far, threshold, verified }) => ({ far, threshold, verified }));
  return { people, photographs, samePairs, differentPairs, auc, points: stored, roc };
}

/** The record of one generator. */
export function toRecord(
  benchmark: Benchmark,
  outcome: GeneratorScores,
  { partInTraining, ...provenance }: Provenance,
): EvaluationRecord {
  return {
    version: RECORD_VERSION.newest,
    part: benchmark.part,
    ...provenance,
    groups: benchmark.groupNames,
    test: {
      faces: benchmark.faces.length,
      people: benchmark.context.personIndex.size,
      without_face: benchmark.unusable,
      real_photographs: benchmark.real.length,
    },
    judges: benchmark.panel.judges.map(({ name, version, note }, j) => {
      const calibration = benchmark.calibrations[j] ?? null;
      const threshold = benchmark.thresholds[j] ?? null;
      return {
        name,
        version,
        note,
        part_in_training: partInTraining[name] ?? null,
        threshold: threshold && { distance: threshold.distance, origin: threshold.origin },
        calibration: calibration && withoutDistances(calibration),
        real_ages: benchmark.realAges[j] ?? null,
      };
    }),
    descriptor_space: benchmark.panel.judges[benchmark.context.space?.judge ?? -1]?.name ?? null,
    frechet_drawings: frechetDrawings(benchmark, outcome),
    figures: followedFigures({ ...outcome, judges: benchmark.panel.judges }),
    position: outcome.position,
    rows: outcome.rows,
    by_label: outcome.byLabel,
    items: outcome.items,
  };
}

const FIGURE = ['measure', 'judge', 'value', 'low', 'high', 'n'];
const CSV_HEADINGS = ['row', 'group', ...FIGURE];
const LABEL_HEADINGS = ['label', 'of', ...FIGURE];

type NamedEstimate = readonly [measure: string, judge: string, estimate: Estimate | null];

/** The figures of a score by name, for the model and for the baselines alike. */
function figuresOf(score: Score, judges: readonly JudgeRecord[]): NamedEstimate[] {
  const byJudge = (measure: string, estimates: readonly (Estimate | null)[]): NamedEstimate[] =>
    estimates.map((one, j) => [measure, judges[j]?.name ?? '', one]);
  return [
    ...byJudge('verified', score.verified),
    ...byJudge('distance', score.distance),
    ...byJudge('distance_to_real', score.toReal),
    ...byJudge('age', score.age),
    ...byJudge('age_error', score.ageError),
    ...byJudge('in_group', score.inGroup),
    ['sharpness', '', score.sharpness],
    ['found', '', score.found],
  ];
}

const cellsOf = (place: readonly CsvCell[], figures: readonly NamedEstimate[]): CsvCell[][] =>
  figures.flatMap(([measure, judge, one]) =>
    one === null ? [] : [[...place, measure, judge, one.value, one.low, one.high, one.n]],
  );

/** A line for every figure: row, group, measure, judge, value, low, high, n. */
export function toCsv({ rows, groups, judges }: EvaluationRecord): string {
  const cells = rows.flatMap((row) =>
    cellsOf(
      [row.row, row.group === null ? 'all' : groups[row.group]],
      [...figuresOf(row, judges), ['descriptor_frechet', '', row.frechet]],
    ),
  );
  return csvOf(CSV_HEADINGS, cells);
}

/** The same of the model's figures by the labels of the inputs: label, of, measure, judge, value, low, high, n. */
export function toLabelCsv({ by_label: rows, judges }: EvaluationRecord): string {
  const cells = rows.flatMap((row) =>
    cellsOf(
      [row.label, row.value],
      [
        ...figuresOf(row, judges),
        ...row.span.map((one, j): NamedEstimate => ['span', judges[j]?.name ?? '', one]),
      ],
    ),
  );
  return csvOf(LABEL_HEADINGS, cells);
}

const storedItem = z.object({
  source: z.string(),
  person: z.string(),
  group: z.number(),
  isFound: z.boolean(),
  sharpness: z.number(),
  isVerified: z.array(z.boolean().nullable()),
  ageError: z.array(z.number().nullable()),
  isInGroup: z.array(z.boolean().nullable()),
});

/** JSON has no infinity. */
const storedNumber = z
  .number()
  .nullable()
  .transform((value) => value ?? Infinity);

const storedEstimate = z.object({
  value: storedNumber,
  low: storedNumber,
  high: storedNumber,
  n: z.number(),
});

const storedSchema = z.object({
  version: z.literal(RECORD_VERSION.newest),
  checkpoint: z.string(),
  step: z.number().nullable(),
  groups: z.array(z.string()),
  data: z.object({ directory: z.string(), content_hash: z.string() }),
  judges: z.array(
    z.object({
      name: z.string(),
      version: z.string(),
      // what its opinions were scored by
      threshold: z.object({ distance: z.number() }).nullable().default(null),
      real_ages: z
        .array(z.object({ mean: z.object({ value: storedNumber }).nullable() }))
        .nullable()
        .default(null),
    }),
  ),
  figures: z.record(z.string(), storedEstimate),
  // reports of an earlier version have none
  frechet_drawings: storedDrawings.nullable().default(null),
  items: z.array(storedItem),
});

/** As much of a record as a comparison needs. */
export type StoredRecord = z.infer<typeof storedSchema>;

/** Reads a report's record. @param location its directory, or the file itself. @throws UserError when it is none */
export async function readRecord(location: string): Promise<StoredRecord> {
  const file = location.endsWith('.json') ? location : path.join(location, RECORD_FILE);
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new UserError(
      `--compare: expected a report with ${RECORD_FILE}, got ${location} (${(cause as Error).message}). Make one with \`ipcgan evaluate\`.`,
      { cause },
    );
  });
  try {
    const content: unknown = JSON.parse(text);
    refuseNewer(file, content, RECORD_VERSION);
    return storedSchema.parse(content);
  } catch (cause) {
    if (cause instanceof NewerFileError) throw cause;
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    throw new UserError(
      `${file}: expected the record of an evaluation, got ${reason}. Make it again with \`ipcgan evaluate\`.`,
      { cause },
    );
  }
}
