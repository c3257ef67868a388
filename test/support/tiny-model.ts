/** @file Models with random weights, small enough for tests. */

import { ageGroupNames } from '../../src/data/age-groups';
import { generatorOfKind } from '../../src/models/generators';
import { initializeWeights } from '../../src/models/initialize';
import { toManifest, writeManifest } from '../../src/weights/model-manifest';
import { saveModel } from '../../src/weights/saved-model';

/** Writes a generator's folder as `ipcgan export` does; needs an open engine. */
export async function writeTinyModel(
  folder: string,
  kind: 'residual' | 'masked',
  imageSize = 32,
): Promise<void> {
  const ageBounds = [20, 30, 40, 50];
  const channels = 2;
  const generator = generatorOfKind(kind, 'test').build({
    imageSize,
    ageGroups: ageBounds.length + 1,
    channels,
  });
  initializeWeights(generator, 5, () => 0.1);
  await saveModel(generator, folder);
  generator.dispose();
  await writeManifest(
    folder,
    toManifest({
      generator: { kind, channels, upsampling: 'transposed' },
      imageSize,
      ageBounds,
      groupNames: ageGroupNames(ageBounds),
      labelScale: 1,
      batchNorm: 'moving',
      step: null,
      trainedOn: null,
      licence: 'Random numbers.',
      figures: {},
    }),
  );
}
