import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Sweep } from '../../src/sweep/plan';
import { UNSTARTED, writeRunState } from '../../src/sweep/run-state';
import { summarizeSweep, writeSummary } from '../../src/sweep/summary';
import { writeSweepPage } from '../../src/sweep/sweep-page';
import { countEscaped, HOSTILE } from '../support/hostile';
import { definitionOf } from '../support/sweep';
import { temporaryFolders } from '../support/temporary';

const folders = temporaryFolders();
const STEPS = 8;

/** Two runs that are done, and one that failed; what they vary is hostile. */
async function hostileSweep(): Promise<Sweep> {
  const directory = path.join(folders(), HOSTILE);
  const values = ['a,b', HOSTILE, 'say "no"'];
  const definition = definitionOf({
    parameters: { alexnet_pretrained_model: values },
    base: { max_steps: STEPS },
  });
  const runs = values.map((model, index) => ({
    index,
    name: `run${index}`,
    parameters: { alexnet_pretrained_model: model },
  }));
  for (const [i, { name }] of runs.slice(0, 2).entries()) {
    const own = path.join(directory, 'runs', name);
    mkdirSync(own, { recursive: true });
    const lines = [STEPS / 2, STEPS].map((step) => `{"step":${step},"g_loss":${i + 1 / step}}\n`);
    writeFileSync(path.join(own, 'metrics.jsonl'), lines.join(''));
    const results = [{ rung: 0, metric: i, step: STEPS, ended_at: '2020' }];
    await writeRunState(directory, name, { ...UNSTARTED, results });
  }
  const failed = {
    ...UNSTARTED,
    status: 'failed' as const,
    reason: HOSTILE,
    tail: [HOSTILE, 'end'],
  };
  await writeRunState(directory, 'run2', failed);
  return { directory, definition, runs, file: 'x', cwd: '.', threads: 1, launcher: 'local' };
}

test('a sweep’s page escapes its name, settings and what failed runs wrote; its CSV quotes them', async () => {
  const sweep = await hostileSweep();
  const summary = await summarizeSweep(sweep);
  await writeSweepPage(sweep, summary);
  const page = readFileSync(path.join(sweep.directory, 'report.html'), 'utf8');
  // title and heading, the table, both parameter charts, why it failed and what it wrote
  expect(countEscaped(page)).toBe(7);
  expect(page).toContain('3 runs: 2 done, 1 failed. Least g_loss first.');
  expect(page).toContain('Held-out terms and evaluations are of validation pictures');
  expect(page).toMatch(/<pre>&#60;b id=&#34;evil&#34;&#62;&#38;amp&#39;\nend<\/pre>/);
  expect(page.match(/<tr class="failed">/g)).toHaveLength(1);
  // every run in a line, the one setting, the one metric
  expect(page.match(/<svg/g)).toHaveLength(3);
  await writeSummary(sweep, summary);
  expect(readFileSync(path.join(sweep.directory, 'sweep.csv'), 'utf8')).toBe(
    [
      'name,alexnet_pretrained_model,g_loss,low,high,status,step,reason',
      `run0,"a,b",${1 / STEPS},,,done,${STEPS},`,
      `run1,"${HOSTILE.replaceAll('"', '""')}",${1 + 1 / STEPS},,,done,${STEPS},`,
      `run2,"say ""no""",,,,failed,,"${HOSTILE.replaceAll('"', '""')}"`,
      '',
    ].join('\n'),
  );
});
