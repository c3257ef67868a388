/** @file From a checkpoint to its report: loads the generator, tries it, writes evaluation.json, evaluation.csv and report.html. */

import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { VerbConfig } from '../config/schema';
import type { Dataset } from '../data/prepare/dataset';
import { engineFacts } from '../engine/facts';
import { tryGenerator } from '../eval/evaluate';
import { openPanel } from '../eval/judges/open-panel';
import { openObservationCache } from '../eval/judges/panel';
import { evaluationPage, PAGE_FILE } from '../eval/report/page';
import { RECORD_FILE, toCsv, toRecord } from '../eval/report/record';
import type { EvaluationRecord, Provenance } from '../eval/report/record';
import { prepareTrial } from '../eval/trial';
import type { Trial } from '../eval/trial';
import { foldBatchNorm } from '../models/fold-batch-norm';
import { loadGenerator } from './load-generator';
import type { LoadedGenerator } from './load-generator';
import { replaceFile } from './run-dir';

/** Settings of `evaluate`, with the place of the report resolved. */
export type EvaluateSettings = VerbConfig<'evaluate'> & { readonly out: string };

/** Of the command, not of what is measured. */
const NOT_SETTINGS = new Set(['config', 'json', 'compare']);

function provenanceOf(settings: EvaluateSettings, label: string, dataset: Dataset, reference: Dataset | null): Provenance {
  const shown = Object.fromEntries(Object.entries(settings).filter(([name]) => !NOT_SETTINGS.has(name)));
  const described = (set: Dataset) => ({ directory: set.directory, content_hash: set.description.content_hash });
  return {
    command: process.argv.slice(2),
    checkpoint: label,
    step: /-(\d+)$/.exec(label)?.[1] === undefined ? null : Number(/-(\d+)$/.exec(label)?.[1]),
    partInTraining: {},
    data: described(dataset),
    reference: reference && described(reference),
    settings: shown,
    environment: { node: process.version, platform: `${process.platform} ${process.arch}`, ...engineFacts() },
  };
}

async function report(
  out: string,
  loaded: LoadedGenerator,
  trial: Trial,
  provenance: Provenance,
  onFace: (label: string, done: number, total: number) => void,
): Promise<EvaluationRecord> {
  const outcome = await tryGenerator(foldBatchNorm(loaded.generator), trial, (done, total) => onFace('aged faces', done, total));
  const record = toRecord(trial, outcome, provenance);
  await mkdir(out, { recursive: true });
  await replaceFile(path.join(out, RECORD_FILE), `${JSON.stringify(record)}\n`);
  await replaceFile(path.join(out, 'evaluation.csv'), toCsv(record));
  await replaceFile(path.join(out, PAGE_FILE), await evaluationPage(record, trial, outcome));
  return record;
}

/**
 * Evaluates a checkpoint and writes its report.
 * @param onFace called with what is being judged and the number of finished ones
 * @throws UserError where checkpoint, data or weights are not there or do not fit
 */
export async function evaluateCheckpoints(
  settings: EvaluateSettings,
  dataset: Dataset,
  reference: Dataset | null,
  onFace: (label: string, done: number, total: number) => void,
): Promise<EvaluationRecord[]> {
  const loaded = await loadGenerator(settings.checkpoint_dir, settings.step);
  const panel = await openPanel([], []);
  const cache = await openObservationCache(settings.cache_dir ?? path.join(dataset.directory, 'judged'), panel);
  const { imageSize, ageBounds } = loaded;
  const { faces, real_faces: realFaces, seed, threshold } = settings;
  const trial = await prepareTrial(panel, cache, { dataset, reference, ageBounds, imageSize, faces, realFaces, seed, threshold }, onFace);
  return [await report(settings.out, loaded, trial, provenanceOf(settings, loaded.label, dataset, reference), onFace)];
}
