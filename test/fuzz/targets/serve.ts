/** @file Requests to the service: addresses, headers and bodies. */

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { UserError } from '../../../src/errors';
import { errorAnswer } from '../../../src/serve/api';
import type { AgedAnswer, Engine } from '../../../src/serve/engine';
import { openPage } from '../../../src/serve/page';
import { createServer } from '../../../src/serve/server';
import type { Server } from '../../../src/serve/server';
import { filesOf } from '../target';
import type { Target } from '../target';

const AGED: AgedAnswer = {
  width: 40,
  height: 30,
  faceCount: 1,
  faces: [
    {
      box: { x: 1, y: 2, width: 3, height: 4 },
      score: 0.5,
      input: Buffer.from('input'),
      pictures: [{ group: 4, image: Buffer.from('aged'), mask: null }],
    },
  ],
  png: Buffer.from('a picture'),
};

/** An engine that answers at once: what is fuzzed lies before it. */
const ENGINE: Engine = {
  facts: {
    name: 'test',
    imageSize: 16,
    ageBounds: [20, 30, 40, 50],
    groupNames: ['11-20', '21-30', '31-40', '41-50', '50+'],
    hasMask: false,
  },
  isReady: () => true,
  ready: () => Promise.resolve(),
  age: (jobs) => jobs.map(() => Promise.resolve({ kind: 'aged', answer: AGED })),
  restarts: () => 0,
  memory: () => 0,
  stop: () => Promise.resolve(),
};

const LIMITS = {
  bytes: 100_000,
  pixels: 1_000_000,
  faces: 3,
  requests: 4,
  batch: 8,
  arrival: 4000,
  answer: 4000,
};

let opened: Promise<Server> | null = null;

/** One server for all inputs. */
async function open(): Promise<Server> {
  const folder = mkdtempSync(path.join(tmpdir(), 'ipcgan-fuzz-'));
  const policy = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'" />`;
  writeFileSync(path.join(folder, 'index.html'), policy);
  const page = await openPage(folder);
  const api = { engine: ENGINE, token: null };
  return createServer({ page, api, limits: LIMITS, log: () => undefined });
}

interface Request {
  readonly method: 'GET' | 'POST' | 'HEAD';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

const REQUESTS: readonly Request[] = [
  {
    method: 'POST',
    url: '/v1/age?to=50%2B&face=largest&min_face=1',
    headers: { 'content-type': 'image/png', host: '127.0.0.1' },
  },
  {
    method: 'POST',
    url: '/v1/age?to=1,2,34&format=sheet',
    headers: { 'content-type': 'image/png; a=b', host: 'localhost:80' },
  },
  { method: 'GET', url: '/v1/models', headers: { host: '[::1]:8080' } },
  { method: 'GET', url: '/index.html', headers: { host: '127.0.0.1', 'if-none-match': '"x"' } },
];

/** What a request of changed JSON can still say; anything else is Node's to refuse. */
function requestOf(text: string): Request | null {
  try {
    const { method, url, headers } = JSON.parse(text) as Record<string, unknown>;
    if (typeof method !== 'string' || typeof url !== 'string' || !/^\/[\x21-\x7e]*$/.test(url))
      return null;
    if (!['GET', 'POST', 'PUT', 'HEAD', 'DELETE', 'OPTIONS'].includes(method)) return null;
    const kept = Object.entries((headers ?? {}) as object).filter(
      ([name, value]) =>
        /^[\w-]+$/.test(name) &&
        name !== '__proto__' &&
        typeof value === 'string' &&
        /^[\t\x20-\x7e]*$/.test(value),
    );
    return {
      method: method as Request['method'],
      url,
      headers: Object.fromEntries(kept) as Record<string, string>,
    };
  } catch {
    return null;
  }
}

export const serve: Target = {
  name: 'serve',
  make: async () => {
    const png = await sharp({ create: { width: 40, height: 30, channels: 3, background: 'grey' } })
      .png()
      .toBuffer();
    return REQUESTS.map((request) =>
      filesOf({
        'request.json': JSON.stringify(request),
        body: request.method === 'POST' ? png : '',
      }),
    );
  },
  formOf: (file) => (file === 'body' ? 'bytes' : 'json'),
  words: [
    '/../../etc/passwd',
    '/%2e%2e/x',
    '/v1/age?to=..',
    '/v1/age?min_face=1e9',
    '/%00',
    'image/jpeg',
    '/v1/age?__proto__=1',
    '/v1/age?to=1&to=2',
    'PUT',
  ],
  read: async (folder, files) => {
    const request = requestOf(files.get('request.json')?.toString('utf8') ?? '');
    if (request === null) throw new UserError(`${folder}: no request`);
    opened ??= open();
    const { app } = await opened;
    const body = files.get('body') ?? Buffer.alloc(0);
    const { statusCode, headers, payload } = await app.inject({
      ...request,
      ...(request.method === 'POST' ? { payload: body } : {}),
    });
    if (statusCode >= 500)
      throw new Error(`${request.method} ${request.url}: ${statusCode} ${payload}`);
    if (/root:|etc\/passwd:/.test(payload)) throw new Error(`${request.url}: another file`);
    if (statusCode < 400) return;
    if (request.method === 'HEAD') return;
    const isJson = (headers['content-type'] ?? '').toString().startsWith('application/json');
    if (!isJson || !errorAnswer.safeParse(JSON.parse(payload)).success)
      throw new Error(`${request.url}: ${statusCode} without our answer: ${payload}`);
    throw new UserError(`${folder}: ${statusCode}`);
  },
};
