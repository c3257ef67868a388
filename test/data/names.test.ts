import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readList } from '../../src/data/lists';
import { readManifest } from '../../src/data/manifest';
import { manifestSource } from '../../src/data/sources/manifest-file';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();

/** Names that would leave their folder, on this system or on another. */
const LEAVING = ['../a.jpg', 'a/../../b.jpg', '/etc/passwd', '..\\a.jpg', 'a\\..\\..\\b.jpg', '..'];

const ENTRY = {
  path: 'a.jpg',
  age: 30,
  group: 1,
  identity: null,
  split: 'train',
  sha256: 'a'.repeat(64),
  landmarks: null,
  quality: { score: null, size: null, sharpness: 1, yaw: null },
};

describe.each(LEAVING)('the name %s', (name) => {
  test('is refused in a list', async () => {
    const file = path.join(newFolder(), 'train.txt');
    writeFileSync(file, `a.jpg 1\n${name} 1\n`);
    await expect(readList(file)).rejects.toThrow(
      `${file}: expected lines 'NAME NUMBER', got 1 wrong: line 2`,
    );
  });

  test.each(['path', 'original'])('is refused as the %s of a manifest', async (key) => {
    const folder = newFolder();
    const file = path.join(folder, 'manifest.jsonl');
    writeFileSync(file, `${JSON.stringify({ ...ENTRY, [key]: name })}\n`);
    await expect(readManifest(folder)).rejects.toThrow(
      `${file}: expected pictures inside of their folder, got 1 wrong: line 1 '${name}' leaves the root folder`,
    );
  });

  test('is turned down in a table, by name', async () => {
    const folder = newFolder();
    const images = path.join(folder, 'images');
    mkdirSync(images);
    writeFileSync(path.join(folder, 'a.jpg'), '');
    writeFileSync(path.join(images, 'in.jpg'), '');
    const table = path.join(folder, 'faces.jsonl');
    const rows = ['in.jpg', name].map((one) => JSON.stringify({ path: one, age: 30 }));
    writeFileSync(table, rows.join('\n'));
    const { records, rejected } = await manifestSource(images, table).list();
    expect(records.map((record) => record.name)).toEqual(['in.jpg']);
    expect(rejected).toEqual([
      { name, reason: 'bad row', detail: 'faces.jsonl: row 2: it leaves --images' },
    ]);
  });
});
