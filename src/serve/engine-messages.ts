/** @file What the service and the process that computes tell each other. */

import type { Device } from '../engine/install/versions';
import type { AgeJob, JobOutcome, ModelFacts } from './engine';

/** How the process is opened. */
export interface EngineOpening {
  readonly model: string;
  readonly device: Device;
  /** A folder that does not exist yet, to write the page to; null for none. */
  readonly page: string | null;
  /** Whether photographs will come: otherwise no model stays open. */
  readonly ages: boolean;
  /** Most faces of a photograph. */
  readonly mostFaces: number;
}

/** To the process: first how, then batches. */
export type EngineRequest =
  { readonly open: EngineOpening } | { readonly batch: number; readonly jobs: readonly AgeJob[] };

/** From it. */
export type EngineNotice =
  | { readonly opened: ModelFacts | null }
  /** It could not be opened. */
  | { readonly failed: string; readonly exitCode: number }
  | { readonly batch: number; readonly index: number; readonly outcome: JobOutcome }
  /** A part of the work is done. */
  | { readonly alive: true };
