import type { ChildProcess } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { openEngine } from '../../src/engine/open-engine';
import { ASTRONAUT } from '../support/astronaut';
import { manyFrames, manyScans, pngBombs } from '../support/bombs';
import { describeInChromium, newPage, openChromium } from '../support/chromium';
import { untilState } from '../support/page';
import { ONE_THREAD, runCli, startCli } from '../support/cli';
import { temporaryFolders } from '../support/temporary';
import { writeTinyModel } from '../support/tiny-model';
import { until } from '../support/until';

const newFolder = temporaryFolders();
const people = path.join(
  path.dirname(require.resolve('@vladmandic/face-api/package.json')),
  'demo/sample6.jpg',
);
const PORTRAIT = new Uint8Array(readFileSync(ASTRONAUT));
const TOKEN = 'a-token-of-twenty-four-c';

const IN_CHROMIUM = 'the page of the service opens in Chromium under its headers';

let model = '';
beforeAll(async () => {
  await openEngine();
  model = path.join(newFolder(), 'tiny model');
  await writeTinyModel(model, 'residual');
});

/** A service in a process of its own. */
interface Running {
  readonly child: ChildProcess;
  readonly url: string;
  /** Its temporary files. */
  readonly folder: string;
  readonly stderr: () => string;
  readonly ended: Promise<number | null>;
}
const started: ChildProcess[] = [];
afterAll(() => started.forEach((child) => child.kill('SIGKILL')));

async function serve(...flags: string[]): Promise<Running> {
  const folder = path.join(newFolder(), 'tmp');
  mkdirSync(folder);
  const env = { ...ONE_THREAD, TMPDIR: folder, IPCGAN_TOKEN: TOKEN };
  const given = ['serve', '--model', model, '--port=0', '--json', ...flags];
  const child = startCli(given, folder, env);
  started.push(child);
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (data) => (stdout += String(data)));
  child.stderr?.on('data', (data) => (stderr += String(data)));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  await until(() => stdout.includes('\n') || child.exitCode !== null, 'the service');
  expect(stderr).toBe('');
  const { url } = JSON.parse(stdout) as { url: string };
  return { child, url, folder, stderr: () => stderr, ended };
}

const post = (url: string, query: string, body = PORTRAIT, type = 'image/png') =>
  fetch(`${url}/v1/age${query}`, {
    method: 'POST',
    headers: { 'Content-Type': type, Authorization: `Bearer ${TOKEN}` },
    body,
  });

/** Processes that a process started. */
const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .split(' ')
    .filter((text) => text !== '')
    .map(Number);

test('the API has the pictures of `ipcgan age`, survives the process that computes, and finishes when it is stopped', async () => {
  const { child, url, folder, stderr, ended } = await serve('--api', '--max_faces=1');
  const out = path.join(newFolder(), 'aged');
  const aged = runCli(['age', ASTRONAUT, '--model', model, '--out', out, '--to=50+,21-30']);
  expect(aged).toMatchObject({ status: 0 });
  const answer = await post(url, '?to=50%2B,21-30');
  const { faces } = (await answer.json()) as {
    faces: { input: string; pictures: { name: string; image: string }[] }[];
  };
  const bytes = (name: string): string => readFileSync(path.join(out, name)).toString('base64');
  expect(faces).toHaveLength(1);
  expect(faces[0]!.input).toBe(bytes('faces/astronaut_face1.png'));
  expect(faces[0]!.pictures.map(({ name }) => name)).toEqual(['50+', '21-30']);
  for (const { name, image } of faces[0]!.pictures)
    expect(image).toBe(bytes(`faces/astronaut_face1_${name}.png`));
  const photograph = Buffer.from(await (await post(url, '?to=50%2B&format=png')).arrayBuffer());
  expect(photograph.toString('base64')).toBe(bytes('astronaut_50+.png'));
  // the limit reaches the process that computes
  const many = await post(url, '', new Uint8Array(readFileSync(people)), 'image/jpeg');
  expect([many.status, ((await many.json()) as { error: string }).error]).toEqual([
    422,
    'too_many_faces',
  ]);

  const [engine] = childrenOf(child.pid!);
  expect(readFileSync(`/proc/${engine!}/environ`, 'latin1')).not.toContain(TOKEN);
  process.kill(engine!, 'SIGSEGV');
  await until(() => stderr().includes('ended by SIGSEGV; starting another'), 'its end');
  // it waits for the next process
  expect((await post(url, '?to=4')).status).toBe(200);
  const health = await fetch(`${url}/healthz`);
  expect([health.status, await health.json()]).toEqual([200, { status: 'ok' }]);
  const metrics = await fetch(`${url}/metrics`, { headers: { Authorization: `Bearer ${TOKEN}` } });
  expect(await metrics.text()).toContain('\nipcgan_engine_restarts_total 1\n');

  // both get the signal, as by Ctrl-C
  const last = post(url, '?to=4');
  await until(() => childrenOf(child.pid!).length === 1, 'the other process');
  await new Promise((resolve) => setTimeout(resolve, 100));
  for (const pid of [...childrenOf(child.pid!), child.pid!]) process.kill(pid, 'SIGINT');
  expect((await last).status).toBe(200);
  expect(await ended).toBe(130);
  expect(stderr()).toMatch(/SIGINT: finishing 1 request\n/);
  expect(readdirSync(folder)).toEqual([]);
});

/** The most memory that a process ever held, in MB. */
const mostMemory = (pid: number): number =>
  Number(/^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

test('small pictures that unpack to half a gigabyte, move or go on and on are refused, and take neither memory nor the service down', async () => {
  const { child, url, ended } = await serve('--api');
  const bombs = Object.entries(pngBombs());
  const frames = await manyFrames(2000);
  // what a photograph takes
  expect((await post(url, '?to=4')).status).toBe(200);
  const processes = [child.pid!, ...childrenOf(child.pid!)];
  const before = processes.map(mostMemory);
  const statusOf = async (bytes: Buffer, type: string): Promise<[number, string]> => {
    const answer = await post(url, '?to=4', new Uint8Array(bytes), type);
    return [answer.status, ((await answer.json()) as { error: string }).error];
  };
  for (const [name, bytes] of bombs)
    expect([name, ...(await statusOf(bytes, 'image/png'))]).toEqual([name, 422, 'no_face']);
  expect(await statusOf(frames, 'image/webp')).toEqual([422, 'no_face']);
  expect(await statusOf(manyScans(1024, 800), 'image/jpeg')).toEqual([413, 'too_large']);
  const grown = processes.map((pid, i) => mostMemory(pid) - before[i]!);
  expect(Math.max(...grown)).toBeLessThan(100);
  expect(childrenOf(child.pid!)).toEqual(processes.slice(1));
  expect((await post(url, '?to=4')).status).toBe(200);
  child.kill('SIGTERM');
  expect(await ended).toBe(143);
});

test('the page alone is served without a token, and no process computes for it', async () => {
  const { child, url, folder, ended } = await serve();
  const page = await fetch(url);
  expect([page.status, page.headers.get('content-security-policy')]).toEqual([
    200,
    expect.stringContaining("default-src 'none'"),
  ]);
  expect(await page.text()).toContain('<h1>A face at other ages</h1>');
  for (const name of ['model/model.json', 'app/web/src/main.js', 'vendor/face-api.esm.js'])
    expect([name, (await fetch(`${url}/${name}`)).status]).toEqual([name, 200]);
  expect((await fetch(`${url}/v1/models`)).status).toBe(404);
  expect(childrenOf(child.pid!)).toEqual([]);
  child.kill('SIGTERM');
  expect(await ended).toBe(143);
  expect(readdirSync(folder)).toEqual([]);
});

test('a model that is not there, and a port that is taken, are one line', async () => {
  expect(runCli(['serve', '--model=nowhere', '--api'])).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/^ipcgan serve: --model: expected a run, .*, got nowhere,.*\n$/),
  });
  const { url, child, ended } = await serve();
  const { port } = new URL(url);
  expect(runCli(['serve', '--model', model, `--port=${port}`])).toMatchObject({
    status: 1,
    stderr: expect.stringContaining(`--port: expected a free port, got 127.0.0.1:${port}`),
  });
  child.kill('SIGTERM');
  await ended;
});

describeInChromium(IN_CHROMIUM, () => {
  test('and is ready', async () => {
    const { child, url, ended } = await serve();
    const browser = await openChromium();
    const { page, errors, requests } = await newPage(browser);
    await page.goto(url);
    await untilState(page, 'ready', 'error');
    expect([await page.locator('body').getAttribute('data-state'), errors]).toEqual(['ready', []]);
    expect(requests.length).toBeGreaterThan(10);
    expect(requests.filter((asked) => !asked.startsWith(`${url}/`))).toEqual([]);
    await browser.close();
    child.kill('SIGTERM');
    expect(await ended).toBe(143);
  });
});
