/** @file `POST /v1/age`: what is cheap is looked at first, and nothing is decoded before its header was read. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { targetGroups } from '../ageing/target-groups';
import { countScans, MOST_SCANS, readPictureHeader } from '../images/picture-header';
import { facesBody, sendError, sendRefusal } from './answers';
import { ageQuery, PICTURE_TYPES } from './api';
import type { BatchQueue } from './batch-queue';
import type { AgedAnswer, AgeJob, Engine } from './engine';
import type { Metrics } from './metrics';

/** What requests may ask for. */
export interface Limits {
  /** Of a body. */
  readonly bytes: number;
  /** Of a picture. */
  readonly pixels: number;
  /** Of a photograph. */
  readonly faces: number;
  /** That are sent, wait or are worked on at a time. */
  readonly requests: number;
  /** That are computed together. */
  readonly batch: number;
  /** In which a request arrives, and in which it is then answered; in ms. */
  readonly arrival: number;
  readonly answer: number;
}

/** What the route works with. */
export interface AgeRouteParts {
  readonly engine: Engine;
  readonly queue: BatchQueue;
  readonly limits: Limits;
  readonly metrics: Metrics;
  readonly log: (line: string) => void;
  /** How long a request takes of late, in ms. */
  readonly pace: () => number;
}

/** A longer side than this is no photograph's: a thin picture has many parts to search. */
const LONGEST_SIDE = 16_384;
const LONGEST_WAIT_SECONDS = 60;
const MILLION = 1e6;

type Query = z.infer<ReturnType<typeof ageQuery>>;

/** A problem of a query, as `to: expected …`. */
const problemOf = (error: z.ZodError): string =>
  error.issues
    .map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message))
    .join('; ');

/** Looks at the picture's header. @returns the picture; null where an error was answered */
async function checkPicture(
  request: FastifyRequest,
  reply: FastifyReply,
  { pixels }: Limits,
): Promise<Buffer | null> {
  const { body, headers } = request;
  if (!Buffer.isBuffer(body) || body.length === 0) {
    sendError(
      reply,
      'unsupported_type',
      `the body: expected a picture of type ${PICTURE_TYPES.join(', ')}, got nothing. Send the file itself.`,
    );
    return null;
  }
  const said = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const header = await readPictureHeader(body);
  if (header === null || `image/${header.format}` !== said) {
    const got = header === null ? 'something else' : `image/${header.format}`;
    sendError(
      reply,
      'unsupported_type',
      `the body: expected ${said} as Content-Type says, got ${got}. Send ${PICTURE_TYPES.join(', ')} under its own type.`,
    );
    return null;
  }
  const { width, height } = header;
  if (width * height > pixels || Math.max(width, height) > LONGEST_SIDE) {
    sendError(
      reply,
      'too_large',
      `the picture: expected at most ${pixels / MILLION} million pixels and sides of ${LONGEST_SIDE}, got ${width} x ${height}. Send a smaller copy.`,
    );
    return null;
  }
  const scans = countScans(body);
  if (scans > MOST_SCANS) {
    sendError(
      reply,
      'too_large',
      `the picture: expected a JPEG of at most ${MOST_SCANS} scans, got ${scans}. Save it again, without "progressive".`,
    );
    return null;
  }
  return body;
}

/** The job that a query asks for. @returns null where an error was answered */
function jobOf(
  reply: FastifyReply,
  { to, face, min_face: minFace, format }: Query,
  { groupNames, ageBounds }: Engine['facts'],
): Omit<AgeJob, 'picture'> | null {
  const groups = targetGroups(to ?? null, groupNames, ageBounds);
  if (format === 'png' && groups.length !== 1) {
    sendError(
      reply,
      'bad_request',
      `to: expected one age group with format=png, got ${groups.length}. Name one: to=${groupNames.at(-1) ?? ''}; or ask for format=sheet.`,
    );
    return null;
  }
  return { groups, face, minFace, format };
}

/** Adds the route. @param guard answers those who may not use the API @returns how many requests have a place */
export function addAgeRoute(
  app: FastifyInstance,
  parts: AgeRouteParts,
  guard: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>,
): () => number {
  const { engine, queue, limits, metrics, log, pace } = parts;
  const { facts } = engine;
  const schema = ageQuery(facts);
  let admitted = 0;

  const comeAgain = (reply: FastifyReply): FastifyReply => {
    const jobs = queue.waiting() + queue.running();
    const seconds = Math.ceil((Math.max(1, jobs) * pace()) / 1000);
    return reply.header('Retry-After', Math.min(LONGEST_WAIT_SECONDS, Math.max(1, seconds)));
  };
  /** Gives a request a place until it is answered or its sender is gone, or turns it away before its body is read. */
  const admit = async (_request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    if (admitted >= limits.requests)
      return sendError(
        comeAgain(reply),
        'busy',
        `expected at most ${limits.requests} requests at a time, got one more. Send it again after Retry-After.`,
      );
    // it would wait, and be told in the end that it waited for nothing
    if (admitted > 0 && (admitted + 1) * pace() > limits.answer)
      return sendError(
        comeAgain(reply),
        'busy',
        `expected no more requests than can be answered within ${limits.answer / 1000} s, got one behind ${admitted} that take ${(pace() / 1000).toFixed(1)} s each. Send it again after Retry-After.`,
      );
    admitted += 1;
    reply.raw.once('close', () => (admitted -= 1));
    return undefined;
  };
  const sendAged = (
    reply: FastifyReply,
    format: AgeJob['format'],
    answer: AgedAnswer,
  ): FastifyReply => {
    metrics.faces(answer.faceCount);
    return format === 'json'
      ? reply.send(facesBody(facts, answer))
      : reply.type('image/png').send(Buffer.from(answer.png ?? []));
  };

  app.route({
    method: 'POST',
    url: '/v1/age',
    bodyLimit: limits.bytes,
    onRequest: [guard, admit],
    handler: async (request, reply) => {
      const query = schema.safeParse(request.query);
      if (!query.success)
        return sendError(reply, 'bad_request', `${problemOf(query.error)}. See /openapi.json.`);
      const asked = jobOf(reply, query.data, facts);
      if (asked === null) return reply;
      const picture = await checkPicture(request, reply, limits);
      if (picture === null) return reply;
      const unwanted = new AbortController();
      const abort = (): void => unwanted.abort();
      const timer = setTimeout(abort, limits.answer);
      reply.raw.once('close', abort);
      const outcome = await queue.add({ ...asked, picture }, unwanted.signal);
      clearTimeout(timer);
      if (outcome === null)
        return sendError(
          comeAgain(reply),
          'unavailable',
          `expected an answer within ${limits.answer / 1000} s, got none. Send it again after Retry-After.`,
        );
      switch (outcome.kind) {
        case 'aged':
          return sendAged(reply, asked.format, outcome.answer);
        case 'refused':
          return sendRefusal(reply, outcome.refusal);
        case 'died':
          return sendError(
            comeAgain(reply),
            'unavailable',
            'the process that computes ended in between. Send it again after Retry-After.',
          );
        case 'failed':
          log(outcome.message);
          return sendError(reply, 'internal', 'a bug; the log of the service says more.');
      }
    },
  });
  return () => admitted;
}
