import path from 'node:path';
import sharp from 'sharp';
import { tf } from '../../src/engine/tf';
import { buildTrainedNetworks, networkSettings } from '../../src/train/networks';
import { openHeldOut, openHeldOutMeter } from '../../src/train/held-out';
import { buildPerceptualNetworks } from '../../src/models/perceptual-networks';
import { namedWeights } from '../../src/models/named-weights';
import { initializeWeights } from '../../src/models/initialize';
import { widthsWithHead } from '../../src/models/alexnet';
import { alexNetStddev } from '../../src/models/alexnet-init';
import { LOSS_TERMS } from '../../src/losses/terms';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();

test('the held-out terms are of faces from everywhere in the list: the last faces count, the second does not', async () => {
  const folder = newFolder();
  const files = await Promise.all(
    Array.from({ length: 16 }, async (_, i) => {
      const file = path.join(folder, `${i}.png`);
      await sharp({
        create: {
          width: 16,
          height: 16,
          channels: 3,
          background: { r: 10 * i, g: 255 - 10 * i, b: 128 },
        },
      }).toFile(file);
      return file;
    }),
  );
  const settings = networkSettings({
    image_size: 16,
    age_groups: 5,
    age_bounds: [20, 30, 40, 50],
    width: 0.1,
    label_scale: 1,
    generator: 'residual',
    upsampling: 'transposed',
    discriminator: 'patch',
    d_norm: 'batch',
  });
  const { generator } = buildTrainedNetworks(settings, 1);
  const perceptual = buildPerceptualNetworks({
    featureLayer: 'conv3',
    ageGroups: 5,
    widths: widthsWithHead(8),
  })!;
  initializeWeights(perceptual.joint, 1, alexNetStddev);
  const measure = async (
    order: readonly string[],
    labels: 'picture' | 'batch' = 'picture',
    count = 8,
  ): Promise<unknown> => {
    const measured = { image_size: 16, held_out_faces: count };
    const faces = await openHeldOut(order, measured, perceptual.identityExtractor);
    const open = (compile: 'auto' | 'off') =>
      openHeldOutMeter({ generator, perceptual }, faces, LOSS_TERMS, {
        age_groups: 5,
        labels,
        compile,
      });
    const meter = open('auto');
    const terms = await meter.measure();
    const plain = open('off');
    // as a function by now, and op by op
    for (let i = 0; i < 4; i++) expect(await meter.measure()).toEqual(terms);
    expect(await plain.measure()).toEqual(terms);
    meter.dispose();
    tf.dispose([faces.sources, faces.features!]);
    return terms;
  };
  const swapped = (a: number, b: number): string[] =>
    files.map((_, i) => files[i === a ? b : i === b ? a : i]!);
  const whole = (await measure(files)) as { held_out_fea_loss: number; held_out_age_loss: number };
  expect([whole.held_out_fea_loss > 0, whole.held_out_age_loss > 0]).toEqual([true, true]);
  // of sixteen every other one is measured
  expect(await measure(swapped(1, 3))).toEqual(whole);
  expect(await measure(swapped(14, 15))).not.toEqual(whole);
  // as many as asked for: of sixteen all
  const all = (await measure(files, 'picture', 16)) as typeof whole;
  expect(all).not.toEqual(whole);
  expect(await measure(swapped(1, 3), 'picture', 16)).not.toEqual(all);
  // ten are measured, and normalised, five at a time, at groups 0 to 4 each: the mean of both halves
  for (const labels of ['picture', 'batch'] as const) {
    const ten = (await measure(files.slice(0, 10), labels, 10)) as typeof whole;
    const left = (await measure(files.slice(0, 5), labels, 10)) as typeof whole;
    const right = (await measure(files.slice(5, 10), labels, 10)) as typeof whole;
    expect(left).not.toEqual(right);
    for (const term of ['held_out_fea_loss', 'held_out_age_loss'] as const)
      expect(ten[term] / ((left[term] + right[term]) / 2)).toBeCloseTo(1, 5);
  }
  // a generator that is trained with a label a batch is shown such batches
  const moving = [...namedWeights(generator).values()].map((weight) => weight.dataSync().slice());
  expect(await measure(files, 'batch')).not.toEqual(whole);
  expect([...namedWeights(generator).values()].map((weight) => weight.dataSync().slice())).toEqual(
    moving,
  );
});
