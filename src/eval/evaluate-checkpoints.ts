/** @file From a checkpoint to its report: loads the generator, tries it, writes evaluation.json, evaluation.csv and report.html. */

import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { createEventWriter } from 'tensorboard-logger-ts';
import type { VerbConfig } from '../config/schema';
import type { tf } from '../engine/tf';
import { LIST_FILES, readList } from '../data/lists';
import { choosingPart } from '../data/dataset';
import type { Dataset } from '../data/dataset';
import { companionsOf } from '../ageing/companions';
import { engineFacts } from '../engine/facts';
import { UserError } from '../errors';
import { scoreGenerator } from './evaluate-generator';
import { evaluationPage, PAGE_FILE } from './report/page';
import { RECORD_FILE, toCsv, toLabelCsv, toRecord } from './report/record';
import type { EvaluationRecord, Provenance } from './report/record';
import { BEST_RULE, bestStep, stepsPage, TEST_FOLDER } from './report/steps-page';
import type { ComparedSteps, StepRecord } from './report/steps-page';
import { PART_NAMES, prepareBenchmark } from './benchmark';
import type { Benchmark } from './benchmark';
import { partsInTraining } from './judges/part-in-training';
import { noteOnBatchNorm, openGenerator } from '../ageing/open-generator';
import type { OpenGenerator } from '../ageing/open-generator';
import { openJudges } from './judges/open-judges';
import { replaceFile } from '../files/durable-write';
import { gitCommit } from '../runs/git-commit';
import { listCheckpoints } from '../weights/checkpoint';
import type { HeldOutPart } from './test-set';

/** Called with what is being judged, and the number of finished ones. */
export type OnFace = (label: string, done: number, total: number) => void;
/** Called with a line that is worth saying, once an evaluation. */
export type OnNote = (note: string) => void;

/** Settings of `evaluate`, with the place of the report resolved. */
export type EvaluateSettings = VerbConfig<'evaluate'> & { readonly out: string };

/** Of the command, not of what is measured; the part is said of every record by itself. */
const NOT_SETTINGS = new Set([
  ...['config', 'json', 'compare', 'real_as_outputs', 'part', 'loader_timeout'],
]);

function provenanceOf(
  settings: EvaluateSettings,
  { label, isAverage }: OpenGenerator,
  dataset: Dataset,
  reference: Dataset | null,
): Omit<Provenance, 'partInTraining'> {
  const shown = {
    ...Object.fromEntries(Object.entries(settings).filter(([name]) => !NOT_SETTINGS.has(name))),
    // what was found, where the command left it open
    generator_weights: isAverage ? 'average' : 'last',
  };
  const described = (set: Dataset) => ({
    directory: set.directory,
    content_hash: set.description.content_hash,
  });
  return {
    command: process.argv.slice(2),
    checkpoint: label,
    step: /-(\d+)$/.exec(label)?.[1] === undefined ? null : Number(/-(\d+)$/.exec(label)?.[1]),
    data: described(dataset),
    reference: reference && described(reference),
    settings: shown,
    environment: {
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
      ...engineFacts(),
      git_commit: gitCommit(),
    },
  };
}

/** The first training faces of a data set, by name. */
async function trainingCompanions(
  { directory, rootFolder }: Dataset,
  imageSize: number,
): Promise<tf.Tensor4D> {
  const train = await readList(path.join(directory, LIST_FILES.sources('train')));
  return companionsOf(
    rootFolder,
    train.map(({ name }) => name).sort(),
    imageSize,
    '--batch_norm=batch',
  );
}

async function report(
  out: string,
  loaded: OpenGenerator,
  benchmark: Benchmark,
  companions: tf.Tensor4D | null,
  provenance: Provenance,
  onFace: (done: number, total: number) => void,
): Promise<EvaluationRecord> {
  const generator = companions ? loaded.generator : loaded.record.fold(loaded.generator);
  try {
    const outcome = await scoreGenerator(generator, benchmark, onFace, companions);
    const record = toRecord(benchmark, outcome, provenance);
    await mkdir(out, { recursive: true });
    await replaceFile(path.join(out, RECORD_FILE), `${JSON.stringify(record)}\n`);
    await replaceFile(path.join(out, 'evaluation.csv'), toCsv(record));
    await replaceFile(path.join(out, 'by-label.csv'), toLabelCsv(record));
    await replaceFile(path.join(out, PAGE_FILE), await evaluationPage(record, benchmark, outcome));
    return record;
  } finally {
    if (generator !== loaded.generator) generator.dispose();
  }
}

/** As much of a record as programs are told of every checkpoint. */
export type ToldRecord = Pick<
  EvaluationRecord,
  'checkpoint' | 'step' | 'part' | 'figures' | 'position' | 'rows'
>;

/** That much of a record. */
export const toldOf = (record: EvaluationRecord): ToldRecord => {
  const { checkpoint, step, part, figures, position, rows } = record;
  return { checkpoint, step, part, figures, position, rows };
};

/** A page over all steps, a line of curves.json a step, and scalars for TensorBoard. */
async function reportSteps(out: string, run: string, compared: ComparedSteps): Promise<void> {
  const { records, best, test } = compared;
  const steps = {
    best_step: best?.step ?? null,
    rule: BEST_RULE,
    steps: records.map(toldOf),
    test: test && toldOf(test),
  };
  await replaceFile(path.join(out, 'steps.json'), `${JSON.stringify(steps)}\n`);
  await replaceFile(path.join(out, PAGE_FILE), stepsPage(compared, run));
  const writer = createEventWriter({ directory: out });
  for (const record of records)
    for (const [name, { value }] of Object.entries(record.figures))
      writer.scalar(`evaluation/${name}`, value, record.step);
  writer.close();
}

/** The steps of a run. @throws UserError where it has none */
async function stepsOf(directory: string): Promise<readonly number[]> {
  const steps = await listCheckpoints(directory);
  if (steps.length === 0)
    throw new UserError(
      `--all_steps: expected a run with checkpoints, got ${directory}. Give its directory, or leave --all_steps out.`,
    );
  return steps;
}

/** What generators of one run are evaluated with; whoever opened it frees it. */
interface Evaluation {
  readonly benchmarkOn: (part: HeldOutPart) => Promise<Benchmark>;
  /** Evaluates one checkpoint, and writes its report. @param label of what is being judged */
  readonly evaluate: (
    step: number | null,
    benchmark: Benchmark,
    out: string,
    label: string,
  ) => Promise<EvaluationRecord>;
  readonly dispose: () => void;
}

/**
 * Loads judges and what stands beside every face.
 * @param first step, whose generator says size and groups, and how it is to be shown
 */
async function openEvaluation(
  settings: EvaluateSettings,
  dataset: Dataset,
  reference: Dataset | null,
  first: number | null,
  { onFace, onNote }: { readonly onFace: OnFace; readonly onNote: OnNote },
): Promise<Evaluation> {
  const { checkpoint_dir: directory, age_judge: ageJudge } = settings;
  const { faces, real_faces: realFaces, seed, threshold } = settings;
  const open = (step: number | null): Promise<OpenGenerator> =>
    openGenerator(directory, {
      step,
      ageBounds: settings.age_bounds,
      generatorWeights: settings.generator_weights,
    });
  const opened = await open(first);
  opened.dispose();
  const { imageSize, ageBounds } = opened;
  const note = noteOnBatchNorm(opened, settings.batch_norm);
  if (note !== null) onNote(note);
  // a place that cannot be written to is said before anything is computed
  await mkdir(settings.out, { recursive: true });
  const { panel, cache } = await openJudges(settings, dataset, ageBounds);
  try {
    const partInTraining = await partsInTraining(directory, ageJudge);
    const companions =
      settings.batch_norm === 'batch' ? await trainingCompanions(dataset, imageSize) : null;
    const made = { dataset, reference, ageBounds, imageSize, faces, realFaces, seed, threshold };
    return {
      benchmarkOn: (part) => prepareBenchmark(panel, cache, { ...made, part }, onFace),
      evaluate: async (step, benchmark, out, label) => {
        const loaded = await open(step);
        const provenance = {
          ...provenanceOf(settings, loaded, dataset, reference),
          partInTraining,
        };
        return report(out, loaded, benchmark, companions, provenance, (done, total) =>
          onFace(label, done, total),
        ).finally(() => loaded.dispose());
      },
      dispose: () => {
        companions?.dispose();
        panel.dispose();
      },
    };
  } catch (error) {
    panel.dispose();
    throw error;
  }
}

/**
 * Evaluates one checkpoint on the part that the settings name, and writes the reports.
 * @param onFace called with what is being judged and the number of finished ones
 * @param onNote called with a line where the generator is shown otherwise than it was trained
 * @throws UserError where checkpoint, data or weights are not there or do not fit
 */
export async function evaluateCheckpoint(
  settings: EvaluateSettings,
  dataset: Dataset,
  reference: Dataset | null,
  onFace: OnFace,
  onNote: OnNote = () => undefined,
): Promise<EvaluationRecord> {
  const { step, out } = settings;
  // where validation is asked for and there is none, the test part stands in
  const part = settings.part === 'valid' ? choosingPart(dataset, '').part : 'test';
  const evaluation = await openEvaluation(settings, dataset, reference, step, {
    onFace,
    onNote,
  });
  try {
    const benchmark = await evaluation.benchmarkOn(part);
    return await evaluation.evaluate(step, benchmark, out, 'aged faces');
  } finally {
    evaluation.dispose();
  }
}

/** Evaluates one step on the faces of a part. @param folder of its report, beside those of other steps */
export type EvaluateStep = (
  step: number,
  part: HeldOutPart,
  folder: string,
) => Promise<EvaluationRecord>;

/**
 * Compares steps on one part, and evaluates the best of them alone on the test part: once, and not at all where the test part had to
 * choose.
 */
export async function compareSteps(
  steps: readonly number[],
  part: HeldOutPart,
  evaluate: EvaluateStep,
): Promise<ComparedSteps> {
  const records: StepRecord[] = [];
  for (const step of steps) records.push({ ...(await evaluate(step, part, String(step))), step });
  const best = bestStep(records);
  const isReported = best !== null && part === 'valid';
  return {
    records,
    best,
    test: isReported ? await evaluate(best.step, 'test', TEST_FOLDER) : null,
  };
}

/**
 * Compares all checkpoints of a run on the validation part, chooses the best there, and evaluates it alone on the test part; writes the
 * reports, in a folder a step, `test` for that of the best, and curves above them. Where the data set has no validation part, the test
 * part chooses, and nothing is left to report on.
 * @param onFace called with what is being judged and the number of finished ones
 * @param onNote called with a line where the generator is shown otherwise than it was trained
 * @throws UserError where checkpoints, data or weights are not there or do not fit
 */
export async function evaluateSteps(
  settings: EvaluateSettings,
  dataset: Dataset,
  reference: Dataset | null,
  onFace: OnFace,
  onNote: OnNote = () => undefined,
): Promise<ComparedSteps> {
  const { checkpoint_dir: directory, out } = settings;
  const steps = await stepsOf(directory);
  const { part: choosing } = choosingPart(dataset, 'the best step');
  const evaluation = await openEvaluation(settings, dataset, reference, steps[0] ?? null, {
    onFace,
    onNote,
  });
  const benchmarks = new Map<HeldOutPart, Benchmark>();
  try {
    const compared = await compareSteps(steps, choosing, async (step, part, folder) => {
      const benchmark = benchmarks.get(part) ?? (await evaluation.benchmarkOn(part));
      benchmarks.set(part, benchmark);
      const label = `aged ${PART_NAMES[part]} faces, step ${step}`;
      return evaluation.evaluate(step, benchmark, path.join(out, folder), label);
    });
    await reportSteps(out, directory, compared);
    return compared;
  } finally {
    evaluation.dispose();
  }
}
