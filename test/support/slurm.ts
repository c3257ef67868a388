/** @file A real Slurm of one node for the tests, and loudly none where it is not installed. */

import { spawnSync } from 'node:child_process';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';

const SCRIPT = path.join(__dirname, 'slurm.sh');

function whyNot(): string | null {
  const missing = ['sbatch', 'slurmctld', 'slurmd'].filter(
    (program) => spawnSync('which', [program]).status !== 0,
  );
  if (missing.length > 0)
    return `${missing.join(', ')} is not installed (apt-get install slurm-wlm)`;
  return userInfo().uid === 0 ? null : 'it needs root';
}

/** `describe` with a Slurm that lives as long as the tests; they get the variables that its commands need. */
export function describeWithSlurm(name: string, tests: (env: NodeJS.ProcessEnv) => void): void {
  const reason = whyNot();
  if (reason !== null) {
    process.stderr.write(`SKIPPED: ${name}: ${reason}\n`);
    describe.skip(name, () => tests({}));
    return;
  }
  describe(name, () => {
    const cluster = path.join(tmpdir(), `ipcgan-slurm-${process.pid}`);
    // two test runs at once must not meet
    const env: NodeJS.ProcessEnv = {
      ...process.env,
      SLURM_TEST_PORT: String(20_000 + 2 * (process.pid % 5000)),
    };
    beforeAll(() => {
      const { status, stderr } = spawnSync('bash', [SCRIPT, 'start', cluster], {
        encoding: 'utf8',
        timeout: 90_000,
        env,
      });
      if (status !== 0) throw new Error(stderr);
      env.SLURM_CONF = path.join(cluster, 'slurm.conf');
    });
    afterAll(() => {
      spawnSync('bash', [SCRIPT, 'stop', cluster], { timeout: 60_000 });
      spawnSync('rm', ['-rf', cluster]);
    });
    tests(env);
  });
}
