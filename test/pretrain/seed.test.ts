import { readFileSync } from 'node:fs';
import path from 'node:path';
import { resolveConfig } from '../../src/config/load';
import { identityClasses } from '../../src/data/classification-data';
import { saveModel } from '../../src/weights/saved-model';
import { widthsWithHead } from '../../src/models/alexnet';
import { pretrain } from '../../src/pretrain/loop';
import { drawnDataset } from '../support/drawn-dataset';
import { temporaryFolders } from '../support/temporary';
import { buildAlexNet, initializeAlexNet } from '../../src/models/alexnet-network';

const newFolder = temporaryFolders();
let data = '';
let start = '';

/** Loss of the first step from weights that are all given, without dropout: what is left of the seed are the pictures. */
async function firstLoss(seed: string): Promise<number> {
  const directory = path.join(newFolder(), 'run');
  const { config } = resolveConfig('pretrain', {
    ...{
      task: 'identity',
      run: 'x',
      data,
      alexnet_pretrained_model: start,
      head_width: '8',
      augment: 'false',
      log_every: '1',
    },
    ...{ steps: '1', batch_size: '2', dropout: '0', seed },
  });
  await pretrain(config, directory);
  const [line = ''] = readFileSync(path.join(directory, 'metrics.jsonl'), 'utf8').split('\n');
  return (JSON.parse(line) as { loss: number }).loss;
}

beforeAll(async () => {
  const dataset = await drawnDataset(newFolder(), 4);
  data = dataset.directory;
  const { classes } = await identityClasses(dataset, 2);
  start = newFolder();
  // the config has no widths of convolutions: they are those of the weights given
  const widths = { ...widthsWithHead(8), conv1: 4, conv2: 4, conv3: 4, conv4: 4, conv5: 4 };
  const shape = {
    widths,
    hasIdentity: true,
    descriptor: null,
    people: classes.length,
    ageGroups: null,
  };
  const given = buildAlexNet(shape);
  await initializeAlexNet(given, 5, null);
  await saveModel(given.model, start);
});

test('the seed decides which pictures a step sees', async () => {
  const loss = await firstLoss('3');
  expect(await firstLoss('3')).toBe(loss);
  expect(await firstLoss('4')).not.toBe(loss);
});
