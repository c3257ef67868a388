/** @file Ages photographs of several requests together: the faces of all that ask for the same groups are one batch. */

import { pasteFaces } from '../ageing/ager';
import type { AgedFace, Ager } from '../ageing/ager';
import { ContactSheet } from '../ageing/contact-sheet';
import { UserError } from '../errors';
import type { AlignedFace } from '../faces/align';
import type { Box } from '../faces/face-box';
import { applySimilarity, invertSimilarity } from '../faces/similarity';
import { TEMPLATE_FACE } from '../faces/template';
import { decodeImage, encodePng } from '../images/image';
import type { RgbImage } from '../images/pixels';
import type { AgedAnswer, AgedFaceCrops, AgeJob, JobOutcome } from './engine';

/** Faces in one batch: each takes about 100 MB. */
const MOST_TOGETHER = 8;

/** A job whose faces are found. */
interface Found {
  readonly index: number;
  readonly job: AgeJob;
  readonly size: Pick<RgbImage, 'width' | 'height'>;
  /** Kept only where it is to be given back. */
  readonly photograph: RgbImage | null;
  readonly faces: readonly AlignedFace[];
}

/** The frame that the detector draws around a face, upright, in the photograph: whole pixels. */
export function frameOf({ transform }: Pick<AlignedFace, 'transform'>): Box {
  const back = invertSimilarity(transform);
  const { x, y, width, height } = TEMPLATE_FACE;
  const corners = [0, 1, 2, 3].map((i) =>
    applySimilarity(back, { x: x + (i & 1) * width, y: y + (i >> 1) * height }),
  );
  const low = (of: readonly number[]): number => Math.round(Math.min(...of));
  const high = (of: readonly number[]): number => Math.round(Math.max(...of));
  const across = corners.map((corner) => corner.x);
  const down = corners.map((corner) => corner.y);
  return {
    x: low(across),
    y: low(down),
    width: high(across) - low(across),
    height: high(down) - low(down),
  };
}

async function cropsOf(face: AgedFace): Promise<AgedFaceCrops> {
  const { input, pictures, place } = face;
  return {
    box: place ? frameOf(place) : { x: 0, y: 0, width: input.width, height: input.height },
    score: place?.quality.score ?? 0,
    input: await encodePng(input),
    pictures: await Promise.all(
      pictures.map(async ({ group, image, mask }) => ({
        group,
        image: await encodePng(image),
        mask: mask && (await encodePng(mask)),
      })),
    ),
  };
}

async function sheetOf(ager: Ager, { job }: Found, faces: readonly AgedFace[]): Promise<Buffer> {
  const names = job.groups.map((group) => ager.groupNames[group] ?? '');
  const sheet = new ContactSheet(['input', ...names]);
  for (const [i, { input, pictures }] of faces.entries())
    await sheet.add(`face ${i + 1}`, [input, ...pictures.map(({ image }) => image)]);
  return sheet.encode();
}

async function answerOf(ager: Ager, found: Found, faces: readonly AgedFace[]): Promise<AgedAnswer> {
  const { job, size, photograph } = found;
  const about = { ...size, faceCount: faces.length };
  if (job.format === 'json')
    return { ...about, faces: await Promise.all(faces.map(cropsOf)), png: null };
  if (photograph === null) return { ...about, faces: [], png: await sheetOf(ager, found, faces) };
  const pasted = await pasteFaces(photograph, faces, job.groups[0] ?? 0);
  return { ...about, faces: [], png: await encodePng(pasted) };
}

/** Decodes a photograph and finds its faces; an outcome where it has none. */
async function find(
  ager: Ager,
  job: AgeJob,
  index: number,
  mostFaces: number,
): Promise<Found | JobOutcome> {
  const photograph = await decodeImage(Buffer.from(job.picture), 'the picture').catch(
    (error: unknown) => {
      if (error instanceof UserError) return error;
      throw error;
    },
  );
  if (photograph instanceof UserError)
    return {
      kind: 'refused',
      refusal: { reason: 'broken picture', detail: 'the picture cannot be decoded to its end' },
    };
  const { face, minFace } = job;
  const outcome = await ager.findFaces(photograph, { face, minFace, mostFaces });
  if (!('faces' in outcome)) return { kind: 'refused', refusal: outcome };
  const { width, height } = photograph;
  return {
    index,
    job,
    size: { width, height },
    photograph: job.format === 'png' ? photograph : null,
    faces: outcome.faces,
  };
}

/** All faces of some jobs for the same groups, in batches; by job. */
async function ageTogether(
  ager: Ager,
  some: readonly Found[],
  groups: readonly number[],
  onProgress: () => void,
): Promise<AgedFace[][]> {
  const places = some.flatMap(({ faces }) => faces);
  const aged: AgedFace[] = [];
  for (let from = 0; from < places.length; from += MOST_TOGETHER) {
    const crops = places.slice(from, from + MOST_TOGETHER).map(({ crop }) => crop);
    const made = await ager.ageCrops(crops, groups);
    aged.push(...made.map((face, i) => ({ ...face, place: places[from + i] ?? null })));
    onProgress();
  }
  return some.map(({ faces }) => aged.splice(0, faces.length));
}

const failed = (error: unknown): JobOutcome => ({
  kind: 'failed',
  message: error instanceof Error ? (error.stack ?? error.message) : String(error),
});

/**
 * Ages photographs.
 * @param mostFaces of one photograph, where all are asked for
 * @param onOutcome gets what came of each job, once, as soon as it is there
 * @param onProgress called whenever a part of the work is done
 */
export async function ageBatch(
  ager: Ager,
  jobs: readonly AgeJob[],
  mostFaces: number,
  onOutcome: (index: number, outcome: JobOutcome) => void,
  onProgress: () => void,
): Promise<void> {
  const byGroups = new Map<string, Found[]>();
  for (const [index, job] of jobs.entries()) {
    const found = await find(ager, job, index, mostFaces).catch(failed);
    onProgress();
    if ('kind' in found) {
      onOutcome(index, found);
      continue;
    }
    const key = job.groups.join();
    byGroups.set(key, [...(byGroups.get(key) ?? []), found]);
  }
  for (const some of byGroups.values()) {
    const groups = some[0]?.job.groups ?? [];
    const aged = await ageTogether(ager, some, groups, onProgress).catch(failed);
    for (const [i, one] of some.entries())
      onOutcome(
        one.index,
        'kind' in aged
          ? aged
          : await answerOf(ager, one, aged[i] ?? []).then(
              (answer) => ({ kind: 'aged', answer }),
              failed,
            ),
      );
  }
}
