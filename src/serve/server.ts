/** @file The web server: the page's files and, where it is asked for, the API. Each request is a line on stderr, without its picture. */

import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import fastify from 'fastify';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { addAgeRoute } from './age-route';
import type { Limits } from './age-route';
import { codeOf, errorBody, sendError } from './answers';
import { groupsOf, operationsOf, PICTURE_TYPES } from './api';
import { createBatchQueue } from './batch-queue';
import type { Engine } from './engine';
import { LingeringConnections } from './linger';
import { createMetrics, METRICS_TYPE } from './metrics';
import type { Metrics } from './metrics';
import { describeApi } from './openapi';
import type { Page } from './page';
import { hasToken, isLocalHost } from './token';

/** What serves. */
export interface ServerParts {
  readonly page: Page;
  readonly api: {
    readonly engine: Engine;
    /** Null for none: then only this machine may ask. */
    readonly token: string | null;
  } | null;
  readonly limits: Limits;
  /** Gets a line for each request, and for what goes wrong. */
  readonly log: (line: string) => void;
}

/** A server that does not listen yet. */
export interface Server {
  readonly app: FastifyInstance;
  /** Stops listening, and resolves when every request is answered. */
  close(): Promise<void>;
  /** Requests for ages that are not answered yet. */
  open(): number;
}

const SECOND = 1000;
const HEADERS_TIMEOUT = 10 * SECOND;
const IDLE_TIMEOUT = 5 * SECOND;
/** How often it is looked whether a request takes too long to arrive. */
const CHECK_EVERY = SECOND;
const MOST_CONNECTIONS = 1024;
const MOST_HEADER_BYTES = 8192;
/** What is read and dropped of a request that was refused, so that whoever sends it to its end reads the answer. */
const MOST_DROPPED_BYTES = 256e6;
/** How long what still comes is dropped after an error of HTTP. */
const AFTER_ERROR = SECOND;
/** What a status line has no number for: the other side is gone before the answer. */
const GONE = 499;
/** A faster measurement's weight in how long a request takes of late; a slower one counts at once, so that no more is promised than can be kept. */
const NEWEST = 0.2;
const LOGGED_LETTERS = 100;

const HEADERS: Readonly<Record<string, string>> = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(self), microphone=(), geolocation=()',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};
const NOTHING_ALLOWED = "default-src 'none'; frame-ancestors 'none'";

/** An address without what stands behind it, as a line of a log can hold it. */
const pathOf = (url: string): string => url.split('?')[0] ?? '';
const logged = (text: string): string =>
  text.replace(/[^\x21-\x7e]/g, '?').slice(0, LOGGED_LETTERS);

/** A page's file, as it is or as the browser has it. */
function sendFile(page: Page, request: FastifyRequest, reply: FastifyReply): FastifyReply | null {
  const file = page.files.get(pathOf(request.url));
  if (file === undefined) return null;
  reply
    .header('Content-Security-Policy', page.policy)
    .header('Cache-Control', 'no-cache')
    .header('ETag', file.etag);
  if (request.headers['if-none-match'] === file.etag) return reply.code(304).send();
  return reply.type(file.type).header('Content-Length', file.bytes).send(file.open());
}

/** Writes a line and counts, when a request is over. */
function watchRequests(
  app: FastifyInstance,
  lingering: LingeringConnections,
  metrics: Metrics,
  log: (line: string) => void,
): void {
  const late = new WeakSet<Socket>();
  const answered = new WeakSet<Socket>();
  app.addHook('onRequest', async (request, reply) => {
    const started = performance.now();
    const { method, ip, url, socket } = request;
    reply.raw.once('close', () => {
      const isWhole = reply.raw.writableFinished;
      // refused while there is more to come
      if (isWhole && !request.raw.complete) answered.add(socket);
      const status = isWhole ? reply.raw.statusCode : late.has(socket) ? 408 : GONE;
      const milliseconds = performance.now() - started;
      const route = request.routeOptions.url ?? 'none';
      metrics.request(method, route, status, milliseconds / SECOND);
      log(
        `${new Date().toISOString()} ${ip} ${method} ${logged(pathOf(url))} ${status} ${milliseconds.toFixed(0)} ms`,
      );
    });
  });
  app.server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const isLate = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
    if (isLate) late.add(socket);
    if (lingering.has(socket)) return;
    if (!socket.writable || answered.has(socket) || error.code === 'ECONNRESET') {
      socket.destroy();
      return;
    }
    const status = isLate
      ? '408 Request Timeout'
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? '431 Request Header Fields Too Large'
        : '400 Bad Request';
    const body = JSON.stringify(
      isLate
        ? errorBody('timeout', 'expected a request that arrives in time, got a slow one.')
        : errorBody('bad_request', 'expected HTTP, got something else.'),
    );
    lingering.end(
      socket,
      `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      AFTER_ERROR,
    );
  });
}

/** Ends connections that would keep a server from closing: Node looks for slow ones only while it listens. */
function watchConnections(app: FastifyInstance): { endSlow(): void } {
  const open = new Set<Socket>();
  const last = new WeakMap<Socket, IncomingMessage>();
  app.server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  app.addHook('onRequest', ({ raw }, _reply, done) => {
    last.set(raw.socket, raw);
    done();
  });
  return {
    endSlow: () => {
      for (const socket of open) if (last.get(socket)?.complete !== true) socket.destroy();
    },
  };
}

/** Builds the server. */
export function createServer({ page, api, limits, log }: ServerParts): Server {
  let isClosing = false;
  const app = fastify({
    logger: false,
    requestTimeout: limits.arrival,
    // a socket on which nothing moves, in either direction, is of no use: it is not read from
    connectionTimeout: limits.arrival + limits.answer + IDLE_TIMEOUT,
    keepAliveTimeout: IDLE_TIMEOUT,
    forceCloseConnections: 'idle',
    // ours, below
    return503OnClosing: false,
    clientErrorHandler: () => undefined,
    http: {
      maxHeaderSize: MOST_HEADER_BYTES,
      headersTimeout: Math.min(HEADERS_TIMEOUT, limits.arrival),
      connectionsCheckingInterval: Math.min(CHECK_EVERY, limits.arrival),
    },
    routerOptions: {
      onBadUrl: (_path, _request, response) => {
        response.writeHead(400, { 'Content-Type': 'application/json' });
        response.end(JSON.stringify(errorBody('bad_request', 'expected an address, got none.')));
      },
    },
  });
  app.server.maxConnections = MOST_CONNECTIONS;
  const metrics = createMetrics();
  const connections = watchConnections(app);
  const lingering = new LingeringConnections(app.server, {
    milliseconds: limits.arrival,
    bytes: MOST_DROPPED_BYTES,
  });
  watchRequests(app, lingering, metrics, log);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser([...PICTURE_TYPES], { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  );
  const operations = api === null ? [] : operationsOf(api.engine.facts);
  /** Says that there is nothing, or not by this method. */
  const notFound = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const path = pathOf(request.url);
    const allowed = page.files.has(path)
      ? ['GET']
      : operations.filter((one) => one.path === path).map(({ method }) => method as string);
    if (allowed.length === 0) return sendError(reply, 'not_found', 'there is nothing here.');
    const methods = allowed.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
    return sendError(
      reply.header('Allow', methods.join(', ')),
      'method_not_allowed',
      `expected ${methods.join(' or ')}, got ${request.method}.`,
    );
  };
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(HEADERS).header('Content-Security-Policy', NOTHING_ALLOWED);
    // before its body is read
    if (request.is404) return notFound(request, reply);
    if (!isClosing) return undefined;
    return sendError(
      reply.header('Connection', 'close').header('Retry-After', 1),
      'unavailable',
      'the service is stopping. Send it again after Retry-After.',
    );
  });
  app.addHook('onSend', async (_request, reply) => {
    if (isClosing) reply.header('Connection', 'close');
  });
  app.setErrorHandler((error: FastifyError, _request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) log(error.stack ?? error.message);
    const message = status < 500 ? `${error.message}.` : 'a bug; the log of the service says more.';
    return sendError(reply, codeOf(status), message.replace(/\.\.$/, '.'), status);
  });

  app.setNotFoundHandler(notFound);
  app.get('/*', (request, reply) => {
    if (sendFile(page, request, reply) === null) reply.callNotFound();
  });
  app.get('/healthz', (_request, reply) => {
    const status = api === null || api.engine.isReady() ? 'ok' : 'starting';
    return reply
      .header('Cache-Control', 'no-store')
      .code(status === 'ok' ? 200 : 503)
      .send({ status });
  });
  const open = api === null ? () => 0 : addApi(app, api, limits, metrics, log);
  return {
    app,
    close: async () => {
      isClosing = true;
      const arrived = setTimeout(() => connections.endSlow(), limits.arrival);
      const answered = setTimeout(
        () => app.server.closeAllConnections(),
        limits.arrival + limits.answer,
      );
      await app.close();
      clearTimeout(arrived);
      clearTimeout(answered);
    },
    open,
  };
}

/** Adds the API. @returns how many photographs are being sent, aged or answered */
function addApi(
  app: FastifyInstance,
  { engine, token }: NonNullable<ServerParts['api']>,
  limits: Limits,
  metrics: Metrics,
  log: (line: string) => void,
): () => number {
  const guard = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const { authorization, host } = request.headers;
    reply.header('Cache-Control', 'no-store');
    if (token === null)
      return isLocalHost(host)
        ? undefined
        : sendError(
            reply,
            'forbidden',
            `the Host header: expected this machine's, got another's. Use 127.0.0.1, or a token.`,
          );
    return hasToken(authorization, token)
      ? undefined
      : sendError(
          reply.header('WWW-Authenticate', 'Bearer'),
          'unauthorized',
          'expected the header Authorization: Bearer TOKEN, got none or a wrong one.',
        );
  };
  let pace = SECOND;
  const queue = createBatchQueue(engine, limits.batch, (jobs, milliseconds) => {
    metrics.batch(jobs);
    const measured = milliseconds / jobs;
    pace = Math.max(measured, pace + NEWEST * (measured - pace));
  });
  const parts = { engine, queue, limits, metrics, log, pace: () => pace };
  const open = addAgeRoute(app, parts, guard);
  const { facts } = engine;
  app.get('/v1/models', { onRequest: guard }, () => ({
    models: [
      {
        name: facts.name,
        image_size: facts.imageSize,
        groups: groupsOf(facts),
        has_mask: facts.hasMask,
      },
    ],
  }));
  app.get('/metrics', { onRequest: guard }, (_request, reply) =>
    reply.type(METRICS_TYPE).send(
      metrics.text({
        inProgress: open(),
        waiting: queue.waiting(),
        running: queue.running(),
        engineRestarts: engine.restarts(),
        isEngineUp: engine.isReady(),
        memory: process.memoryUsage.rss(),
        engineMemory: engine.memory(),
      }),
    ),
  );
  const document = describeApi(operationsOf(facts), token !== null);
  app.get('/openapi.json', () => document);
  return open;
}
