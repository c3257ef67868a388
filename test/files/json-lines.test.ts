import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { eachWholeLine, openJsonLines } from '../../src/files/json-lines';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();

/** Lines that are whole, and the bytes that they take. */
async function wholeLines(file: string): Promise<{ lines: string[]; bytes: number }> {
  const lines: string[] = [];
  const bytes = await eachWholeLine(file, (line) => lines.push(line));
  return { lines, bytes };
}

test('lines longer than what is read at a time are whole, letters of several bytes too; half a line is none', async () => {
  const file = path.join(newFolder(), 'lines');
  const long = ['é'.repeat(100_000), '', 'x'.repeat(70_000), '😀'.repeat(40_000)];
  const text = long.map((line) => `${line}\n`).join('');
  writeFileSync(file, `${text}half`);
  expect(await wholeLines(file)).toEqual({ lines: long, bytes: Buffer.byteLength(text) });
  writeFileSync(file, 'half');
  expect(await wholeLines(file)).toEqual({ lines: [], bytes: 0 });
});

test('a file goes on behind its last whole line', async () => {
  const file = path.join(newFolder(), 'lines.jsonl');
  const first = await openJsonLines(file);
  await first.add([{ a: 1 }, { a: 'two\nlines' }]);
  await first.close();
  appendFileSync(file, '{"a":3');
  const second = await openJsonLines(file);
  await second.add([{ a: 4 }]);
  await second.close();
  expect(readFileSync(file, 'utf8')).toBe('{"a":1}\n{"a":"two\\nlines"}\n{"a":4}\n');
});
