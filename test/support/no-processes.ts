/** @file Lets no test of the quick tier start a process of its own. */

import childProcess from 'node:child_process';

/** What starts one. */
const STARTERS = [
  'exec',
  'execFile',
  'execFileSync',
  'execSync',
  'fork',
  'spawn',
  'spawnSync',
] as const;

function refuse(): never {
  throw new Error(
    'the quick tier: expected no process of its own, got one. A test that needs one is named in test/tiers.js.',
  );
}

// a worker of jest goes on with tests of the other tier
const own = Object.fromEntries(STARTERS.map((name) => [name, childProcess[name]]));
Object.assign(childProcess, Object.fromEntries(STARTERS.map((name) => [name, refuse])));
afterAll(() => void Object.assign(childProcess, own));
