/** @file What the service asks of what computes, and what comes back: plain values that go from one process to another. */

import type { FaceChoice, NoFaces } from '../faces/align';
import type { Box } from '../faces/face-box';

/** What is known of a model. */
export interface ModelFacts {
  /** Of its folder. */
  readonly name: string;
  /** Height and width of its pictures, in pixels. */
  readonly imageSize: number;
  readonly ageBounds: readonly number[];
  /** Of its age groups, as `31-40`, the youngest first. */
  readonly groupNames: readonly string[];
  readonly hasMask: boolean;
}

/** In what an aged photograph comes back: crops; the whole photograph at one group; or a table of faces and ages. */
export const ANSWER_FORMATS = ['json', 'png', 'sheet'] as const;
export type AnswerFormat = (typeof ANSWER_FORMATS)[number];

/** A photograph to age. */
export interface AgeJob {
  /** An encoded picture, whose header was looked at. */
  readonly picture: Uint8Array;
  /** Age groups, 0 the youngest. */
  readonly groups: readonly number[];
  readonly face: FaceChoice;
  /** Smallest width of a face, in pixels of the photograph. */
  readonly minFace: number;
  readonly format: AnswerFormat;
}

/** A face at an age group; pictures are PNG. */
export interface AgedCrop {
  readonly group: number;
  readonly image: Uint8Array;
  /** Of a generator with a mask: white where it changed the face. */
  readonly mask: Uint8Array | null;
}

/** A face of a photograph. */
export interface AgedFaceCrops {
  /** The face's frame in the photograph, in pixels. */
  readonly box: Box;
  /** The detector's, 0 to 1. */
  readonly score: number;
  /** PNG: as the generator saw it. */
  readonly input: Uint8Array;
  readonly pictures: readonly AgedCrop[];
}

/** An aged photograph. */
export interface AgedAnswer {
  /** Of the photograph, upright, in pixels. */
  readonly width: number;
  readonly height: number;
  readonly faceCount: number;
  /** Where crops were asked for; from left to right. */
  readonly faces: readonly AgedFaceCrops[];
  /** Where a picture was asked for: PNG. */
  readonly png: Uint8Array | null;
}

/** Why a picture is not aged, where that is the picture's doing. */
export interface Refusal {
  readonly reason: NoFaces | 'broken picture';
  readonly detail: string;
}

/** What comes of a job: an answer; a refusal; what went wrong here; or nothing, where the process that computes ended. */
export type JobOutcome =
  | { readonly kind: 'aged'; readonly answer: AgedAnswer }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'died'; readonly message: string };

/** What computes. */
export interface Engine {
  readonly facts: ModelFacts;
  /** Whether it could begin now. */
  isReady(): boolean;
  /** Resolves when it can begin. */
  ready(): Promise<void>;
  /** Ages photographs, those for the same groups in batches; an outcome for each, and never a rejection. */
  age(jobs: readonly AgeJob[]): readonly Promise<JobOutcome>[];
  /** How often it was started again. */
  restarts(): number;
  /** Bytes of memory that it holds. */
  memory(): number;
  /** Ends it. */
  stop(): Promise<void>;
}
