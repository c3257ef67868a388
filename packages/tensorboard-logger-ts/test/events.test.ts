import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { crc32c, maskedCrc32c } from '../src/crc32c';
import { readEventFile, truncateEventFiles } from '../src/event-files';
import { createEventWriter } from '../src/event-writer';
import { integer, readFields } from '../src/protobuf';
import { frameRecord, readRecords } from '../src/record-file';

const folder = mkdtempSync(path.join(tmpdir(), 'events '));
let n = 0;
const newFolder = (): string => path.join(folder, String(n++));
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ['123456789', 0xe3069283],
  ['', 0],
])('the CRC-32C of %j is the published one', (text, crc) =>
  expect(crc32c(Buffer.from(text))).toBe(crc),
);

test('the CRC-32C of thirty-two zeros and ones are those of RFC 3720', () => {
  expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
  expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43);
});

test('masking rotates by 15 and adds a constant', () => {
  const crc = 0xe3069283;
  expect(maskedCrc32c(Buffer.from('123456789'))).toBe(
    (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0,
  );
});

test('a record is length, CRC, data, CRC', () => {
  const record = frameRecord(Buffer.from('ab'));
  expect([record.length, record.readBigUInt64LE(0), record.subarray(12, 14).toString()]).toEqual([
    18,
    2n,
    'ab',
  ]);
  expect(record.readUInt32LE(8)).toBe(maskedCrc32c(record.subarray(0, 8)));
  expect(record.readUInt32LE(14)).toBe(maskedCrc32c(Buffer.from('ab')));
});

test('negative and large integers survive', () => {
  for (const value of [0, 127, 128, 2 ** 40, -1])
    expect(readFields(Buffer.from(integer(3, value)))).toMatchObject([{ number: 3, value }]);
});

test('the first event says the version, and times are the clock’s', () => {
  const writer = createEventWriter({ directory: newFolder(), clock: () => 5500 });
  writer.scalar('a', 1, 0);
  writer.close();
  const [first] = readRecords(writer.file, () => undefined);
  expect(
    readFields(first!)
      .find(({ number }) => number === 3)!
      .content.toString(),
  ).toBe('brain.Event:2');
  expect(readEventFile(writer.file)[1]).toEqual({
    wallTime: 5.5,
    step: 0,
    values: [{ tag: 'a', scalar: 1 }],
  });
});

test('two writers in one directory in the same second have files of their own', () => {
  const directory = newFolder();
  const [a, b] = [0, 1].map(() => createEventWriter({ directory, clock: () => 1000 }));
  expect(a!.file).not.toBe(b!.file);
  [a, b].forEach((writer) => writer!.close());
  expect(readdirSync(directory)).toHaveLength(2);
});

test('cutting back drops later events from every file, and a record that was left unfinished', () => {
  const directory = newFolder();
  const files = [0, 1].map((start) => {
    const writer = createEventWriter({ directory });
    for (let step = start; step < 10; step += 2) writer.scalar('loss', step, step);
    writer.close();
    return writer.file;
  });
  appendFileSync(files[0]!, Buffer.from([1, 2, 3]));
  truncateEventFiles(directory, 4);
  expect(
    files.map((file) =>
      readEventFile(file)
        .slice(1)
        .map(({ step }) => step),
    ),
  ).toEqual([
    [0, 2, 4],
    [1, 3],
  ]);
  expect(readdirSync(directory)).toHaveLength(2);
});

test('a wrong checksum is an error that names the file', () => {
  const writer = createEventWriter({ directory: newFolder() });
  writer.close();
  const bytes = readFileSync(writer.file);
  bytes[14] = bytes[14]! ^ 1;
  writeFileSync(writer.file, bytes);
  expect(() => readEventFile(writer.file)).toThrow(
    /expected a record at byte 0, got a wrong checksum of its data/,
  );
});

test('what a power cut left behind good events is dropped with the rest', () => {
  const directory = newFolder();
  const writer = createEventWriter({ directory });
  writer.scalar('loss', 1, 1);
  writer.scalar('loss', 2, 2);
  writer.close();
  const whole = readFileSync(writer.file);
  writeFileSync(writer.file, Buffer.concat([whole, Buffer.alloc(64)]));
  truncateEventFiles(directory, 2);
  expect(readFileSync(writer.file)).toEqual(whole);
});

test('a file of three gigabytes is read and cut back in pieces', () => {
  const directory = newFolder();
  const writer = createEventWriter({ directory });
  writer.scalar('loss', 1, 1);
  writer.close();
  const whole = readFileSync(writer.file);
  truncateSync(writer.file, 3 * 2 ** 30);
  expect(() => readEventFile(writer.file)).toThrow(
    `expected a record at byte ${whole.length}, got a wrong checksum of its length`,
  );
  truncateEventFiles(directory, 1);
  expect(readFileSync(writer.file)).toEqual(whole);
});

test('records of any size around the pieces in which a file is read come back as they were', () => {
  const file = path.join(folder, 'records');
  const records = [1, 2 ** 20 - 20, 5, 3 * 2 ** 20, 0, 2 ** 20, 77].map((length, i) =>
    Buffer.alloc(length, i + 1),
  );
  writeFileSync(file, Buffer.concat(records.map(frameRecord)));
  const read = [...readRecords(file, () => undefined)];
  expect(read.map((record) => record.length)).toEqual(records.map((record) => record.length));
  read.forEach((record, i) => expect(record.equals(records[i]!)).toBe(true));
});

test('a writer begins a new file after so many bytes, and cutting back reaches all of them', () => {
  const directory = newFolder();
  const writer = createEventWriter({ directory, maxFileBytes: 200, clock: () => 1000 });
  const first = writer.file;
  for (let step = 1; step <= 12; step++) writer.scalar('loss', step, step);
  writer.text('notes', 'x'.repeat(500), 12);
  expect(writer.file).not.toBe(first);
  writer.close();
  const files = (): string[] => readdirSync(directory).map((name) => path.join(directory, name));
  const events = (): number[] =>
    files().flatMap((file) =>
      readEventFile(file)
        .slice(1)
        .map(({ step }) => step),
    );
  expect(files().length).toBeGreaterThan(4);
  const small = files().filter((file) => statSync(file).size <= 200);
  expect(files().length - small.length).toBe(1);
  expect(events().sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 12]);
  truncateEventFiles(directory, 4);
  expect(events().sort((a, b) => a - b)).toEqual([1, 2, 3, 4]);
});

test('empty tags, wrong steps and closed writers are refused', () => {
  const writer = createEventWriter({ directory: newFolder() });
  expect(() => writer.scalar('', 1, 1)).toThrow('tag: expected a name, got an empty text');
  expect(() => writer.scalar('a', 1, 1.5)).toThrow(
    'step: expected a whole number from 0 up, got 1.5',
  );
  writer.close();
  expect(() => writer.scalar('a', 1, 1)).toThrow('expected an open writer, got one that is closed');
});

test('a not-a-number is logged as such', () => {
  const writer = createEventWriter({ directory: newFolder() });
  writer.scalar('a', NaN, 1);
  writer.close();
  expect(readEventFile(writer.file)[1]!.values[0]!.scalar).toBeNaN();
});

test('a record whose checksums fit and that is no event is named when it is read, and cut off with what follows', () => {
  const folder = newFolder();
  const writer = createEventWriter({ directory: folder });
  writer.scalar('a', 1, 1);
  const whole = readFileSync(writer.file);
  writer.scalar('a', 2, 2);
  writer.close();
  const rest = readFileSync(writer.file).subarray(whole.length);
  // a field of unknown kind, and one that ends after the record
  for (const record of ['04', '0aff7f']) {
    const broken = frameRecord(Buffer.from(record, 'hex'));
    writeFileSync(writer.file, Buffer.concat([whole, broken, rest]));
    expect(() => readEventFile(writer.file)).toThrow(
      `${writer.file}: expected an event as record 3`,
    );
    truncateEventFiles(folder, 5);
    expect(readFileSync(writer.file)).toEqual(whole);
  }
});
