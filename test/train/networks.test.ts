import path from 'node:path';
import { tf } from '../../src/engine/tf';
import { saveModel } from '../../src/weights/saved-model';
import { openWeights } from '../../src/weights/weight-source';
import { withWeights } from '../../src/losses/term';
import { LOSS_TERMS } from '../../src/losses/terms';
import { buildTrunk } from '../../src/models/alexnet';
import { buildPerceptualNetworks } from '../../src/models/perceptual-networks';
import { buildGenerator } from '../../src/models/generator';
import { initializeWeights } from '../../src/models/initialize';
import { loadWeights, namedWeights } from '../../src/models/named-weights';
import { loadPerceptualNetworks } from '../../src/train/networks';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();
const terms = (weights: { fea: number; age: number }) =>
  withWeights(LOSS_TERMS, { gan: 75, ...weights });
const TERMS = terms({ fea: 0.5e-4, age: 0 });
const SHAPE = { featureLayer: 'conv5', ageBounds: [20, 30, 40, 50] } as const;

async function savedTrunk(seed: number): Promise<string> {
  const trunk = buildTrunk();
  const model = tf.model({ inputs: trunk.image, outputs: trunk.pool5 });
  initializeWeights(model, seed);
  const folder = newFolder();
  await saveModel(model, path.join(folder, 'model'));
  return folder;
}

test('the perceptual networks get the weights of their file, and are not called untrained', async () => {
  const file = await savedTrunk(3);
  const { perceptual, untrained } = await loadPerceptualNetworks(
    TERMS,
    SHAPE,
    { alexnet_pretrained_model: file, age_pretrained_model: '', allow_untrained: false },
    1,
  );
  const expected = await (await openWeights(file, '')).read('alexnet/conv4/weights');
  expect(
    Array.from(namedWeights(perceptual!.joint).get('alexnet/conv4/weights')!.dataSync()),
  ).toEqual(Array.from(expected.values));
  expect(untrained).toEqual([]);
});

test('a missing file is an error, or named as untrained where that is allowed', async () => {
  const files = {
    alexnet_pretrained_model: '/nowhere',
    age_pretrained_model: '',
    allow_untrained: false,
  };
  await expect(loadPerceptualNetworks(TERMS, SHAPE, files, 1)).rejects.toThrow(
    '--alexnet_pretrained_model: expected a network saved by ipcgan or a TensorFlow 1 checkpoint, got /nowhere, which does not exist.',
  );
  expect(
    (await loadPerceptualNetworks(TERMS, SHAPE, { ...files, allow_untrained: true }, 1)).untrained,
  ).toEqual(['--alexnet_pretrained_model']);
  expect(await loadPerceptualNetworks(terms({ fea: 0, age: 0 }), SHAPE, files, 1)).toEqual({
    perceptual: null,
    untrained: [],
  });
});

test('an age classifier with another trunk than the identity network is refused', async () => {
  const files = {
    alexnet_pretrained_model: await savedTrunk(3),
    age_pretrained_model: await savedTrunk(4),
    allow_untrained: false,
  };
  await expect(
    loadPerceptualNetworks(terms({ fea: 0.5e-4, age: 30 }), SHAPE, files, 1),
  ).rejects.toThrow(
    /--age_pretrained_model: expected the trunk of --alexnet_pretrained_model .*, got another alexnet\/conv1\/weights/,
  );
});

test('an age head of other years is refused, be there as many groups', async () => {
  const trunk = buildTrunk();
  const file = newFolder();
  await saveModel(
    tf.model({ inputs: trunk.image, outputs: trunk.pool5 }),
    path.join(file, 'model'),
    { age_bounds: [15, 25, 35, 60] },
  );
  const files = {
    alexnet_pretrained_model: file,
    age_pretrained_model: file,
    allow_untrained: false,
  };
  await expect(
    loadPerceptualNetworks(terms({ fea: 0.5e-4, age: 30 }), SHAPE, files, 1),
  ).rejects.toThrow(
    /--age_pretrained_model: expected a classifier of age groups that end at 20, 30, 40, 50, as the data has them, got 15, 25, 35, 60 in /,
  );
});

test('loading lists what is missing and what has another shape, and changes nothing', async () => {
  const [small, large] = [2, 4].map((channels) =>
    buildGenerator({ imageSize: 16, ageGroups: 3, channels }),
  );
  const folder = path.join(newFolder(), 'generator');
  await saveModel(small!, folder);
  const source = await openWeights(folder, '');
  initializeWeights(large!, 1);
  const before = Array.from(namedWeights(large!).get('generator/conv4/weights')!.dataSync());
  await expect(loadWeights(namedWeights(large!), source)).rejects.toThrow(
    /generator\/conv1\/weights has shape \[7,7,6,2\] instead of \[7,7,6,4\]/,
  );
  const judges = buildPerceptualNetworks({ featureLayer: 'conv3', ageGroups: null })!;
  await expect(loadWeights(namedWeights(judges.joint), source)).rejects.toThrow(
    /expected 6 variables of this network, got 6 problems: alexnet\/conv1\/weights is missing/,
  );
  expect(Array.from(namedWeights(large!).get('generator/conv4/weights')!.dataSync())).toEqual(
    before,
  );
});
