import type { Point } from '../../faces/similarity';
import type { RgbImage } from '../../images/pixels';
import type { Box } from '../../faces/face-box';

/** A picture of one face, and where the face lies, in its pixels. */
export interface FaceView {
  readonly image: RgbImage;
  readonly box: Box;
  readonly landmarks: readonly Point[];
}

/** What one judge says of one face; null for what it does not judge. */
export interface Opinion {
  /** Euclidean distances between two tell whether they show one person. */
  readonly embedding: Float32Array | null;
  /** In years. */
  readonly age: number | null;
  /** Index of the age group, of a judge that knows groups only. */
  readonly group: number | null;
}

/** A network that judges faces. */
export interface Judge {
  /** Short, for tables and files. */
  readonly name: string;
  /** Package and version, or hash of the weights: opinions are kept under it. */
  readonly version: string;
  /** What a reader must know of it: what it was trained on, as far as that is known. */
  readonly note: string;
  /** Null for a judge of ages alone. */
  readonly identity: {
    /** Largest distance of one person, as its authors give it; null where they give none. */
    readonly publishedThreshold: number | null;
    /** Whether the threshold is set by pairs of the data set; or kept as published. */
    readonly isCalibrated: boolean;
  } | null;
  /** Years, groups, or nothing. */
  readonly age: 'years' | 'group' | null;
  /** One opinion a face, in order. */
  judge(faces: readonly FaceView[]): Promise<Opinion[]>;
  /** Frees its networks, where nobody else has them open; it judges nothing afterwards. */
  dispose(): void;
}
