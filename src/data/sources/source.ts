/** @file Where faces come from: one interface, one file a source. */

/** A face that can be used. */
export interface FaceRecord {
  /** Path relative to the source's root folder, `/` between folders. */
  readonly name: string;
  /** In years. */
  readonly age: number;
  /** Who it is, where the source says so. */
  readonly identity: string | null;
}

/** A file that cannot be used, and why. */
export interface Rejection {
  readonly name: string;
  /** One word or two, the same for the same cause. */
  readonly reason: string;
  readonly detail: string;
}

/** Everything that a source found; each file it scanned is in one of the two. */
export interface FaceList {
  readonly records: readonly FaceRecord[];
  readonly rejected: readonly Rejection[];
}

/** A place that faces come from. */
export interface FaceSource {
  /** What dataset.json calls it. */
  readonly kind: string;
  readonly rootFolder: string;
  list(): Promise<FaceList>;
}
