/** @file Several judges over the same pictures; what they say of photographs is kept by content. */

import { appendFile, mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { sha256Of } from '../../files/digest';
import { NewerFileError, refuseNewer } from '../../files/format-version';
import { MachineError } from '../../errors';
import type { FaceFinder, OpenFaceFinder } from '../../faces/detect';
import { sharpnessOf } from '../../faces/measure-quality';
import { FINDING, viewFace } from './find-face';
import type { Judge, Opinion } from './judge';
import type { RgbImage } from '../../images/pixels';

/** Everything measured on one picture. */
export interface Observation {
  readonly isFound: boolean;
  /** See data/prepare/quality.ts. */
  readonly sharpness: number;
  /** One for each judge of the panel, in order; of a picture without a face, of where the face should be. */
  readonly opinions: readonly Opinion[];
}

/** Judges and what finds the faces for them. */
export interface Panel {
  readonly finder: FaceFinder;
  readonly judges: readonly Judge[];
  /** Frees what its finder and judges hold. */
  dispose(): void;
}

/** Judges side by side; the panel frees them, and the finder. */
export const panelOf = (finder: OpenFaceFinder, judges: readonly Judge[]): Panel => ({
  finder,
  judges,
  dispose: () => {
    finder.dispose();
    for (const judge of judges) judge.dispose();
  },
});

/** Pictures that the judges see at a time. */
export const JUDGED_AT_A_TIME = 8;

/** Observes pictures of one size, in order. */
export async function observe(
  { finder, judges }: Panel,
  images: readonly RgbImage[],
): Promise<Observation[]> {
  const observations: Observation[] = [];
  for (let start = 0; start < images.length; start += JUDGED_AT_A_TIME) {
    const some = images.slice(start, start + JUDGED_AT_A_TIME);
    const views = [];
    for (const image of some) views.push(await viewFace(finder, image));
    const opinions: Opinion[][] = [];
    for (const judge of judges) opinions.push(await judge.judge(views.map(({ view }) => view)));
    for (const [i, image] of some.entries())
      observations.push({
        isFound: views[i]?.isFound ?? false,
        sharpness: await sharpnessOf(image),
        opinions: opinions.map((ofJudge) => ofJudge[i] as Opinion),
      });
  }
  return observations;
}

/** Of the file, which says it in its first line; files of before say none. */
const CACHE_VERSION = { key: 'format', newest: 1 } as const;

/** An observation as a line of the file. */
interface Line {
  readonly key: string;
  readonly found: boolean;
  readonly sharpness: number;
  readonly opinions: readonly {
    readonly embedding: string | null;
    readonly age: number | null;
    readonly group: number | null;
  }[];
}

const toText = (values: Float32Array): string =>
  Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');

function fromText(text: string): Float32Array {
  const bytes = Buffer.from(text, 'base64');
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

/** @throws NewerFileError */
function parseLine(file: string, text: string): readonly [string, Observation] | null {
  try {
    const content: unknown = JSON.parse(text);
    refuseNewer(file, content, CACHE_VERSION);
    if (typeof content === 'object' && content !== null && CACHE_VERSION.key in content)
      return null;
    const { key, found, sharpness, opinions } = content as Line;
    const parsed = opinions.map(({ embedding, age, group }) => ({
      embedding: embedding === null ? null : fromText(embedding),
      age,
      group,
    }));
    return [key, { isFound: found, sharpness, opinions: parsed }];
  } catch (error) {
    if (error instanceof NewerFileError) throw error;
    // a line that a killed process did not finish
    return null;
  }
}

/** What is known of photographs already. */
export interface ObservationCache {
  /** Observes what is not known, and keeps it. @param images one for each key, read only where it is needed */
  observe(
    keys: readonly string[],
    load: (index: number) => Promise<RgbImage>,
  ): Promise<Observation[]>;
}

/** Under which a picture's observations by a panel are kept. @param sha256 of the picture's file */
export const observationKey = (sha256: string, imageSize: number): string =>
  `${sha256}@${imageSize}`;

/**
 * Opens the file of a panel in a folder, or makes it.
 * @throws NewerFileError; MachineError when it cannot be written
 */
export async function openObservationCache(
  folder: string,
  panel: Panel,
): Promise<ObservationCache> {
  const versions = [FINDING, ...panel.judges.map(({ name, version }) => `${name} ${version}`)].join(
    '\n',
  );
  const file = path.join(folder, `judged-${sha256Of(versions).slice(0, 12)}.jsonl`);
  const text = await readFile(file, 'utf8').catch(() => '');
  const known = new Map(
    text
      .split('\n')
      .flatMap((line) => (line === '' ? [] : [parseLine(file, line)]))
      .filter((entry) => entry !== null),
  );
  let header =
    text === '' ? `\n${JSON.stringify({ [CACHE_VERSION.key]: CACHE_VERSION.newest })}` : '';
  const keep = async (
    key: string,
    { isFound, sharpness, opinions }: Observation,
  ): Promise<void> => {
    const plain = opinions.map(({ embedding, ...rest }) => ({
      ...rest,
      embedding: embedding === null ? null : toText(embedding),
    }));
    try {
      await mkdir(folder, { recursive: true });
      // a newline first ends what a killed process left unfinished
      await appendFile(
        file,
        `${header}\n${JSON.stringify({ key, found: isFound, sharpness, opinions: plain } satisfies Line)}`,
      );
      header = '';
    } catch (cause) {
      throw new MachineError(
        `--cache_dir: expected to write ${file}, got ${(cause as Error).message}. Give a folder that can be written.`,
        { cause },
      );
    }
  };
  return {
    observe: async (keys, load) => {
      const missing = [...keys.entries()].filter(([, key]) => !known.has(key));
      const images = await Promise.all(missing.map(([i]) => load(i)));
      const observations = await observe(panel, images);
      for (const [at, [, key]] of missing.entries()) {
        const observation = observations[at] as Observation;
        known.set(key, observation);
        await keep(key, observation);
      }
      return keys.map((key) => known.get(key) as Observation);
    },
  };
}
