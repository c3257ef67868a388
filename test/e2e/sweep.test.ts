import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { CLI, runCli, startCli } from '../support/cli';
import { describeWithSlurm } from '../support/slurm';
import { temporaryFolders } from '../support/temporary';
import { linesOf, until } from '../support/until';

const newFolder = temporaryFolders();
const SMOKE = parse(
  readFileSync(path.resolve(__dirname, '../../configs/sweeps/smoke.yaml'), 'utf8'),
) as { base: object };
let home = '';

function writeSweep(name: string, parts: { base?: object; [key: string]: unknown }): void {
  writeFileSync(
    path.join(home, name),
    stringify({ ...SMOKE, ...parts, base: { ...SMOKE.base, ...FEW_FACES, ...parts.base } }),
  );
}

/** Held-out terms after every step: two faces tell them, and the two dozen that are there take most of a run's time. */
const FEW_FACES = { held_out_faces: 2 };
/** The people that the first sweep draws, for sweeps that need none of their own. */
const drawnBefore = (base: object): object => ({
  drawn_data: null,
  base: { ...base, data: path.join('whole', 'data') },
});

const read = (...parts: string[]): string => readFileSync(path.join(home, ...parts), 'utf8');

/** metrics.jsonl without the one field that depends on the clock. */
const metrics = (...parts: string[]): string =>
  read(...parts, 'metrics.jsonl').replace(/"images_per_second":[\d.e-]+/g, '');

beforeAll(() => {
  home = newFolder();
});

describe('a sweep on this machine', () => {
  const RUN = ['sweep', 'run', 'small.yaml'];
  let whole: ReturnType<typeof runCli>;
  beforeAll(() => {
    writeSweep('small.yaml', {
      parameters: { learning_rate: [0.001, 1e30], gan_loss_weight: [50, 75] },
    });
    whole = runCli([...RUN, '--out=whole', '--json'], home);
  });

  test('prints the table of runs and starts nothing with --dry_run', () => {
    const { status, stdout } = runCli([...RUN, '--out=dry', '--dry_run'], home);
    expect([status, existsSync(path.join(home, 'dry'))]).toEqual([0, false]);
    expect(stdout).toMatch(/# +name +learning_rate +gan_loss_weight\n0 +lr0.001_g50 +0.001 +50\n/);
    const json = runCli([...RUN, '--out=dry', '--dry_run', '--json'], home);
    expect(JSON.parse(json.stdout)).toMatchObject([{ name: 'lr0.001_g50' }, {}, {}, {}]);
  });

  test('runs that diverge leave the others alone, and the report says so', () => {
    expect(whole.status).toBe(1);
    const { runs } = JSON.parse(whole.stdout) as {
      runs: { name: string; status: string; reason: string; metric: number }[];
    };
    expect(runs.map(({ status }) => status)).toEqual(['done', 'done', 'failed', 'failed']);
    expect(runs[0]!.metric).toBeLessThan(runs[1]!.metric);
    expect(runs[2]!.reason).toMatch(/^diverged: step \d+: expected finite losses/);
    expect(whole.stderr).toMatch(/lr1e\+30_g50: failed: diverged: /);
    const page = read('whole', 'report.html');
    expect(page).toMatch(/<h2>Failed<\/h2>\s*<h3>lr1e\+30_g50: diverged/);
    expect(page.match(/<img\s+src="data:image\/jpeg/g)).toHaveLength(2);
    expect(page).not.toMatch(/src="(?!data:)|href=/);
    expect(page.match(/<svg/g)!.length).toBeGreaterThanOrEqual(5);
  });

  test('launcher and one run killed -9 half-way, resumed: the same table, and the same metrics line for line', async () => {
    const launcher = startCli([...RUN, '--out=killed'], home);
    const file = path.join(home, 'killed', 'runs', 'lr0.001_g50', 'metrics.jsonl');
    await until(() => linesOf(file) >= 4, 'four steps');
    const gone = new Promise((resolve) => launcher.on('close', resolve));
    launcher.kill('SIGKILL');
    await gone;
    const { owner } = JSON.parse(read('killed', 'state', 'lr0.001_g50.json')) as {
      owner: { pid: number };
    };
    process.kill(owner.pid, 'SIGKILL');
    const second = JSON.parse(runCli(['sweep', 'status', 'killed', '--json'], home).stdout) as {
      runs: { name: string; status: string }[];
    };
    expect(second.runs.filter(({ status }) => status === 'done')).toEqual([]);
    expect(runCli(['sweep', 'resume', 'killed'], home).status).toBe(1);
    expect(read('killed', 'sweep.csv')).toBe(read('whole', 'sweep.csv'));
    for (const name of ['lr0.001_g50', 'lr0.001_g75'])
      expect(metrics('killed', 'runs', name)).toBe(metrics('whole', 'runs', name));
  });

  test('one run killed and one that diverges while the launcher lives: the third ends, the report says both, resume ends the killed one', async () => {
    writeSweep('mixed.yaml', {
      parameters: { learning_rate: [0.001, 1e30, 0.0003] },
      ...drawnBefore({ gan_loss_weight: 50, max_steps: 6 }),
    });
    const launcher = startCli(['sweep', 'run', 'mixed.yaml', '--out=mixed'], home);
    const ended = new Promise((resolve) => launcher.on('close', resolve));
    await until(
      () => linesOf(path.join(home, 'mixed', 'runs', 'lr0.001', 'metrics.jsonl')) >= 2,
      'two steps',
    );
    const { owner } = JSON.parse(read('mixed', 'state', 'lr0.001.json')) as {
      owner: { pid: number };
    };
    process.kill(owner.pid, 'SIGKILL');
    expect(await ended).toBe(1);
    const table = () =>
      (
        JSON.parse(read('mixed', 'sweep.json')) as {
          runs: { name: string; status: string; reason: string | null }[];
        }
      ).runs.map(({ name, status, reason }) => [
        name,
        status,
        reason?.replace(/(diverged).*/, '$1') ?? null,
      ]);
    expect(table()).toEqual([
      ['lr0.0003', 'done', null],
      ['lr0.001', 'failed', 'killed by SIGKILL'],
      ['lr1e+30', 'failed', 'diverged'],
    ]);
    expect(read('mixed', 'report.html')).toMatch(
      /<h3>lr0.001: killed by SIGKILL<\/h3>[^]*<h3>lr1e\+30: diverged: step \d+: expected finite losses/,
    );
    expect(runCli(['sweep', 'resume', 'mixed'], home).status).toBe(1);
    expect(table()[0]).toEqual(['lr0.001', 'done', null]);
    const whole6 = metrics('whole', 'runs', 'lr0.001_g50').split('\n').slice(0, 6);
    expect(metrics('mixed', 'runs', 'lr0.001').trim().split('\n')).toEqual(whole6);
  });

  test('Ctrl-C lets the runs save, and resume ends what is left', async () => {
    writeSweep('one.yaml', {
      parameters: { gan_loss_weight: [50] },
      ...drawnBefore({ max_steps: 24 }),
    });
    const launcher = startCli(['sweep', 'run', 'one.yaml', '--out=stopped'], home);
    const ended = new Promise((resolve) => launcher.on('close', resolve));
    await until(
      () => linesOf(path.join(home, 'stopped', 'runs', 'run', 'metrics.jsonl')) >= 2,
      'two steps',
    );
    launcher.kill('SIGINT');
    expect(await ended).toBe(130);
    const { step } = JSON.parse(read('stopped', 'runs', 'run', 'checkpoint.json')) as {
      step: number;
    };
    expect(step).toBeLessThan(24);
    const dry = runCli(['sweep', 'resume', 'stopped', '--dry_run'], home);
    expect([dry.status, dry.stdout]).toEqual([0, expect.stringMatching(/run +50 .*pending/)]);
    expect(
      (JSON.parse(read('stopped', 'runs', 'run', 'checkpoint.json')) as { step: number }).step,
    ).toBe(step);
    expect(runCli(['sweep', 'resume', 'stopped'], home).status).toBe(0);
    expect(read('stopped', 'sweep.csv')).toMatch(/\nrun,50,.*,done,24,\n$/);
  });

  test('cancel tells the launcher, which lets its runs save; where nothing runs it says so', async () => {
    writeSweep('long.yaml', {
      parameters: { gan_loss_weight: [50] },
      ...drawnBefore({ max_steps: 100_000 }),
    });
    const launcher = startCli(['sweep', 'run', 'long.yaml', '--out=long'], home);
    const ended = new Promise((resolve) => launcher.on('close', resolve));
    await until(
      () => linesOf(path.join(home, 'long', 'runs', 'run', 'metrics.jsonl')) >= 2,
      'two steps',
    );
    const { status, stdout } = runCli(['sweep', 'cancel', 'long', '--json'], home);
    expect([status, JSON.parse(stdout)]).toEqual([0, { cancelled: [launcher.pid] }]);
    expect(await ended).toBe(143);
    expect(existsSync(path.join(home, 'long', 'runs', 'run', 'checkpoint.json'))).toBe(true);
    expect(runCli(['sweep', 'cancel', 'long'], home).stdout).toBe('nothing of it runs\n');
  });

  test('judges its runs by an evaluation of its own; one that was told to end or killed is made again, one that is whole is not', async () => {
    writeSweep('judged.yaml', {
      parameters: { gan_loss_weight: [50] },
      ...drawnBefore({ max_steps: 3 }),
      evaluation: { faces: 3, real_faces: 2 },
      metric: { name: 'age_error/face-api', goal: 'minimize' },
    });
    const log = path.join(home, 'judged', 'logs', 'run.log');
    const evaluations = (): number =>
      existsSync(log)
        ? (readFileSync(log, 'utf8').match(/^validation faces 3\/3 /gm) ?? []).length
        : 0;
    const endEvaluation = (signal: NodeJS.Signals): void => {
      const { owner } = JSON.parse(read('judged', 'state', 'run.json')) as {
        owner: { pid: number };
      };
      process.kill(owner.pid, signal);
    };
    const first = startCli(['sweep', 'run', 'judged.yaml', '--out=judged'], home);
    const ended = new Promise((resolve) => first.on('close', resolve));
    await until(() => evaluations() === 1, 'the validation faces to have been judged');
    endEvaluation('SIGTERM');
    expect(await ended).toBe(1);
    const status = runCli(['sweep', 'status', 'judged'], home);
    expect(status.stdout).toContain(
      'failed  evaluate: told to end by SIGTERM, not by this sweep; `ipcgan sweep resume` goes on with it\n',
    );

    const launcher = startCli(['sweep', 'resume', 'judged'], home);
    await until(() => evaluations() === 2, 'the validation faces to have been judged again');
    const gone = new Promise((resolve) => launcher.on('close', resolve));
    launcher.kill('SIGKILL');
    await gone;
    endEvaluation('SIGKILL');
    const record = path.join(home, 'judged', 'runs', 'run', 'evaluation', '3', 'evaluation.json');
    expect(existsSync(record)).toBe(false);
    const trained = metrics('judged', 'runs', 'run');

    expect(runCli(['sweep', 'resume', 'judged'], home).status).toBe(0);
    const { figures } = JSON.parse(readFileSync(record, 'utf8')) as {
      figures: Record<string, { value: number; low: number; high: number }>;
    };
    const { value, low, high } = figures['age_error/face-api']!;
    expect(read('judged', 'sweep.csv')).toBe(
      `name,gan_loss_weight,age_error/face-api,low,high,status,step,reason\nrun,50,${value},${low},${high},done,3,\n`,
    );
    expect(metrics('judged', 'runs', 'run')).toBe(trained);
    const page = read('judged', 'report.html');
    expect(page).toContain(`<td>${low.toPrecision(4)} to ${high.toPrecision(4)}</td>`);
    expect(page).toContain('evaluations are of validation pictures, which choose');

    const said = linesOf(log);
    expect(runCli(['sweep', 'resume', 'judged'], home).status).toBe(0);
    expect(linesOf(log)).toBe(said);
  });
});

describeWithSlurm('a sweep on a real Slurm', (env) => {
  const STEPS = 24;

  test('a task requeued in the middle of its run goes on bit for bit, and halving goes from array to array', async () => {
    writeSweep('cluster.yaml', {
      parameters: { gan_loss_weight: [50, 75] },
      base: { max_steps: STEPS },
      stop_early: { rungs: [18], factor: 2 },
    });
    const launcher = startCli(
      ['sweep', 'run', 'cluster.yaml', '--out=on slurm', '--launcher=slurm', '--parallel=2'],
      home,
      env,
    );
    const ended = new Promise((resolve) => launcher.on('close', resolve));
    const run = path.join('on slurm', 'runs', 'g50');
    await until(() => linesOf(path.join(home, run, 'metrics.jsonl')) >= 4, 'four steps');
    const { owner } = JSON.parse(read('on slurm', 'state', 'g50.json')) as {
      owner: { job: string };
    };
    expect(spawnSync('scontrol', ['requeue', owner.job], { env }).status).toBe(0);
    expect(await ended).toBe(0);
    expect(read('on slurm', 'logs', 'g50.log')).toMatch(/resuming at step (\d|1[0-7]) from/);
    const { runs } = JSON.parse(read('on slurm', 'sweep.json')) as {
      runs: { name: string; status: string; step: number }[];
    };
    expect(runs.map(({ status, step }) => [status, step])).toEqual([
      ['done', STEPS],
      ['stopped_early', 18],
    ]);

    const base = Object.entries({
      ...SMOKE.base,
      ...FEW_FACES,
      gan_loss_weight: 50,
      max_steps: 18,
    }).map(([name, value]) => `--${name}=${String(value)}`);
    const reference = spawnSync(
      process.execPath,
      [CLI, 'train', ...base, '--data=on slurm/data', '--run=reference'],
      {
        cwd: home,
        env: { ...process.env, TF_NUM_INTRAOP_THREADS: '1', OMP_NUM_THREADS: '1' },
      },
    );
    expect(reference.status).toBe(0);
    const upTo18 = metrics(run).split('\n').slice(0, 18);
    expect(upTo18).toEqual(metrics('checkpoints', 'reference').trim().split('\n'));
  }, 600_000);
});
