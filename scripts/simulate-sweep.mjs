// Plans, launches and reports a sweep of many runs whose trainer is a shell script that trains nothing: what a launcher costs.
// node scripts/simulate-sweep.mjs [RUNS]
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const load = (name) =>
  createRequire(import.meta.url)(path.join(root, 'dist', 'sweep', `${name}.js`));
const { planSweep, saveSweep } = load('plan');
const { launchLocally } = load('launch-local');
const { summarizeSweep, writeSummary } = load('summary');
const { writeSweepPage } = load('sweep-page');

const runs = Number(process.argv[2] ?? 1000);
const LINES_A_RUN = 100;
const PARALLEL = 2;
const folder = mkdtempSync(path.join(tmpdir(), 'sweep-'));
const seconds = {};
async function timed(name, work) {
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  const result = await work();
  const { user, system } = process.cpuUsage(cpu);
  seconds[name] = { elapsed: (performance.now() - start) / 1000, launcher: (user + system) / 1e6 };
  return result;
}

const trainer = path.join(folder, 'trainer.sh');
writeFileSync(
  trainer,
  `for word in "$@"; do case "$word" in --checkpoint_dir=*) dir="\${word#*=}";; --max_steps=*) steps="\${word#*=}";; esac; done
mkdir -p "$dir"; echo '{}' > "$dir/config.json"; : > "$dir/metrics.jsonl"; i=0
while [ $i -lt ${LINES_A_RUN} ]; do i=$((i+1)); echo "{\\"step\\":$((i*steps/${LINES_A_RUN})),\\"g_loss\\":\${#dir}.$i}" >> "$dir/metrics.jsonl"; done
mkdir -p "$dir/acgan.model-$steps"; touch "$dir/acgan.model-$steps/state.json" "$dir/acgan.model-$steps/optimizers.bin"
`,
);
const file = path.join(folder, 'sweep.json');
writeFileSync(
  file,
  JSON.stringify({
    base: { max_steps: 1000, device: 'cpu' },
    method: 'random',
    parameters: {
      gan_loss_weight: { min: 10, max: 500, distribution: 'log-uniform' },
      fea_loss_weight: { min: 1e-5, max: 1e-3, distribution: 'log-uniform' },
      age_loss_weight: { min: 5, max: 200 },
    },
    metric: { name: 'g_loss', goal: 'minimize' },
    limits: { runs },
    stop_early: { rungs: [100, 300], factor: 3 },
  }),
);

const sweep = await timed('plan', async () => {
  const planned = planSweep(file, path.join(folder, 'out'), { threads: 1, launcher: 'local' });
  await saveSweep(planned);
  return planned;
});
const slots = Array.from({ length: PARALLEL }, () => ({}));
await timed('launch', () =>
  launchLocally(sweep, { program: '/bin/sh', args: [trainer] }, slots, () => undefined),
);
const summary = await timed('report', async () => {
  const found = await summarizeSweep(sweep);
  await writeSummary(sweep, found);
  await writeSweepPage(sweep, found);
  return found;
});
const count = (status) => summary.runs.filter((run) => run.status === status).length;
const counts = {
  runs: summary.runs.length,
  done: count('done'),
  stopped_early: count('stopped_early'),
};
process.stdout.write(
  `${JSON.stringify({ ...counts, seconds, peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024) }, null, 1)}\n`,
);
rmSync(folder, { recursive: true, force: true });
