/** @file The first judge: descriptor and age network of @vladmandic/face-api (MIT), on our engine. */

import { tf } from '../../engine/tf';
import { DESCRIPTOR_SIZE, facePart, loadFaceDescriber } from '../../faces/descriptor';
import type { FacePicture } from '../../faces/descriptor';
import { faceApi, faceApiVersion, netInput, openNetworks, toTensor } from '../../faces/face-api';
import type { FaceView, Judge } from './judge';

/** The package's own: faces of one person are nearer than this. */
const PUBLISHED_THRESHOLD = 0.6;
const listed = <T>(one: T | T[]): T[] => (Array.isArray(one) ? one : [one]);

/** Loads both networks from the package. */
export async function loadFaceApiJudge(): Promise<Judge> {
  const { ageGenderNet } = faceApi().nets;
  const describer = await loadFaceDescriber();
  const disposeAges = await openNetworks([ageGenderNet]).catch((error: unknown) => {
    describer.dispose();
    throw error;
  });
  return {
    name: 'face-api',
    version: faceApiVersion(),
    note: 'a ResNet of 128 numbers, and an age network of whose data its author names UTKFace, FG-NET, IMDB-WIKI and CACD: it may have seen the photographs tested here',
    identity: { publishedThreshold: PUBLISHED_THRESHOLD, isCalibrated: true },
    age: 'years',
    dispose: () => {
      describer.dispose();
      disposeAges();
    },
    judge: async (faces: readonly FaceView[]) => {
      const pictures = faces.map(({ image, landmarks }): FacePicture => ({
        image,
        landmarks: landmarks.map(({ x, y }) => [x, y] as const),
      }));
      const descriptors = await describer.describe(pictures);
      const tensors = pictures.map((picture) => toTensor(facePart(picture)));
      const ages = listed(await ageGenderNet.predictAgeAndGender(netInput(tensors)));
      tf.dispose(tensors);
      return faces.map((_, i) => ({
        embedding: descriptors.slice(i * DESCRIPTOR_SIZE, (i + 1) * DESCRIPTOR_SIZE),
        age: ages[i]?.age ?? null,
        group: null,
      }));
    },
  };
}
