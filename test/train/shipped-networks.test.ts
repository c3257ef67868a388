import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { resolveConfig } from '../../src/config/load';
import { checkPretrainedFiles } from '../../src/train/check-pretrained';
import { lossTermsOf } from '../../src/train/open-step';
import { withShippedNetworks } from '../../src/train/shipped-networks';
import { openTrainer } from '../../src/train/open-trainer';
import { runTrain } from '../../src/cli/train';
import { openEngine } from '../../src/engine/open-engine';
import { buildPerceptualNetworks } from '../../src/models/perceptual-networks';
import { initializeWeights } from '../../src/models/initialize';
import { saveModel } from '../../src/weights/saved-model';
import * as shippedModels from '../../src/weights/shipped';
import { kept } from '../support/kept';
import { temporaryFolders } from '../support/temporary';

const { SHIPPED, shippedModel } = shippedModels;
const newFolder = temporaryFolders();
afterEach(() => jest.restoreAllMocks());

/** A folder of models as the package has it. @returns the perceptual networks' */
function shippedFolder(): string {
  const models = newFolder();
  const folder = path.join(models, SHIPPED.perceptual);
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'model.json'), '{}');
  expect(shippedModel('perceptual', models)).toBe(folder);
  return folder;
}

/** What becomes of a command line. */
function networksOf(
  flags: Readonly<Record<string, string | boolean>>,
  shipped: string | null,
): readonly [string, string, string | null] {
  const { config, given } = resolveConfig('train', flags);
  const found = withShippedNetworks(config, given, lossTermsOf(config), shipped);
  const { alexnet_pretrained_model: identity, age_pretrained_model: age } = found.config;
  return [identity, age, found.note];
}

const USUAL = ['pre_trained/alexnet.model-292000', 'pre_trained/age_classifier.model-300000'];

test('a run that names no network takes the shipped one for both losses, and says so', () => {
  const folder = shippedFolder();
  const note = `perceptual networks: ${folder}, which comes with ipcgan; --alexnet_pretrained_model and --age_pretrained_model name others`;
  expect(networksOf({}, folder)).toEqual([folder, folder, note]);
  expect(networksOf({ age_loss_weight: '0' }, folder)).toEqual([folder, folder, note]);
});

test('where none is shipped the error is the one that it was', () => {
  expect(networksOf({}, null)).toEqual([...USUAL, null]);
  expect(() => checkPretrainedFiles(resolveConfig('train', {}).config)).toThrow(
    '--alexnet_pretrained_model: expected a network saved by ipcgan or a TensorFlow 1 checkpoint, got pre_trained/alexnet.model-292000, which does not exist.',
  );
});

test.each([
  [{ alexnet_pretrained_model: 'a' }, ['a', USUAL[1]]],
  [{ age_pretrained_model: 'b' }, [USUAL[0], 'b']],
  [{ allow_untrained: true }, USUAL],
  [{ resume: true }, USUAL],
  [{ fea_loss_weight: '0', age_loss_weight: '0' }, USUAL],
] as const)('%j keeps its own', (flags, expected) => {
  expect(networksOf(flags, shippedFolder())).toEqual([...expected, null]);
});

test('a network at its usual place goes before the shipped one', () => {
  const home = newFolder();
  const { alexnet_pretrained_model: usual } = resolveConfig('train', {}).config;
  mkdirSync(path.join(home, usual), { recursive: true });
  const started = process.cwd();
  process.chdir(home);
  try {
    expect(networksOf({}, shippedFolder())).toEqual([...USUAL, null]);
  } finally {
    process.chdir(started);
  }
});

describe('the package has networks', () => {
  const CONV = { conv1: 4, conv2: 4, conv3: 4, conv4: 4, conv5: 4 };
  const widths = { ...CONV, fc6: 8, fc7: 8, new_1: 4, age_fc6: 8, age_fc7: 8 };
  const settings = { data: kept('data'), image_size: 16, width: 0.02, batch_size: 1 };
  let said = '';
  beforeEach(() => {
    said = '';
    for (const name of ['stdout', 'stderr'] as const)
      jest.spyOn(process[name], 'write').mockImplementation((text) => {
        said += String(text);
        return true;
      });
  });

  /** Ships networks of random weights that say these bounds. */
  async function ship(ageBounds: readonly number[]): Promise<string> {
    await openEngine();
    const { joint } = buildPerceptualNetworks({ featureLayer: 'conv5', ageGroups: 5, widths })!;
    initializeWeights(joint, 1, () => 0.2);
    const folder = newFolder();
    await saveModel(joint, folder, { age_bounds: [...ageBounds] }, 'uint8');
    joint.dispose();
    jest.spyOn(shippedModels, 'shippedModel').mockReturnValue(folder);
    return folder;
  }

  test('a run is trained by them, and its config says so', async () => {
    const folder = await ship([20, 30, 40, 50]);
    const run = path.join(newFolder(), 'run');
    const trainer = await openTrainer({ ...settings, checkpoint_dir: run });
    const { fea_loss: identity, age_loss: age } = await trainer.trainStep();
    expect([identity, age].every((loss) => Number(loss) > 0)).toBe(true);
    expect(trainer.config.age_pretrained_model).toBe(folder);
    await trainer.close();
    expect(said).toContain(`perceptual networks: ${folder}, which comes with ipcgan`);
  });

  test('the command takes them, too', async () => {
    const folder = await ship([20, 30, 40, 50]);
    const flags = { data: kept('data'), batch_size: '1', dry_run: true, json: true };
    const checkpoint_dir = path.join(newFolder(), 'run');
    expect(await runTrain(resolveConfig('train', { ...flags, checkpoint_dir }))).toBe(0);
    expect(said).toContain(`"alexnet_pretrained_model":"${folder}"`);
    expect(said).toContain(`perceptual networks: ${folder}`);
  });

  test('of other age groups: an error', async () => {
    const folder = await ship([10, 20, 30, 40]);
    const checkpoint_dir = path.join(newFolder(), 'run');
    await expect(openTrainer({ ...settings, checkpoint_dir })).rejects.toThrow(
      `--age_pretrained_model: expected a classifier of age groups that end at 20, 30, 40, 50, as the data has them, got 10, 20, 30, 40 in ${folder}`,
    );
  });
});
