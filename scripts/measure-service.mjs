// How `ipcgan serve --api` holds under load and under attack: throughput, p50 and p99, statuses and memory (read ten times on the way) at 1, 8 and 64
// clients, then what nobody should send. Exits with 1 where something but 200 and 429 came under load, an attack was not refused, or it does not answer after.
// node scripts/measure-service.mjs [REQUESTS] [PHOTOGRAPH] [CLIENTS]: answered requests in all, 300; demo/astronaut.png; 1,8,64
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const autocannon = require('autocannon');
const { buf: crc32 } = require('crc-32');

const amount = Number(process.argv[2] ?? 300);
const photograph = process.argv[3] ?? path.join(root, 'demo', 'astronaut.png');
const body = readFileSync(photograph);
const type = /\.png$/i.test(photograph) ? 'image/png' : 'image/jpeg';
const CLIENTS = (process.argv[4] ?? '1,8,64').split(',').map(Number);
/** Times that memory is read while so many clients ask. */
const SAMPLES = 10;
const MB = 1e6;
const TOKEN = randomBytes(24).toString('hex');
const BODY_SECONDS = 3;

// that whoever is turned away comes again at once is part of the test
const service = spawn(
  process.execPath,
  [
    ...[path.join(root, 'dist/cli/index.js'), 'serve', '--api', '--port=0', '--json'],
    `--body_seconds=${BODY_SECONDS}`,
  ],
  { env: { ...process.env, IPCGAN_TOKEN: TOKEN }, stdio: ['ignore', 'pipe', 'pipe'] },
);
let problems = 0;
const lines = [];
service.stderr.on('data', (data) => lines.push(String(data)));
const url = await new Promise((resolve, reject) => {
  service.stdout.once('data', (data) => resolve(JSON.parse(String(data)).url));
  service.once('exit', () => reject(new Error(lines.join(''))));
});
const { port } = new URL(url);
const authorization = `Bearer ${TOKEN}`;

/** Memory of the process that listens and of the one that computes, in MB. */
async function memory() {
  const text = await (await fetch(`${url}/metrics`, { headers: { authorization } })).text();
  const read = (name) => Math.round(Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)[1]) / MB);
  return [read('process_resident_memory_bytes'), read('ipcgan_engine_resident_memory_bytes')];
}

/** The value below which a share of sorted values lies. */
const quantile = (sorted, share) =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;

/** Asks with so many clients until so many requests are answered. */
async function load(connections, answers) {
  const statuses = {};
  const times = [];
  const memories = [];
  const sampleEvery = Math.ceil(answers / SAMPLES);
  const started = performance.now();
  let isOver = false;
  const run = autocannon({
    url: `${url}/v1/age?to=50%2B`,
    method: 'POST',
    headers: { 'content-type': type, authorization },
    body,
    connections,
    duration: 3600,
    timeout: 300,
  });
  run.on('response', (_client, status, _bytes, milliseconds) => {
    if (isOver) return;
    statuses[status] = (statuses[status] ?? 0) + 1;
    if (status !== 200) return;
    times.push(milliseconds);
    if (times.length % sampleEvery === 0 || times.length === answers) {
      const count = times.length;
      const read = memory();
      memories.push(read);
      void read.then((sizes) =>
        process.stderr.write(`${connections} clients, ${count} answers: ${sizes.join(', ')} MB\n`),
      );
    }
    if (times.length < answers) return;
    isOver = true;
    run.stop();
  });
  run.on('reqError', () => (statuses.error = (statuses.error ?? 0) + 1));
  await new Promise((resolve) => run.on('done', resolve));
  const seconds = (performance.now() - started) / 1000;
  times.sort((a, b) => a - b);
  const sampled = await Promise.all(memories);
  if (Object.keys(statuses).some((status) => !['200', '429'].includes(status))) problems += 1;
  process.stdout.write(
    `${JSON.stringify({
      clients: connections,
      answered: times.length,
      per_second: Number((times.length / seconds).toFixed(2)),
      p50_ms: Math.round(quantile(times, 0.5)),
      p99_ms: Math.round(quantile(times, 0.99)),
      statuses,
      listener_mb: sampled.map(([listener]) => listener),
      engine_mb: sampled.map(([, engine]) => engine),
    })}\n`,
  );
}

/** The status that an answer has; 0 where the connection ended without one. */
const ask = (address, { method = 'POST', headers = {}, send = () => undefined } = {}) =>
  new Promise((resolve) => {
    const asked = request({
      port,
      host: '127.0.0.1',
      path: address,
      method,
      headers,
      agent: false,
    });
    asked.on('response', (response) => {
      response.resume();
      resolve(response.statusCode);
      response.on('end', () => asked.destroy());
    });
    asked.on('error', () => resolve(0));
    send(asked);
  });
const post = (content, contentType = 'image/png', more = {}) =>
  ask('/v1/age', {
    headers: { 'content-type': contentType, authorization, ...more },
    send: (asked) => asked.end(content),
  });

/** A PNG that says it has so many pixels. */
function claiming(width, height) {
  const png = Buffer.from(readFileSync(path.join(root, 'demo', 'astronaut.png')));
  png.writeUInt32BE(width, 16);
  png.writeUInt32BE(height, 20);
  png.writeUInt32BE(crc32(png.subarray(12, 29)) >>> 0, 29);
  return png;
}

/** Sends a body a byte at a time. */
const drip = () =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.write(
      `POST /v1/age HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${authorization}\r\nContent-Type: image/png\r\nContent-Length: 9999\r\n\r\n`,
    );
    const timer = setInterval(() => socket.write('x'), 200);
    socket.on('data', (data) => (text += String(data)));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearInterval(timer);
      resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0));
    });
  });

/** Sends without end. */
const endless = () =>
  ask('/v1/age', {
    headers: { 'content-type': 'image/png', authorization },
    send: (asked) => {
      const chunk = Buffer.alloc(1 << 16);
      const more = () => {
        while (!asked.destroyed && asked.write(chunk));
      };
      asked.on('drain', more);
      more();
    },
  });

const whole = readFileSync(path.join(root, 'demo', 'astronaut.png'));
/** What is sent, and the statuses that refuse it. */
const ATTACKS = [
  ['text', () => post('hello', 'text/plain'), [415]],
  ['random bytes', () => post(randomBytes(50_000)), [415]],
  ['100 MB', () => post(Buffer.alloc(100 * MB)), [413]],
  ['a body without end', endless, [413]],
  ['a PNG of 30,000 x 30,000', () => post(claiming(30_000, 30_000)), [413]],
  ['a PNG of 1 x 2,000,000', () => post(claiming(1, 2_000_000)), [413]],
  ['a PNG that ends in the middle', () => post(whole.subarray(0, 90_000)), [422]],
  ['a PNG with more pixels than it holds', () => post(claiming(4000, 4000)), [422]],
  [
    'random bytes in a PNG',
    () => {
      const broken = Buffer.from(whole);
      randomBytes(5000).copy(broken, 60_000);
      return post(broken);
    },
    [422],
  ],
  ['no token', () => post(whole, 'image/png', { authorization: '' }), [401]],
  ['a wrong token', () => post(whole, 'image/png', { authorization: `${authorization}0` }), [401]],
  [
    'a way out of the page',
    () => ask('/../package.json', { method: 'GET', send: (a) => a.end() }),
    [404],
  ],
  [
    'the same, written otherwise',
    () => ask('/..%2f..%2fetc/passwd', { method: 'GET', send: (a) => a.end() }),
    [404],
  ],
  [
    '20 bodies that drip',
    async () => {
      const statuses = await Promise.all(Array.from({ length: 20 }, drip));
      return new Set(statuses).size === 1 ? statuses[0] : statuses.join();
    },
    [408],
  ],
];

// what is loaded once is loaded before
await post(body, type);
process.stdout.write(`${JSON.stringify({ before: await memory() })}\n`);
for (const connections of CLIENTS) await load(connections, Math.ceil(amount / CLIENTS.length));
for (const [name, attack, refusals] of ATTACKS) {
  const status = await attack();
  const isRefused = refusals.includes(status);
  if (!isRefused) problems += 1;
  process.stdout.write(`${JSON.stringify({ attack: name, status, refused: isRefused })}\n`);
}
const after = await post(body, type);
const health = await ask('/healthz', { method: 'GET', send: (asked) => asked.end() });
if (after !== 200 || health !== 200) problems += 1;
process.stdout.write(`${JSON.stringify({ after, health, memory: await memory() })}\n`);
service.kill('SIGTERM');
await new Promise((resolve) => service.once('exit', resolve));
process.exitCode = problems > 0 ? 1 : 0;
