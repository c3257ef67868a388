import path from 'node:path';
import { showFaces } from '../../src/ageing/age-faces';
import { tf } from '../../src/engine/tf';
import { withStockLayers } from '../../src/export/stock-layers';
import { generatorOfKind } from '../../src/models/generators';
import { saveModel } from '../../src/weights/saved-model';
import { RANDOM_SHAPES, randomGenerator } from '../support/random-generator';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();
const LEVEL = 2 / 255;

test.each(RANDOM_SHAPES)(
  'the generator $kind, $upsampling, of stock layers alone makes the same pictures and masks within a level',
  async (shape) => {
    const generator = randomGenerator(shape);
    const folded = generatorOfKind(shape.kind, 'test').fold(generator);
    const before = tf.memory().numTensors;
    const stock = withStockLayers(folded);
    expect(stock.layers.filter((layer) => layer.getClassName().startsWith('Ipcgan'))).toEqual([]);
    const folder = path.join(newFolder(), 'plain');
    await saveModel(stock, folder);
    stock.dispose();
    expect(tf.memory().numTensors).toBe(before);

    const opened = await tf.loadLayersModel(`file://${folder}/model.json`);
    expect(opened.inputNames).toEqual(['source', 'label']);
    expect(opened.outputNames).toEqual(shape.kind === 'residual' ? ['fake'] : ['fake', 'mask']);
    const source = tf.randomUniform<tf.Rank.R4>([2, 24, 24, 3], -104, 131, 'float32', 7);
    for (const group of [0, 4]) {
      const [own, plain] = [generator, opened].map((model) =>
        showFaces(model, source, group, 'moving'),
      );
      const spread = tf.sub(tf.max(own!.fake), tf.min(own!.fake)).dataSync()[0];
      expect(spread).toBeGreaterThan(1);
      expect(tf.max(tf.abs(tf.sub(own!.fake, plain!.fake))).dataSync()[0]).toBeLessThan(LEVEL);
      if (own!.mask)
        expect(tf.max(tf.abs(tf.sub(own!.mask, plain!.mask!))).dataSync()[0]).toBeLessThan(LEVEL);
    }
    for (const model of [generator, folded, opened]) model.dispose();
  },
);
