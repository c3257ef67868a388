/** @file The way of a photograph: its faces are found, aged and put back, and each age is shown as soon as it is there. */

import type { RgbImage } from '../../src/images/pixels';
import type { UprightFace } from '../../src/faces/upright';
import { ageFace, inputOf } from './age-faces';
import type { AgedPhotograph, FaceLayers } from './aged-photograph';
import { findFaces } from './find-faces';
import type { Networks } from './networks';
import { layerOf, maskLayerOf, placeFace, placeOf } from './paste-faces';
import type { Place, PlacedFace } from './paste-faces';
import { readPhotograph, toCanvas } from './pictures';
import { openResult } from './result';
import type { OpenResult } from './result';
import { drawn, say } from './status';

/** A face, before it is aged. */
interface Subject {
  readonly input: RgbImage;
  readonly place: Place | null;
  readonly layers: FaceLayers;
}

function subjectOf(networks: Networks, photograph: RgbImage, face: UprightFace): Subject {
  const input = inputOf(networks, face.crop);
  const hasMask = networks.generator.outputs.length > 1;
  const place = placeOf(photograph, face, input, hasMask);
  return { input, place, layers: { pictures: [], masks: [] } };
}

/** All faces at one group, put back and shown. */
async function showGroup(
  networks: Networks,
  photograph: RgbImage,
  subjects: readonly Subject[],
  group: number,
  result: OpenResult,
): Promise<void> {
  const placed: PlacedFace[] = [];
  for (const [i, { input, place, layers }] of subjects.entries()) {
    const aged = await ageFace(networks, input, group);
    if (place) {
      const face = placeFace(photograph, place, aged, placed);
      placed.push(face);
      layers.pictures[group] = layerOf(face);
      if (aged.mask) layers.masks[group] = maskLayerOf(place, aged.mask, aged.image.width);
    }
    result.showCrop(i, group, aged.image);
  }
  result.showGroup(group);
}

const inWords = (faces: number): string => (faces === 1 ? 'One face' : `${faces} faces`);

/**
 * Shows the faces of a photograph at every age.
 * @param name of the file, for errors
 * @param isCurrent false as soon as another photograph was chosen: then this one stops
 * @throws SaidError for what is no photograph of a face
 */
export async function showPhotograph(
  networks: Networks,
  file: Blob,
  name: string,
  isCurrent: () => boolean,
): Promise<void> {
  say('Looking for faces…', 'busy');
  await drawn();
  const started = performance.now();
  const seconds = (): string => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  const { image, isSmaller } = await readPhotograph(file, name);
  const faces = await findFaces(networks, image);
  if (!isCurrent()) return;
  const subjects = faces.map((face) => subjectOf(networks, image, face));
  const photograph: AgedPhotograph = {
    width: image.width,
    height: image.height,
    original: toCanvas(image),
    faces: subjects.map(({ layers }) => layers),
    shown: new Set(subjects.keys()),
  };
  const groups = networks.manifest.age_groups.map((group) => group.name);
  const result = openResult(
    photograph,
    subjects.map(({ input }) => input),
    groups,
  );
  // the oldest first: it is what people look for
  for (const [done, group] of [...groups.keys()].reverse().entries()) {
    await showGroup(networks, image, subjects, group, result);
    if (!isCurrent()) return;
    say(
      `${inWords(faces.length)}: ${done + 1} of ${groups.length} ages after ${seconds()}…`,
      'first',
    );
    await drawn();
    if (!isCurrent()) return;
  }
  result.finish();
  const smaller = isSmaller
    ? ' The photograph was made smaller: this browser cannot hold it whole.'
    : '';
  say(`${inWords(faces.length)} at ${groups.length} ages, in ${seconds()}.${smaller}`, 'done');
}
