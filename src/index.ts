/** @file The library: everything that programs may import from 'ipcgan'. Importing it loads no engine and changes nothing of the process. */

// the engine: opened before anything computes
export { openEngine } from './engine/open-engine';
export type { EngineSettings } from './engine/open-engine';
export type { EngineFacts } from './engine/facts';
export { tf } from './engine/tf';
export { DivergedError, MachineError, UserError } from './errors';

// ageing: a model in, faces at other ages out
export { openAger, pasteFaces } from './ageing/ager';
export type {
  AgedFace,
  AgedPicture,
  Ager,
  AgeSettings,
  ImageInput,
  OpenAgerSettings,
} from './ageing/ager';
export { decodeImage, encodeJpeg, encodePng } from './images/image';
export type { RgbImage } from './images/pixels';
export { MEAN_RGB } from './images/pixel-range';

// data: sources of faces, and the data sets that are made of them
export { openDataset } from './data/open-dataset';
export type {
  BatchSettings,
  DatasetFace,
  OpenDataset,
  OpenDatasetSettings,
} from './data/open-dataset';
export type { Batch, BatchLoader } from './data/batches';
export { prepareFaces } from './data/prepare/prepare-faces';
export type { PrepareFacesSettings } from './data/prepare/prepare-faces';
export type { FaceList, FaceRecord, FaceSource, Rejection } from './data/sources/source';

// networks
export { buildGenerator } from './models/generator';
export { buildDiscriminator } from './models/discriminator';
export type { DiscriminatorShape } from './models/discriminator';
export { foldBatchNorm } from './models/fold-batch-norm';
export { GENERATORS } from './models/generators';
export type { GeneratorRecord, GeneratorShape } from './models/generator-record';
export { initializeWeights } from './models/initialize';
export { loadWeights, namedWeights, trainableWeights } from './models/named-weights';
export { labelMaps } from './models/layers/label-maps';
export { batchNormalization } from './models/layers/batch-normalization';
export { registerLayers } from './models/layers/register';
export { openWeights } from './weights/weight-source';

// training: a run as the command has it, or a loop of one's own
export { openTrainer } from './train/open-trainer';
export type { Trainer, TrainerSettings } from './train/open-trainer';
export type { OwnParts } from './train/open-step';
export type { StepBatch, TrainOutcome } from './train/loop';
export { LOSS_TERMS } from './losses/terms';
export type { GeneratedBatch, LossTerm } from './losses/term';
export { discriminate, forwardGenerator, generate } from './train/forward';
export type { GeneratorPass, Networks, StepInput } from './train/forward';
export { discriminatorGradients, pictureGradient } from './train/objective-gradients';
export type { LearningRates } from './train/learning-rates';
export { trainStep, readStep } from './train/step';
export type { Optimizers, StepScalars, StepSettings } from './train/step';
export { createAdam } from './optimizers/adam';
export type { Optimizer } from './optimizers/optimizer';
