/** @file What pretraining teaches: the data of the task, the loss of a batch, and the figures on held-out pictures. */

import { tf } from '../engine/tf';
import type { PretrainConfig } from '../config/schema';
import { ageClasses, identityClasses } from '../data/classification-data';
import type { ClassificationData, LabelledPicture } from '../data/classification-data';
import type { Dataset } from '../data/dataset';
import { DESCRIPTOR_SIZE } from '../faces/descriptor';
import type { Descriptors } from '../data/teacher-descriptors';
import { ageLoss as crossEntropy } from '../losses/age';
import { softAgeLabel } from '../losses/soft-age-labels';
import { UserError } from '../errors';
import { sha256Of } from '../files/digest';
import { teacherLoss } from '../losses/distillation';
import type { OutputName, Outputs } from '../models/alexnet-network';
import type { Team } from '../distributed/team';
import { firstDescribes } from './first-describes';

/** Data with what is asked of each picture. */
export interface PretrainTask {
  readonly data: ClassificationData;
  /** The output whose classes are learnt, or null where only the teacher is. */
  readonly classes: OutputName | null;
  /** The teacher's descriptors as they are. */
  readonly descriptors: Descriptors | null;
  /** What the network is to give: [B,classes] and [B,128]. */
  readonly targets: (pictures: readonly LabelledPicture[]) => Targets;
  readonly loss: (outputs: Outputs, targets: Targets) => tf.Scalar;
}

/** The caller disposes them. */
export interface Targets {
  readonly classes: tf.Tensor2D | null;
  readonly descriptors: tf.Tensor2D | null;
}

/** Lists may have been added to by hand. @throws UserError for pictures of which the teacher said nothing */
function checkDescribed(
  { directory }: Dataset,
  { train, heldOut, test }: ClassificationData,
  descriptors: Descriptors,
): void {
  const missing = [...train, ...heldOut, ...test.pictures].filter(
    ({ name }) => !descriptors.has(name),
  );
  if (missing.length === 0) return;
  throw new UserError(
    `${directory}: expected every listed picture in manifest.jsonl, which a teacher goes by, got ${missing.length} that are not, such as ` +
      `${missing[0]?.name ?? ''}. Prepare the data with them, or take them from the lists.`,
  );
}

/**
 * Centres and scales the descriptors of training pictures to mean 0 and variance 1; others by the same numbers.
 * @throws UserError where all are the same
 */
function standardizer(
  { directory }: Dataset,
  descriptors: Descriptors,
  train: readonly LabelledPicture[],
): (name: string) => Float32Array {
  const rows = train.map(({ name }) => descriptorOf(descriptors, name));
  const mean = new Float64Array(DESCRIPTOR_SIZE);
  for (const row of rows)
    row.forEach((value, i) => (mean[i] = (mean[i] ?? 0) + value / rows.length));
  let variance = 0;
  for (const row of rows)
    row.forEach(
      (value, i) => (variance += (value - (mean[i] ?? 0)) ** 2 / (rows.length * DESCRIPTOR_SIZE)),
    );
  if (variance === 0)
    throw new UserError(
      `${directory}: expected different faces for a teacher to tell apart, got ${rows.length === 1 ? 'one picture' : 'one face'} to learn from.`,
    );
  const scale = 1 / Math.sqrt(variance);
  return (name) =>
    descriptorOf(descriptors, name).map((value, i) => (value - (mean[i] ?? 0)) * scale);
}

/** Of everything that is learnt and chosen by: the same for the same pictures in the same order under the same classes. */
export const digestOfTask = (
  { description }: Dataset,
  { classes, train, heldOut }: ClassificationData,
): string => sha256Of(JSON.stringify([description.content_hash, classes, train, heldOut]));

function descriptorOf(descriptors: Descriptors, name: string): Float32Array {
  const found = descriptors.get(name);
  if (!found) throw new Error(`descriptors: none of ${name}`);
  return found;
}

/** A row a picture: 1 at its class, or spread by its age over neighbouring groups. */
function classRows(
  pictures: readonly LabelledPicture[],
  classes: number,
  sigma: number,
  bounds: readonly number[],
): number[][] {
  return pictures.map(({ label, age }) =>
    sigma > 0 && age !== null
      ? softAgeLabel(age, bounds, sigma)
      : Array.from({ length: classes }, (_, i) => (i === label ? 1 : 0)),
  );
}

/** @throws UserError for data that the task cannot use, or pictures that are not there */
function readData(dataset: Dataset, config: PretrainConfig): Promise<ClassificationData> {
  return config.task === 'age' || config.teacher !== 'none'
    ? ageClasses(dataset)
    : identityClasses(dataset, config.min_pictures);
}

/** Whether the teacher's descriptors are learnt. */
const hasTeacher = ({ task, teacher, trunk }: PretrainConfig): boolean =>
  teacher !== 'none' && (task === 'identity' || trunk === 'finetune');

/** Cross-entropy over the classes of an output, and the teacher's loss, of those that there are targets for. */
export const taskLoss =
  (classes: OutputName | null, teacherWeight: number): PretrainTask['loss'] =>
  (outputs, targets) =>
    tf.tidy(() => {
      const terms: tf.Tensor[] = [];
      if (classes && targets.classes)
        terms.push(crossEntropy(outputs[classes] as tf.Tensor2D, targets.classes));
      if (targets.descriptors)
        terms.push(
          tf.mul(
            teacherLoss(outputs.descriptor as tf.Tensor2D, targets.descriptors),
            teacherWeight,
          ),
        );
      return tf.addN(terms).asScalar();
    });

/**
 * Opens the data of a task.
 * @param team the workers of the run; null where there are no others
 * @param report what is worth a line: pictures left out, descriptors being computed
 */
export async function openTask(
  dataset: Dataset,
  config: PretrainConfig,
  team: Team | null,
  report: (text: string) => void,
): Promise<PretrainTask> {
  const data = await readData(dataset, config);
  if (data.note !== null) report(`note: ${data.note}`);
  const descriptors = hasTeacher(config) ? await firstDescribes(dataset, team, report) : null;
  const classes = config.task === 'age' ? 'age' : descriptors ? null : 'new_2';
  if (descriptors) checkDescribed(dataset, data, descriptors);
  const standardized = descriptors && standardizer(dataset, descriptors, data.train);
  const sigma = config.task === 'age' ? config.label_sigma : 0;
  const weight = config.task === 'age' ? config.teacher_weight : 1;
  return {
    data,
    classes,
    descriptors,
    targets: (pictures) => ({
      classes:
        classes && tf.tensor2d(classRows(pictures, data.classes.length, sigma, dataset.ageBounds)),
      descriptors:
        standardized &&
        tf.tidy(
          () =>
            tf.stack(pictures.map(({ name }) => tf.tensor1d(standardized(name)))) as tf.Tensor2D,
        ),
    }),
    loss: taskLoss(classes, weight),
  };
}
