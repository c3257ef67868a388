import { mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import path from 'node:path';
import { buf as crc32 } from 'crc-32';
import sharp from 'sharp';
import type { Limits } from '../../src/serve/age-route';
import { ageAnswer, errorAnswer, healthAnswer, modelsAnswer } from '../../src/serve/api';
import type { AgedAnswer, AgeJob, Engine, JobOutcome } from '../../src/serve/engine';
import { openPage } from '../../src/serve/page';
import type { Page } from '../../src/serve/page';
import { createServer } from '../../src/serve/server';
import type { Server } from '../../src/serve/server';
import { temporaryFolders } from '../support/temporary';
import { until } from '../support/until';

const newFolder = temporaryFolders();
const TOKEN = 'a-token-of-twenty-four-c';
const POLICY = "default-src 'none'; script-src 'self'";
const LIMITS: Limits = {
  bytes: 100_000,
  pixels: 1_000_000,
  faces: 3,
  requests: 4,
  batch: 8,
  arrival: 5000,
  answer: 5000,
};
const FACTS = {
  name: 'test',
  imageSize: 16,
  ageBounds: [20, 30, 40, 50],
  groupNames: ['11-20', '21-30', '31-40', '41-50', '50+'],
  hasMask: false,
};
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

/** An engine that answers when the test says so, or at once. */
class FakeEngine implements Engine {
  readonly facts = FACTS;
  readonly batches: (readonly AgeJob[])[] = [];
  readonly #held: (() => void)[] = [];
  isHolding = false;
  isUp = true;
  outcome: JobOutcome = { kind: 'aged', answer: AGED };

  isReady = (): boolean => this.isUp;
  ready = (): Promise<void> => Promise.resolve();
  age(jobs: readonly AgeJob[]): readonly Promise<JobOutcome>[] {
    this.batches.push(jobs);
    return jobs.map(async () => {
      if (this.isHolding) await new Promise<void>((resolve) => this.#held.push(resolve));
      return this.outcome;
    });
  }
  release(): void {
    this.isHolding = false;
    for (const resolve of this.#held.splice(0)) resolve();
  }
  restarts = (): number => 0;
  memory = (): number => 0;
  stop = (): Promise<void> => Promise.resolve();
}

let page: Page;
let png: Buffer;
let jpeg: Buffer;
let engine: FakeEngine;
let server: Server;
let lines: string[];
let port = 0;
beforeAll(async () => {
  const folder = path.join(newFolder(), 'page');
  mkdirSync(path.join(folder, 'app'), { recursive: true });
  writeFileSync(
    path.join(folder, 'index.html'),
    `<meta http-equiv="Content-Security-Policy" content="${POLICY}" />`,
  );
  writeFileSync(path.join(folder, 'app/main.js'), 'main');
  // beside the page's folder: nobody's business
  writeFileSync(path.join(folder, '../secret.txt'), 'SECRET');
  page = await openPage(folder);
  const grey = sharp({ create: { width: 40, height: 30, channels: 3, background: 'grey' } });
  png = await grey.png().toBuffer();
  jpeg = await grey.jpeg().toBuffer();
});

/** Listens at a port of its own. @returns its address */
async function start(
  limits: Partial<Limits> = {},
  token: string | null = null,
  isApi = true,
): Promise<string> {
  engine = new FakeEngine();
  lines = [];
  server = createServer({
    page,
    api: isApi ? { engine, token } : null,
    limits: { ...LIMITS, ...limits },
    log: (line) => lines.push(line),
  });
  await server.app.listen({ host: '127.0.0.1', port: 0 });
  port = (server.app.server.address() as AddressInfo).port;
  return `http://127.0.0.1:${port}`;
}
afterEach(() => server.close());

/** What a server answered. */
interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}
type Headers = Readonly<Record<string, string>>;
/** What is asked for. */
interface Asked {
  readonly method?: string;
  readonly headers?: Headers;
  readonly body?: Buffer;
}

/** Asks with any headers. */
const ask = (
  address: string,
  { method = 'GET', headers: given = {}, body }: Asked = {},
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const headers = { ...given, ...(body ? { 'content-length': body.length } : {}) };
    const about = { port, host: '127.0.0.1', path: address, method, headers, agent: false };
    const asked = request(about);
    asked.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (data) => (text += String(data)));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
      );
    });
    asked.on('error', reject);
    asked.end(body);
  });
const AS_PNG = { 'content-type': 'image/png' };
/** Connections of clients that close nothing themselves. */
const stubborn: Socket[] = [];
afterEach(() => stubborn.splice(0).forEach((socket) => socket.destroy()));
/** Writes bytes that no client of HTTP would, and leaves its own half open. @returns what comes until the server has closed the other */
const exchange = (bytes: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    stubborn.push(socket);
    let text = '';
    socket.on('data', (data) => (text += String(data)));
    socket.on('end', () => resolve(text));
    socket.on('error', reject);
    socket.write(bytes);
  });
/** Sends a body to its end before it reads anything, as many clients do. @returns the answer @throws Error where it is cut off before */
const sendThenRead = (address: string, bytes: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }).pause();
    let text = '';
    socket.on('data', (data) => (text += String(data)));
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
    socket.write(
      `POST ${address} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: image/png\r\nContent-Length: ${bytes}\r\n\r\n`,
    );
    const part = Buffer.alloc(1e6);
    let sent = 0;
    const more = (): void => {
      if (sent === bytes) {
        socket.end(() => socket.resume());
        return;
      }
      sent += part.length;
      socket.write(part, more);
    };
    more();
  });
/** Sends a picture. */
const send = (body = png, headers: Headers = AS_PNG, query = ''): Promise<Answer> =>
  ask(`/v1/age${query}`, { method: 'POST', headers, body });
/** The same as a browser does. */
const post = (url: string): Promise<Response> =>
  fetch(`${url}/v1/age`, { method: 'POST', headers: AS_PNG, body: new Uint8Array(png) });

/** A PNG that says it is so large, and holds next to nothing. */
function pngOf(width: number, height: number): Buffer {
  const claimed = Buffer.from(png);
  claimed.writeUInt32BE(width, 16);
  claimed.writeUInt32BE(height, 20);
  // the checksum of the header, so that only its size is wrong
  claimed.writeUInt32BE(crc32(claimed.subarray(12, 29)) >>> 0, 29);
  return claimed;
}

describe('what is sent', () => {
  test('a picture is aged, and comes back as JSON, as a photograph or as a sheet', async () => {
    await start();
    const answered = await send(png, AS_PNG, '?to=50%2B,25&face=largest&min_face=12');
    expect(answered.status).toBe(200);
    expect(ageAnswer.strict().parse(JSON.parse(answered.body))).toEqual({
      width: 40,
      height: 30,
      faces: [
        {
          box: { x: 1, y: 2, width: 3, height: 4 },
          score: 0.5,
          input: Buffer.from('input').toString('base64'),
          pictures: [
            {
              group: 4,
              name: '50+',
              first_year: 51,
              last_year: null,
              image: Buffer.from('aged').toString('base64'),
              mask: null,
            },
          ],
        },
      ],
    });
    expect(engine.batches).toEqual([
      [{ picture: png, groups: [4, 1], face: 'largest', minFace: 12, format: 'json' }],
    ]);
    for (const query of ['?format=png&to=65', '?format=sheet']) {
      const picture = await send(jpeg, { 'content-type': 'image/jpeg' }, query);
      expect([picture.headers['content-type'], picture.body]).toEqual(['image/png', 'a picture']);
    }
    expect(engine.batches.slice(1).flat()).toMatchObject([
      { groups: [4], face: 'all', minFace: 40, format: 'png' },
      { groups: [1, 2, 3, 4], format: 'sheet' },
    ]);
  });

  test.each([
    ['?to=60%2B', 'to: expected age groups (11-20, 21-30, 31-40, 41-50, 50+)'],
    ['?to=7', 'to: expected age groups'],
    ['?to=1&to=2', 'to: '],
    ['?face=left', 'face: '],
    ['?min_face=0', 'min_face: '],
    ['?min_face=x', 'min_face: expected a whole number'],
    ['?format=jpg', 'format: '],
    ['?format=png', 'to: expected one age group with format=png, got 4. Name one: to=50+'],
    ['?token=abc', 'token'],
  ])('%s is refused: %s', async (query, message) => {
    await start();
    const { status, body } = await send(png, AS_PNG, query);
    expect([status, engine.batches]).toEqual([400, []]);
    const { error, message: said } = errorAnswer.parse(JSON.parse(body));
    expect([error, said]).toEqual(['bad_request', expect.stringContaining(message)]);
  });

  test.each<[string, () => Buffer, Record<string, string>]>([
    ['text', () => Buffer.from('hello'), { 'content-type': 'text/plain' }],
    ['JSON', () => Buffer.from('{}'), { 'content-type': 'application/json' }],
    ['a form', () => png, { 'content-type': 'multipart/form-data; boundary=x' }],
    ['SVG', () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), AS_PNG],
    ['a picture under no type', () => png, {}],
    ['a picture under the type of another', () => jpeg, AS_PNG],
    ['the first bytes of a picture', () => png.subarray(0, 20), AS_PNG],
    ['nothing', () => Buffer.alloc(0), AS_PNG],
  ])('%s is no picture of the type', async (_what, bytes, headers) => {
    await start();
    const { status, body } = await send(bytes(), headers);
    expect([status, engine.batches]).toEqual([415, []]);
    expect(errorAnswer.parse(JSON.parse(body)).error).toBe('unsupported_type');
  });

  test.each([
    [30_000, 30_000],
    [1001, 1000],
    [1, 16_385],
  ])('a picture that says it has %d x %d pixels is never decoded', async (width, height) => {
    await start();
    const bomb = pngOf(width, height);
    expect(bomb.length).toBeLessThan(500);
    const { status, body } = await send(bomb);
    expect([status, engine.batches]).toEqual([413, []]);
    expect(errorAnswer.parse(JSON.parse(body)).message).toContain(`got ${width} x ${height}.`);
  });

  test('a body over the limit is not taken, whether it says its length or not', async () => {
    await start();
    expect((await send(Buffer.alloc(200 * LIMITS.bytes))).status).toBe(413);
    const endless = await new Promise<number | undefined>((resolve, reject) => {
      const about = { port, path: '/v1/age', method: 'POST', headers: AS_PNG, agent: false };
      const asked = request({ ...about, host: '127.0.0.1' }, (response) => {
        resolve(response.statusCode);
        asked.destroy();
      });
      asked.on('error', reject);
      const timer = setInterval(() => asked.write(Buffer.alloc(20_000)), 5);
      asked.on('close', () => clearInterval(timer));
    });
    expect([endless, engine.batches]).toEqual([413, []]);
    await until(() => server.open() === 0, 'the place to be given back');
  });

  test.each([
    ['/v1/age', 413, 'too_large', 10],
    ['/v1/models', 405, 'method_not_allowed', 2],
    ['/nowhere', 404, 'not_found', 2],
  ])(
    'a client that reads after 100 MB, and not before, reads the refusal of %s',
    async (address, status, word, times) => {
      await start();
      for (let n = 0; n < times; n++) {
        const answer = await sendThenRead(address, 100e6);
        expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
        expect(errorAnswer.parse(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).error).toBe(word);
      }
    },
  );

  test('a client that sends more than that is cut off', async () => {
    await start();
    await expect(sendThenRead('/v1/age', 400e6)).rejects.toThrow(/EPIPE|ECONNRESET/);
    await until(() => server.open() === 0, 'the place to be given back');
  });

  test('a client that stops in the middle of a refused body is cut off when its time is over', async () => {
    await start({ arrival: 500 });
    const text = await exchange(
      `POST /v1/age HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: image/png\r\nContent-Length: 1000000\r\n\r\nx`,
    );
    expect(text).toMatch(/^HTTP\/1\.1 413 [^]*"too_large"[^]*$/);
    expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1);
    const connections = (): Promise<number> =>
      new Promise((resolve) => server.app.server.getConnections((_error, count) => resolve(count)));
    expect(await connections()).toBe(1);
    while ((await connections()) > 0) await new Promise((resolve) => setTimeout(resolve, 50));
  });

  test('headers without end are refused, and the refusal is read', async () => {
    await start();
    for (let n = 0; n < 10; n++)
      expect(await exchange(`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(4e6)}`)).toMatch(
        /^HTTP\/1\.1 431 /,
      );
  });

  test.each<[JobOutcome, number, string]>([
    [{ kind: 'refused', refusal: { reason: 'no face', detail: 'none' } }, 422, 'no_face'],
    [{ kind: 'refused', refusal: { reason: 'too small', detail: '12' } }, 422, 'face_too_small'],
    [
      { kind: 'refused', refusal: { reason: 'too many faces', detail: '9' } },
      422,
      'too_many_faces',
    ],
    [
      { kind: 'refused', refusal: { reason: 'broken picture', detail: 'x' } },
      422,
      'broken_picture',
    ],
    [{ kind: 'died', message: 'by SIGSEGV' }, 503, 'unavailable'],
    [{ kind: 'failed', message: 'a stack' }, 500, 'internal'],
  ])('%j is answered with %d, %s', async (outcome, expected, code) => {
    await start();
    engine.outcome = outcome;
    const { status, headers, body } = await send();
    const { error, message } = errorAnswer.parse(JSON.parse(body));
    expect([status, error]).toEqual([expected, code]);
    expect('retry-after' in headers).toBe(status === 503);
    // what went wrong here is for the log alone
    expect([message.includes('a stack'), lines.includes('a stack')]).toEqual([
      false,
      status === 500,
    ]);
  });
});

describe('who may ask', () => {
  test.each([
    [undefined, 401],
    [`Bearer ${TOKEN}x`, 401],
    [`Bearer ${TOKEN.slice(0, -1)}`, 401],
    ['Bearer ', 401],
    [`Basic ${TOKEN}`, 401],
    [TOKEN, 401],
    [`Bearer ${TOKEN}`, 200],
    [`bearer ${TOKEN}`, 200],
  ])('with a token: Authorization %s is answered with %d', async (authorization, status) => {
    await start({}, TOKEN);
    const headers: Record<string, string> = {
      ...AS_PNG,
      host: 'example.org',
      ...(authorization === undefined ? {} : { authorization }),
    };
    expect((await send(png, headers)).status).toBe(status);
    for (const url of ['/v1/models', '/metrics'])
      expect((await ask(url, { headers })).status).toBe(status);
    expect(engine.batches).toHaveLength(status === 200 ? 1 : 0);
    for (const url of ['/', '/healthz', '/openapi.json']) expect((await ask(url)).status).toBe(200);
  });

  test.each([
    ['localhost:8080', 200],
    ['127.0.0.1', 200],
    ['[::1]:8080', 200],
    ['example.org', 403],
    ['127.0.0.1.example.org', 403],
    ['localhost@example.org', 403],
  ])('without one: Host %s is answered with %d', async (host, status) => {
    await start();
    expect((await send(png, { ...AS_PNG, host })).status).toBe(status);
    expect((await ask('/v1/models', { headers: { host } })).status).toBe(status);
  });

  test.each([
    ['DELETE', '/v1/age', 405, 'POST'],
    ['POST', '/v1/models', 405, 'GET, HEAD'],
    ['QUERY', '/metrics', 405, 'GET, HEAD'],
    ['PUT', '/', 405, 'GET, HEAD'],
    ['POST', '/nowhere', 404, undefined],
  ])(
    '%s %s is answered with %d, and its body is not read',
    async (method, address, expected, allow) => {
      await start();
      const { status, headers } = await ask(address, { method, headers: AS_PNG, body: png });
      expect([status, headers.allow]).toEqual([expected, allow]);
    },
  );

  test('another page of the browser cannot ask', async () => {
    await start();
    const { headers, status } = await ask('/v1/age', {
      method: 'OPTIONS',
      headers: { origin: 'http://example.org', 'access-control-request-method': 'POST' },
    });
    expect([status, headers.allow]).toEqual([405, 'POST']);
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});

describe('many requests', () => {
  test('those that wait together are computed together, and no more of them than the limit', async () => {
    await start({ batch: 2 });
    engine.isHolding = true;
    const answers = [send()];
    await until(() => engine.batches.length === 1, 'the first batch');
    answers.push(send(), send(), send());
    while (!(await ask('/metrics')).body.includes('\nipcgan_requests_waiting 3\n'));
    engine.release();
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(Array(4).fill(200));
    expect(engine.batches.map((jobs) => jobs.length)).toEqual([1, 2, 1]);
  });

  test('where the queue is full the next is told when to come again, and has a place later', async () => {
    await start();
    engine.isHolding = true;
    const answers = Array.from({ length: LIMITS.requests }, () => send());
    await until(() => server.open() === LIMITS.requests, 'a full queue');
    const { status, headers, body } = await send();
    expect([status, errorAnswer.parse(JSON.parse(body)).error]).toEqual([429, 'busy']);
    expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(1);
    engine.release();
    await Promise.all(answers);
    await until(() => server.open() === 0, 'an empty queue');
    expect((await send()).status).toBe(200);
  });

  test('one more than can be answered in time is turned away at once, though the queue has places', async () => {
    // until something is measured, a request is taken to last a second
    await start({ answer: 2500 });
    engine.isHolding = true;
    const answers = [send()];
    await until(() => engine.batches.length === 1, 'the first batch');
    answers.push(send());
    await until(() => server.open() === 2, 'the second');
    const { status, headers, body } = await send();
    const { error, message } = errorAnswer.parse(JSON.parse(body));
    expect([status, error, headers['retry-after']]).toEqual([429, 'busy', '2']);
    expect(message).toContain('within 2.5 s, got one behind 2 that take 1.0 s each');
    engine.release();
    expect((await Promise.all(answers)).map((answer) => answer.status)).toEqual([200, 200]);
  });

  test('after a slow request fewer have a place', async () => {
    await start({ answer: 2500 });
    engine.isHolding = true;
    const slow = send();
    await until(() => engine.batches.length === 1, 'the slow one');
    await new Promise((resolve) => setTimeout(resolve, 1300));
    engine.release();
    expect((await slow).status).toBe(200);
    await until(() => server.open() === 0, 'an empty queue');
    engine.isHolding = true;
    const next = send();
    await until(() => engine.batches.length === 2, 'the next');
    expect((await send()).status).toBe(429);
    engine.release();
    expect((await next).status).toBe(200);
  });

  test('whoever leaves gives the place back, and is not computed for', async () => {
    const url = await start();
    engine.isHolding = true;
    const first = post(url);
    await until(() => engine.batches.length === 1, 'the first batch');
    const leaving = new AbortController();
    const left = fetch(`${url}/v1/age`, {
      method: 'POST',
      headers: AS_PNG,
      body: new Uint8Array(png),
      signal: leaving.signal,
    }).catch(() => null);
    await until(() => server.open() === 2, 'the second');
    leaving.abort();
    expect(await left).toBeNull();
    await until(() => server.open() === 1, 'its place');
    engine.release();
    expect((await first).status).toBe(200);
    expect(engine.batches).toHaveLength(1);
    await until(() => lines.length === 2, 'the lines of both');
    expect(lines.map((line) => line.split(' ')[4])).toEqual(['499', '200']);
  });

  test('a request that is not answered in time gets 503', async () => {
    await start({ answer: 100 });
    engine.isHolding = true;
    const { status, headers } = await send();
    expect([status, headers['retry-after']]).toEqual([503, '1']);
    engine.release();
  });

  test('a body that does not arrive in time ends with 408, and gives its place back', async () => {
    await start({ arrival: 300 });
    const socket = connect(port, '127.0.0.1');
    socket.write(
      'POST /v1/age HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: 5000\r\n\r\n\x89',
    );
    const dripping = setInterval(() => socket.write('P'), 50);
    const answer = await new Promise<string>((resolve) => {
      let text = '';
      socket.on('data', (data) => (text += String(data)));
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(text));
    });
    clearInterval(dripping);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(errorAnswer.parse(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).error).toBe('timeout');
    await until(() => server.open() === 0 && lines.length === 1, 'the place to be given back');
    expect(lines[0]).toMatch(/ POST \/v1\/age 408 \d+ ms$/);
    expect(engine.batches).toEqual([]);
  });

  test('whoever sends a byte at a time does not keep it from stopping', async () => {
    await start({ arrival: 500 });
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(
      'POST /v1/age HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: 5000\r\n\r\n',
    );
    const dripping = setInterval(() => socket.write('P'), 20);
    await until(() => server.open() === 1, 'the request');
    await server.close();
    clearInterval(dripping);
    await until(() => server.open() === 0, 'its end');
  });

  test('stopping finishes what runs, and takes nothing new', async () => {
    const url = await start();
    engine.isHolding = true;
    const running = post(url);
    await until(() => engine.batches.length === 1, 'the batch');
    let isClosed = false;
    const closing = server.close().then(() => (isClosed = true));
    await expect(post(url)).rejects.toThrow('fetch failed');
    expect(isClosed).toBe(false);
    engine.release();
    const answer = await running;
    expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'close']);
    expect(ageAnswer.parse(await answer.json()).faces).toHaveLength(1);
    await closing;
  });
});

describe('the page', () => {
  test('is served with its own policy, and is not sent again where the browser has it', async () => {
    await start({}, null, false);
    for (const url of ['/', '/index.html']) {
      const { status, headers, body } = await ask(url);
      expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
      expect(headers).toMatchObject({
        'content-security-policy': `${POLICY}; frame-ancestors 'none'`,
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'x-frame-options': 'DENY',
        'content-length': String(body.length),
      });
      const again = { headers: { 'if-none-match': String(headers.etag) } };
      expect((await ask(url, again)).status).toBe(304);
      const head = await ask(url, { method: 'HEAD' });
      expect([head.status, head.body, head.headers['content-length']]).toEqual([
        200,
        '',
        headers['content-length'],
      ]);
    }
    const script = await ask('/app/main.js?x');
    expect([script.body, script.headers['content-type']]).toEqual([
      'main',
      'text/javascript; charset=utf-8',
    ]);
    expect((await ask('/healthz')).status).toBe(200);
    for (const url of ['/v1/age', '/v1/models', '/metrics', '/openapi.json'])
      expect((await ask(url)).status).toBe(404);
  });

  test('no address leads out of its folder', async () => {
    await start();
    const tricks = [
      '/../secret.txt',
      '/app/../../secret.txt',
      '/%2e%2e/secret.txt',
      '/..%2fsecret.txt',
      '/%2e%2e%2fsecret.txt',
      '/..%5csecret.txt',
      '/..\\secret.txt',
      '//secret.txt',
      '/./../secret.txt',
      '/....//secret.txt',
      '/%252e%252e/secret.txt',
      '/app/%00../../secret.txt',
      '/%c0%ae%c0%ae/secret.txt',
      '/%',
      'http://127.0.0.1/../secret.txt',
    ];
    for (const address of tricks) {
      // a client that does not tidy the address up
      const answer = await new Promise<string>((resolve, reject) => {
        const socket = connect(port, '127.0.0.1');
        let text = '';
        socket.on('data', (data) => (text += String(data)));
        socket.on('close', () => resolve(text));
        socket.on('error', reject);
        socket.end(`GET ${address} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
      });
      expect([address, /^HTTP\/1\.1 40[04] /.test(answer)]).toEqual([address, true]);
      expect(answer).not.toContain('SECRET');
    }
  });

  test('without a policy is not served', async () => {
    await start();
    const folder = newFolder();
    writeFileSync(path.join(folder, 'index.html'), '<p>hello');
    await expect(openPage(folder)).rejects.toThrow(
      `${folder}: expected a page with a content security policy`,
    );
  });
});

describe('what it says of itself', () => {
  test('health, models and metrics', async () => {
    await start();
    expect(healthAnswer.parse(JSON.parse((await ask('/healthz')).body))).toEqual({ status: 'ok' });
    engine.isUp = false;
    const down = await ask('/healthz');
    expect([down.status, JSON.parse(down.body)]).toEqual([503, { status: 'starting' }]);
    expect(
      modelsAnswer.strict().parse(JSON.parse((await ask('/v1/models')).body)).models[0],
    ).toMatchObject({
      name: 'test',
      image_size: 16,
      has_mask: false,
      groups: expect.arrayContaining([{ group: 4, name: '50+', first_year: 51, last_year: null }]),
    });
    await send();
    const { body, headers } = await ask('/metrics');
    expect(headers['content-type']).toContain('text/plain; version=0.0.4');
    for (const line of [
      'ipcgan_requests_total{method="POST",route="/v1/age",status="200"} 1',
      'ipcgan_request_seconds_count{route="/v1/age"} 1',
      'ipcgan_request_seconds_bucket{route="/v1/age",le="+Inf"} 1',
      'ipcgan_batched_requests_total 1',
      'ipcgan_faces_total 1',
      'ipcgan_engine_up 0',
    ])
      expect(body.split('\n')).toContain(line);
  });

  test('a line for each request, without what stands behind the address', async () => {
    await start();
    await send(png, AS_PNG, '?to=50%2B');
    await ask('/no%c3%abl');
    expect(lines).toEqual([
      expect.stringMatching(/^\d{4}-\S+Z 127\.0\.0\.1 POST \/v1\/age 200 \d+ ms$/),
      expect.stringMatching(/ GET \/no%c3%abl 404 \d+ ms$/),
    ]);
  });

  test('an OpenAPI document of every address, its parameters and its errors', async () => {
    await start({}, TOKEN);
    const document = JSON.parse((await ask('/openapi.json')).body) as {
      openapi: string;
      paths: Record<string, Record<string, Record<string, unknown>>>;
    };
    expect(document).toMatchObject({
      openapi: '3.1.0',
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    });
    expect(Object.keys(document.paths).sort()).toEqual([
      '/healthz',
      '/metrics',
      '/openapi.json',
      '/v1/age',
      '/v1/models',
    ]);
    const age = document.paths['/v1/age']!.post!;
    expect(age).toMatchObject({ security: [{ token: [] }], requestBody: { required: true } });
    const parameters = age.parameters as { name: string; schema: Record<string, unknown> }[];
    expect(parameters.map(({ name }) => name)).toEqual(['to', 'face', 'min_face', 'format']);
    const pattern = new RegExp(String(parameters[0]!.schema.pattern));
    expect(
      ['50+', '50+,21-30', '4,0', '65', '6', '50', '200', ''].map((to) => pattern.test(to)),
    ).toEqual([true, true, true, true, false, true, false, false]);
    expect(Object.keys(age.responses as object)).toEqual([
      '200',
      '400',
      '401',
      '403',
      '408',
      '413',
      '415',
      '422',
      '429',
      '500',
      '503',
    ]);
    expect(document.paths['/healthz']!.get).not.toHaveProperty('security');
  });
});
