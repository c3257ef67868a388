/** @file What goes back: errors with a word for programs and a sentence for people, and aged faces. */

import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import type { ageAnswer, ErrorCode, errorAnswer } from './api';
import { groupsOf } from './api';
import type { AgedAnswer, ModelFacts, Refusal } from './engine';

/** The status of each word. */
const STATUS: Readonly<Record<ErrorCode, number>> = {
  bad_request: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  timeout: 408,
  too_large: 413,
  unsupported_type: 415,
  broken_picture: 422,
  no_face: 422,
  face_too_small: 422,
  too_many_faces: 422,
  busy: 429,
  internal: 500,
  unavailable: 503,
};

/** The word for a status that something else than our own code gave. */
export const codeOf = (status: number): ErrorCode =>
  (Object.keys(STATUS) as ErrorCode[]).find((code) => STATUS[code] === status) ??
  (status < 500 ? 'bad_request' : 'internal');

/** The body of an error. */
export const errorBody = (error: ErrorCode, message: string): z.infer<typeof errorAnswer> => ({
  error,
  message,
});

/** Answers with an error. @param status that of the word when absent */
export const sendError = (
  reply: FastifyReply,
  error: ErrorCode,
  message: string,
  status = STATUS[error],
): FastifyReply => reply.code(status).send(errorBody(error, message));

const REFUSALS: Readonly<Record<Refusal['reason'], readonly [ErrorCode, string]>> = {
  'broken picture': ['broken_picture', 'Send a whole one.'],
  'no face': ['no_face', 'Send one that shows a face from the front, upright and in the light.'],
  'too small': ['face_too_small', 'Send a larger copy, or allow smaller faces: min_face.'],
  'too many faces': ['too_many_faces', 'Send a part of it, or ask for one: face=largest.'],
};

/** Answers that a picture cannot be aged, and why. */
export function sendRefusal(reply: FastifyReply, { reason, detail }: Refusal): FastifyReply {
  const [code, advice] = REFUSALS[reason];
  return sendError(reply, code, `the picture: expected faces, got ${reason}: ${detail}. ${advice}`);
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** Aged faces as the API has them. */
export function facesBody(facts: ModelFacts, answer: AgedAnswer): z.infer<typeof ageAnswer> {
  const groups = groupsOf(facts);
  return {
    width: answer.width,
    height: answer.height,
    faces: answer.faces.map(({ box, score, input, pictures }) => ({
      box,
      score,
      input: base64(input),
      pictures: pictures.flatMap(({ group, image, mask }) => {
        const named = groups[group];
        return named ? [{ ...named, image: base64(image), mask: mask && base64(mask) }] : [];
      }),
    })),
  };
}
