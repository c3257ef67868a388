import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { partsInTraining } from '../../src/eval/judges/part-in-training';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();

/** A run that is no more than its config. */
function writeRun(home: string, name: string, config: object): string {
  const directory = path.join(home, name);
  mkdirSync(path.join(directory, 'last'), { recursive: true });
  writeFileSync(path.join(directory, 'config.json'), JSON.stringify(config));
  return directory;
}

test('a judge that taught, and a classifier that was in the loss, are told, also through the last state of a run', async () => {
  const home = newFolder();
  const teacher = writeRun(home, 'teacher', { teacher: 'face-descriptor' });
  const age = writeRun(home, 'age', {
    task: 'age',
    teacher: 'none',
    alexnet_pretrained_model: path.join(teacher, 'last'),
  });
  const run = writeRun(home, 'run', { age_pretrained_model: age, fea_loss_weight: 0 });
  expect(await partsInTraining(path.join(run, 'acgan.model-5'), age)).toEqual({
    'face-api': `its descriptor taught ${path.join(teacher, 'last')}, which was in the loss`,
    age_judge: 'it was in the loss itself',
  });
});

test('what a loss of weight 0 looked through is no part, and neither is another classifier', async () => {
  const home = newFolder();
  const teacher = writeRun(home, 'teacher', { teacher: 'face-descriptor' });
  const other = writeRun(home, 'other', { teacher: 'none' });
  const run = writeRun(home, 'run', { age_pretrained_model: teacher, age_loss_weight: 0 });
  expect(await partsInTraining(run, other)).toEqual({});
});

test('a classifier on the trunk that was in the loss is told, and so is another state of the one in the loss', async () => {
  const home = newFolder();
  const trunk = writeRun(home, 'trunk', { task: 'identity' });
  const second = writeRun(home, 'second', { task: 'age', alexnet_pretrained_model: trunk });
  const first = writeRun(home, 'first', { task: 'age', alexnet_pretrained_model: trunk });
  const run = writeRun(home, 'run', {
    age_pretrained_model: path.join(first, 'last'),
    alexnet_pretrained_model: trunk,
  });
  expect(await partsInTraining(run, second)).toEqual({
    age_judge: `it comes from ${trunk}, which was in the loss`,
  });
  expect(await partsInTraining(run, first)).toEqual({ age_judge: 'it was in the loss itself' });
});

test('checkpoints of TensorFlow 1 are prefixes of files', async () => {
  const home = newFolder();
  writeFileSync(path.join(home, 'age_classifier.model-300000.index'), '');
  const prefix = path.join(home, 'age_classifier.model-300000');
  const run = writeRun(home, 'run', { age_pretrained_model: prefix });
  expect(await partsInTraining(run, prefix)).toEqual({ age_judge: 'it was in the loss itself' });
});

test('places in a config are those of the folder that the run was made in, wherever one asks from', async () => {
  const home = newFolder();
  const teacher = writeRun(home, 'checkpoints/teacher', {
    task: 'identity',
    teacher: 'face-descriptor',
  });
  writeRun(home, 'checkpoints/age', {
    task: 'age',
    trunk: 'frozen',
    teacher: 'face-descriptor',
    alexnet_pretrained_model: 'checkpoints/teacher',
  });
  const run = writeRun(home, 'checkpoints/run', {
    fea_loss_weight: 0,
    age_pretrained_model: 'checkpoints/age',
  });
  // the age head on a trunk that stayed as it is had no teacher of its own
  expect(await partsInTraining(run, null)).toEqual({
    'face-api': `its descriptor taught ${teacher}, which was in the loss`,
  });
});
