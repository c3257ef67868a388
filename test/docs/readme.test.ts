import { existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { ASTRONAUT } from '../support/astronaut';
import { runCli } from '../support/cli';
import { commandsOf } from '../support/documented-commands';
import { preparedDataset } from '../support/drawn-dataset';
import { readPage, ROOT } from '../support/pages';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();

/** What makes the README's commands short; all else is as the page has it. */
const SHORT: Readonly<Record<string, readonly string[]>> = {
  train: ['--image_size=32', '--width=0.1', '--batch_size=2', '--max_steps=2', '--save_every=2'],
  evaluate: ['--faces=2', '--real_faces=2'],
};

/** A folder named like UTKFace's: drawn people of both genders, of whom nobody is named. */
async function drawnUtkface(folder: string): Promise<void> {
  const prepared = newFolder();
  await preparedDataset(prepared);
  mkdirSync(folder);
  const images = path.join(prepared, 'images');
  for (const [i, name] of readdirSync(images).entries()) {
    const [age = ''] = name.split('_');
    const date = String(20170101000000000n + BigInt(i));
    symlinkSync(path.join(images, name), path.join(folder, `${age}_${i % 2}_0_${date}.jpg`));
  }
}

test('the commands of the README run, one after the other', async () => {
  const home = newFolder();
  for (const name of ['demo', 'configs']) symlinkSync(path.join(ROOT, name), path.join(home, name));
  await drawnUtkface(path.join(home, 'UTKFace'));
  await sharp(ASTRONAUT).toFile(path.join(home, 'me.jpg'));

  const commands = commandsOf('README.md', readPage('README.md')).filter((one) => one.isInBlock);
  const verbs = commands.map(({ argv: [verb = ''] }) => verb);
  expect(verbs).toEqual(['age', 'age', 'prepare', 'train', 'age', 'evaluate']);
  for (const { where, text, argv } of commands) {
    const { status, stderr } = runCli([...argv, ...(SHORT[argv[0] ?? ''] ?? [])], home);
    expect([where, text, status, status === 0 ? '' : stderr]).toEqual([where, text, 0, '']);
  }

  const made = [
    'aged/contact-sheet.png',
    'aged/me_21-30.jpg',
    'aged/me_50+.jpg',
    'aged/faces',
    'datasets/utkface/report.html',
    'checkpoints/first/evaluation/report.html',
  ];
  expect(made.filter((file) => !existsSync(path.join(home, file)))).toEqual([]);
});
