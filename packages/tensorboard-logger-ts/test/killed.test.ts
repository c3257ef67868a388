import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readEventFile } from '../src/event-files';

const directory = mkdtempSync(path.join(tmpdir(), 'events '));
afterAll(() => rmSync(directory, { recursive: true }));

test('a process that is killed keeps what it logged', () => {
  const program = `const { createEventWriter } = require(${JSON.stringify(path.resolve(__dirname, '../dist/event-writer.js'))});
    const writer = createEventWriter({ directory: ${JSON.stringify(directory)} });
    for (let step = 1; step <= 100; step++) writer.scalar('loss', step, step);
    process.kill(process.pid, 'SIGKILL');`;
  expect(spawnSync(process.execPath, ['-e', program]).signal).toBe('SIGKILL');
  const events = readEventFile(path.join(directory, readdirSync(directory)[0]!));
  expect(events.slice(1).map(({ values }) => values[0]!.scalar)).toEqual(
    Array.from({ length: 100 }, (_, i) => i + 1),
  );
});
