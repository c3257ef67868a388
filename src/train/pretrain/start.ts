/** @file The networks of a pretraining run at step 0: the one that is trained, and the plain one that is saved. */

import type { PretrainConfig } from '../../config/schema';
import { toImages, trainingBatches } from '../../data/labelled-batches';
import { UserError } from '../../errors';
import { openWeights } from '../../import/weight-source';
import { NO_TRAINING_LAYERS, widthsWithHead } from '../../models/alexnet';
import type { TrainingLayers } from '../../models/alexnet';
import type { Lesson } from './lesson';
import { buildPupil, insertBatchNorms, learningRates, shapeWithAge, startPupil } from './pupil';
import type { Pupil, PupilShape } from './pupil';

/** Both networks, and what of the trained one learns how fast. */
export interface Pupils {
  readonly pupil: Pupil;
  readonly plain: Pupil;
  readonly factors: ReadonlyMap<string, number>;
}

/** Pictures that batch norm is set to when it is put into a trunk that had none. */
const CALIBRATION_PICTURES = 128;

function identityPupils(config: PretrainConfig, lesson: Lesson): Pupils {
  const shape: PupilShape = {
    widths: widthsWithHead(config.head_width),
    hasIdentity: true,
    hasDescriptor: lesson.descriptors !== null,
    people: lesson.descriptors ? null : lesson.data.classes.length,
    ageGroups: null,
  };
  const layers: TrainingLayers = { batchNorm: config.batch_norm, dropout: config.dropout };
  const pupil = buildPupil(shape, { trunk: layers, identity: layers, age: NO_TRAINING_LAYERS });
  return { pupil, plain: buildPupil(shape), factors: learningRates(pupil, config) };
}

async function agePupils(config: PretrainConfig, lesson: Lesson): Promise<Pupils> {
  const source = await openWeights(config.alexnet_pretrained_model, '--alexnet_pretrained_model');
  const shape = await shapeWithAge(source, config, lesson.data.classes.length);
  if (lesson.descriptors && !shape.hasDescriptor) {
    throw new UserError(
      `--teacher: expected an identity network that a teacher taught in ${source.label}, got one without alexnet/descriptor. ` +
        'Pretrain it with --task=identity --teacher=face-descriptor, or leave --teacher out.',
    );
  }
  const isMoved = config.trunk === 'finetune';
  const pupil = buildPupil(shape, {
    trunk: { batchNorm: config.batch_norm && isMoved, dropout: 0 },
    identity: NO_TRAINING_LAYERS,
    age: { batchNorm: config.batch_norm, dropout: config.dropout },
  });
  const plain = buildPupil(shape);
  await startPupil(plain, config.seed, source);
  if (isMoved && config.batch_norm) {
    // by random weights first: the age head of the trained network has factors and shifts of its own
    await startPupil(pupil, config.seed, null);
    const first = trainingBatches(lesson.data, {
      batchSize: CALIBRATION_PICTURES,
      seed: config.seed,
      isAugmented: false,
      isBalanced: false,
      skipped: 0,
    });
    const { value: batch } = await first.next();
    const images = toImages(batch);
    insertBatchNorms(plain, pupil, images);
    images.dispose();
  } else await startPupil(pupil, config.seed, source);
  return { pupil, plain, factors: learningRates(pupil, config) };
}

/** Builds and fills them. @throws UserError when the trunk is missing, or is not what the teacher needs */
export async function openPupils(config: PretrainConfig, lesson: Lesson): Promise<Pupils> {
  if (config.task === 'age') return agePupils(config, lesson);
  const pupils = identityPupils(config, lesson);
  await startPupil(pupils.pupil, config.seed, null);
  return pupils;
}
