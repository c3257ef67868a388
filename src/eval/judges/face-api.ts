/** @file The first judge: descriptor and age network of @vladmandic/face-api (MIT), on our engine. */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as faceApi from '@vladmandic/face-api/dist/face-api.node-gpu.js';
import { tf } from '../../engine/tf';
import { cropImage } from '../../data/image';
import { faceApiWeights, toTensor } from '../../data/prepare/detect';
import type { Box } from '../../data/prepare/detect';
import type { Point } from '../../data/prepare/similarity';
import type { FaceView, Judge } from './judge';

/** The package's own: faces of one person are nearer than this. */
const PUBLISHED_THRESHOLD = 0.6;
/** Margin around the landmarks as a share of their extent, as the package cuts faces. */
const PADDING = 0.2;

/** The landmarks' box with the package's margin. */
export function landmarkBox(landmarks: readonly Point[]): Box {
  const [xs, ys] = [landmarks.map(({ x }) => x), landmarks.map(({ y }) => y)];
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const [width, height] = [Math.max(...xs) - left, Math.max(...ys) - top];
  return {
    x: left - (PADDING * width) / 2,
    y: top - (PADDING * height) / 2,
    width: (1 + PADDING) * width,
    height: (1 + PADDING) * height,
  };
}

const listed = <T>(one: T | T[]): T[] => (Array.isArray(one) ? one : [one]);

/** Loads both networks from the package. */
export async function loadFaceApiJudge(): Promise<Judge> {
  const weights = faceApiWeights();
  const { faceRecognitionNet, ageGenderNet } = faceApi.nets;
  await Promise.all([faceRecognitionNet.loadFromDisk(weights), ageGenderNet.loadFromDisk(weights)]);
  const { version } = JSON.parse(readFileSync(path.join(weights, '../package.json'), 'utf8')) as { version: string };
  return {
    name: 'face-api',
    version: `@vladmandic/face-api ${version}`,
    note: 'a ResNet of 128 numbers, and an age network of whose data its author names UTKFace, FG-NET, IMDB-WIKI and CACD: it may have seen the photographs tested here',
    identity: { publishedThreshold: PUBLISHED_THRESHOLD, isCalibrated: true },
    age: 'years',
    judge: async (faces: readonly FaceView[]) => {
      const tensors = faces.map(({ image, landmarks }) => toTensor(cropImage(image, landmarkBox(landmarks))));
      const input = new faceApi.NetInput(tensors);
      const embeddings = listed(await faceRecognitionNet.computeFaceDescriptor(input));
      const ages = listed(await ageGenderNet.predictAgeAndGender(input));
      tf.dispose(tensors);
      return faces.map((_, i) => ({ embedding: embeddings[i] ?? null, age: ages[i]?.age ?? null, group: null }));
    },
  };
}
