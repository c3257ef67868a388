import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { partsInTraining } from '../../src/train/judges-in-training';
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
  const age = writeRun(home, 'age', { teacher: 'none', alexnet_pretrained_model: path.join(teacher, 'last') });
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
