import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();
const ROOT = path.resolve(__dirname, '../..');

/** Parts of torture with the tries that a test has time for. */
const SLICE = [
  ['kill-train', 1],
  ['kill-prepare', 1],
  ['sigterm', 1],
  ['damage', 1],
] as const;

const home = { folder: '' };
beforeAll(() => (home.folder = newFolder()));

test.each(SLICE)('%s, tried %i times, leaves nothing that is not as promised', (part, times) => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      '-r',
      path.join(ROOT, 'scripts/typescript.cjs'),
      path.join(__dirname, 'torture.ts'),
      `--only=${part}`,
      `--times=${times}`,
      `--home=${home.folder}`,
    ],
    { encoding: 'utf8' },
  );
  expect([stdout, status === 0 ? '' : stderr]).toEqual([
    expect.stringMatching(new RegExp(`^${part}: [1-9]\\d* tries, 0 faults`)),
    '',
  ]);
  expect(status).toBe(0);
});
