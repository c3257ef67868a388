// The steps of Containerfile without a container: in a mount namespace of its own, with fresh folders, a fresh environment, this machine's Debian
// in the place of the images, and the user that the file names. For machines without a container runtime or a registry of images.
// sudo node scripts/imitate-container.mjs [FOLDER] [--second]: minutes; the folder (a new one in /tmp) keeps what the first stage made, FOLDER/stage-1/opt,
// and --second begins with that
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const INSIDE = 'IPCGAN_IMITATION';
const PATIENCE_MS = 300_000;
/** What a network may ask of npm and pip. */
const NETWORK = /^(\w+_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_\w+|PIP_\w+|npm_config_userconfig)$/i;

const say = (text) => process.stdout.write(`${text}\n`);
const fail = (text, code = 1) => {
  process.stderr.write(`imitate-container: ${text}\n`);
  process.exit(code);
};

if (process.env[INSIDE] === undefined) {
  if (process.getuid() !== 0 || spawnSync('unshare', ['--mount', 'true']).status !== 0)
    fail('expected root and unshare, for folders that only this process sees, got neither.', 3);
  const [given] = process.argv.slice(2).filter((word) => word !== '--second');
  const folder = path.resolve(given ?? mkdtempSync(path.join(tmpdir(), 'ipcgan-image-')));
  const { status } = spawnSync(
    'unshare',
    [
      '--mount',
      '--propagation=private',
      process.execPath,
      fileURLToPath(import.meta.url),
      folder,
      ...process.argv.filter((word) => word === '--second'),
    ],
    { stdio: 'inherit', env: { ...process.env, [INSIDE]: '1' } },
  );
  process.exit(status ?? 2);
}

/** Instructions of the file, each with what stands behind it; lines that go on are one. */
const instructions = readFileSync(path.join(root, 'Containerfile'), 'utf8')
  .replace(/^#.*\n/gm, '')
  .replace(/\\\n/g, ' ')
  .split('\n')
  .filter((line) => line.trim() !== '')
  .map((line) => /^(\w+)\s+(.*)$/.exec(line).slice(1))
  // flags of an instruction, as --interval=30s, come before what it does
  .map(([name, rest]) => [name, rest.replace(/\s+/g, ' ')]);
const second = instructions.findLastIndex(([name]) => name === 'FROM');
const stages = [instructions.slice(0, second), instructions.slice(second)];

const run = (program, args, settings = {}) => {
  const { status, error } = spawnSync(program, args, { stdio: 'inherit', ...settings });
  if (error || status !== 0) fail(`${program} ${args.join(' ')}: ${error?.message ?? status}`);
};
const bind = (from, to, ...options) => {
  mkdirSync(to, { recursive: true });
  run('mount', ['--bind', from, to]);
  if (options.length > 0) run('mount', ['-o', `remount,bind,${options.join(',')}`, to]);
};

/** The packages that Debian installs there have to be here: nothing is installed on this machine. */
function checkPackages(command) {
  const names = /install -y --no-install-recommends ([^&]*)/.exec(command)[1].trim().split(' ');
  const commands = names.map((name) => ({ nodejs: 'node', 'python3-pip': 'pip3' })[name] ?? name);
  for (const name of commands)
    if (name !== 'ca-certificates' && spawnSync('which', [name], { stdio: 'ignore' }).status !== 0)
      fail(`expected ${name} on this machine, got none.`, 3);
  say(`  here already: ${names.join(', ')}`);
}

/** The build's context: what git knows, without what .dockerignore names. */
function copyContext(to) {
  mkdirSync(to, { recursive: true });
  const ignored = readFileSync(path.join(root, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/^\*\*\//, '').replace(/\/\*$/, ''));
  const excludes = ignored.map((name) => `:!${name}`);
  run('sh', [
    '-c',
    'from=$1; to=$2; shift 2; git -C "$from" ls-files -z -- . "$@" | tar -C "$from" --null -T - -cf - | tar -C "$to" -xf -',
    'sh',
    root,
    to,
    ...excludes,
  ]);
}

const folder = process.argv[2];
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const network = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => NETWORK.test(name)),
);
const opts = [path.join(folder, 'stage-1', 'opt'), path.join(folder, 'stage-2', 'opt')];
const started = performance.now();
const seconds = () => `${((performance.now() - started) / 1000).toFixed(0)} s`;

/** Does what a stage says. @returns how it is started */
function build(stage, number) {
  const home = path.join(folder, `stage-${number + 1}`, 'home');
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  mkdirSync(opts[number], { recursive: true });
  bind(opts[number], '/opt');
  const image = { env: {}, work: '/', user: 0, entry: [], command: [], health: [] };
  for (const [name, rest] of stage) {
    say(`${seconds()}: ${name} ${rest}`);
    if (name === 'ENV') Object.assign(image.env, Object.fromEntries([rest.split('=')]));
    else if (name === 'WORKDIR') {
      image.work = rest;
      mkdirSync(rest, { recursive: true });
    } else if (name === 'USER') image.user = Number(rest);
    else if (name === 'ENTRYPOINT') image.entry = JSON.parse(rest);
    else if (name === 'CMD') image.command = JSON.parse(rest);
    else if (name === 'HEALTHCHECK') image.health = JSON.parse(/CMD (.*)$/.exec(rest)[1]);
    else if (name === 'COPY' && rest === '. .') copyContext(image.work);
    else if (name === 'COPY') {
      const [, from, to] = /^--from=build \/opt\/(\S+) (\S+)$/.exec(rest);
      rmSync(to, { recursive: true, force: true });
      run('cp', ['-a', path.join(opts[0], from), to]);
    } else if (name === 'RUN' && rest.startsWith('apt-get')) checkPackages(rest);
    else if (name === 'RUN')
      run('sh', ['-c', rest], {
        cwd: image.work,
        env: { PATH, HOME: home, ...network, ...image.env },
      });
    else if (!['FROM', 'EXPOSE'].includes(name)) fail(`${name}: expected a step that is known.`);
  }
  return image;
}

const want = (what, got, expected) => {
  say(`${seconds()}: ${what}: ${JSON.stringify(got)}`);
  if (JSON.stringify(got) !== JSON.stringify(expected))
    fail(`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}.`);
};

if (!process.argv.includes('--second')) {
  build(stages[0], 0);
  run('umount', ['/opt']);
}
const image = build(stages[1], 1);
const photograph = readFileSync('/opt/ipcgan/demo/astronaut.png');

// as docker run --read-only --tmpfs /tmp --cap-drop=ALL: nothing can be written but /tmp, and no home is there
run('mount', ['-o', 'remount,bind,ro', '/opt']);
run('mount', ['-t', 'tmpfs', 'tmpfs', '/tmp']);
run('mount', ['-t', 'tmpfs', '-o', 'mode=0700', 'tmpfs', '/root']);
const token = randomBytes(24).toString('hex');
const asUser = [
  ...[`--reuid=${image.user}`, `--regid=${image.user}`, '--clear-groups'],
  ...['--bounding-set=-all', '--inh-caps=-all', '--no-new-privs', '--'],
];
const env = { PATH, HOME: '/nonexistent', IPCGAN_TOKEN: token, ...image.env };
const service = spawn('setpriv', [...asUser, ...image.entry, ...image.command], {
  cwd: image.work,
  env,
  stdio: ['ignore', 'pipe', 'pipe'],
});
let said = '';
for (const stream of [service.stdout, service.stderr])
  stream.on('data', (data) => (said += String(data)));
const ended = new Promise((resolve) =>
  service.once('exit', (code, signal) => resolve(code ?? signal)),
);
const url = 'http://127.0.0.1:8080';
const giveUp = setTimeout(() => {
  service.kill('SIGKILL');
  fail(`expected a service within ${PATIENCE_MS / 1000} s, got: ${said}`);
}, PATIENCE_MS);
const end = await Promise.race([
  ended,
  (async () => {
    while (
      !(await fetch(`${url}/healthz`).then(
        ({ ok }) => ok,
        () => false,
      ))
    )
      await new Promise((resolve) => setTimeout(resolve, 200));
    return null;
  })(),
]);
clearTimeout(giveUp);
if (end !== null) fail(`expected a service, got its end (${end}): ${said}`);
want('/healthz', (await fetch(`${url}/healthz`)).status, 200);
const { status: health } = spawnSync('setpriv', [...asUser, ...image.health], {
  cwd: image.work,
  env,
});
want('HEALTHCHECK', health, 0);
const age = (headers) =>
  fetch(`${url}/v1/age?to=50%2B`, {
    method: 'POST',
    headers: { 'content-type': 'image/png', ...headers },
    body: photograph,
  });
want('/v1/age without a token', (await age({})).status, 401);
const aged = await age({ authorization: `Bearer ${token}` });
want('/v1/age', aged.status, 200);
want('its faces', (await aged.json()).faces.length, 1);
want('the page', (await fetch(url)).status, 200);
service.kill('SIGTERM');
want('its end after SIGTERM', await ended, 143);
const traces = said.split('\n').filter((line) => /\n\s+at |Error|a bug/.test(line));
want('errors in its log', traces, []);
say(said.trimEnd());
