/** @file From a checkpoint to its report: loads the generator, tries it, writes evaluation.json, evaluation.csv and report.html. */

import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { createEventWriter } from 'tensorboard-logger-ts';
import type { VerbConfig } from '../config/schema';
import type { tf } from '../engine/tf';
import { LIST_FILES, readList } from '../data/lists';
import type { Dataset } from '../data/dataset';
import { companionsOf } from '../ageing/companions';
import { engineFacts } from '../engine/facts';
import { UserError } from '../errors';
import { scoreGenerator } from './evaluate-generator';
import { evaluationPage, PAGE_FILE } from './report/page';
import { RECORD_FILE, toCsv, toRecord } from './report/record';
import type { EvaluationRecord, Provenance } from './report/record';
import { BEST_RULE, bestStep, stepsPage } from './report/steps-page';
import type { StepRecord } from './report/steps-page';
import { prepareBenchmark } from './benchmark';
import type { Benchmark } from './benchmark';
import { partsInTraining } from './judges/part-in-training';
import { openGenerator } from '../ageing/open-generator';
import type { OpenGenerator } from '../ageing/open-generator';
import { openJudges } from './judges/open-judges';
import { replaceFile } from '../files/durable-write';
import { gitCommit } from '../runs/describe-run';
import { listCheckpoints } from '../weights/checkpoint';

/** Called with what is being judged, and the number of finished ones. */
export type OnFace = (label: string, done: number, total: number) => void;

/** Settings of `evaluate`, with the place of the report resolved. */
export type EvaluateSettings = VerbConfig<'evaluate'> & { readonly out: string };

/** Of the command, not of what is measured. */
const NOT_SETTINGS = new Set(['config', 'json', 'compare', 'real_as_outputs']);

function provenanceOf(
  settings: EvaluateSettings,
  label: string,
  dataset: Dataset,
  reference: Dataset | null,
): Omit<Provenance, 'partInTraining'> {
  const shown = Object.fromEntries(
    Object.entries(settings).filter(([name]) => !NOT_SETTINGS.has(name)),
  );
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
  const outcome = await scoreGenerator(generator, benchmark, onFace, companions);
  for (const model of new Set([generator, loaded.generator])) model.dispose();
  const record = toRecord(benchmark, outcome, provenance);
  await mkdir(out, { recursive: true });
  await replaceFile(path.join(out, RECORD_FILE), `${JSON.stringify(record)}\n`);
  await replaceFile(path.join(out, 'evaluation.csv'), toCsv(record));
  await replaceFile(path.join(out, PAGE_FILE), await evaluationPage(record, benchmark, outcome));
  return record;
}

/** A page over all steps, a line of curves.json a step, and scalars for TensorBoard. */
async function reportSteps(
  out: string,
  run: string,
  records: readonly StepRecord[],
): Promise<void> {
  const best = bestStep(records);
  const lines = records.map(({ step, figures, position, rows }) => ({
    step,
    figures,
    position,
    rows,
  }));
  await replaceFile(
    path.join(out, 'steps.json'),
    `${JSON.stringify({ best_step: best?.step ?? null, rule: BEST_RULE, steps: lines })}\n`,
  );
  await replaceFile(path.join(out, PAGE_FILE), stepsPage(records, run));
  const writer = createEventWriter({ directory: out });
  for (const record of records)
    for (const [name, { value }] of Object.entries(record.figures))
      writer.scalar(`evaluation/${name}`, value, record.step);
  writer.close();
}

/** The steps to evaluate: all of a run, or the one asked for. */
async function stepsOf({
  checkpoint_dir: directory,
  step,
  all_steps: isAll,
}: EvaluateSettings): Promise<readonly (number | null)[]> {
  if (!isAll) return [step];
  const steps = await listCheckpoints(directory);
  if (steps.length === 0)
    throw new UserError(
      `--all_steps: expected a run with checkpoints, got ${directory}. Give its directory, or leave --all_steps out.`,
    );
  return steps;
}

/**
 * Evaluates a checkpoint, or all of a run, and writes the reports: with `all_steps` in a folder a step, and curves above them.
 * @param onFace called with what is being judged and the number of finished ones
 * @throws UserError where checkpoint, data or weights are not there or do not fit
 */
export async function evaluateCheckpoints(
  settings: EvaluateSettings,
  dataset: Dataset,
  reference: Dataset | null,
  onFace: OnFace,
): Promise<EvaluationRecord[]> {
  const { checkpoint_dir: directory, age_judge: ageJudge, out } = settings;
  const steps = await stepsOf(settings);
  const first = await openGenerator(directory, { step: steps[0] ?? null });
  const { imageSize, ageBounds } = first;
  // a place that cannot be written to is said before anything is computed
  await mkdir(out, { recursive: true });
  const { panel, cache } = await openJudges(settings, dataset, ageBounds);
  const { faces, real_faces: realFaces, seed, threshold } = settings;
  const benchmark = await prepareBenchmark(
    panel,
    cache,
    { dataset, reference, ageBounds, imageSize, faces, realFaces, seed, threshold },
    onFace,
  );
  const parts = await partsInTraining(directory, ageJudge);
  const companions =
    settings.batch_norm === 'batch' ? await trainingCompanions(dataset, imageSize) : null;
  const records: EvaluationRecord[] = [];
  for (const [i, step] of steps.entries()) {
    const loaded = i === 0 ? first : await openGenerator(directory, { step });
    const provenance = {
      ...provenanceOf(settings, loaded.label, dataset, reference),
      partInTraining: parts,
    };
    const label = steps.length > 1 ? `aged faces, step ${step ?? ''}` : 'aged faces';
    records.push(
      await report(
        settings.all_steps ? path.join(out, String(step)) : out,
        loaded,
        benchmark,
        companions,
        provenance,
        (done, total) => onFace(label, done, total),
      ),
    );
  }
  companions?.dispose();
  if (settings.all_steps)
    await reportSteps(
      out,
      directory,
      records.filter((record): record is StepRecord => record.step !== null),
    );
  return records;
}
