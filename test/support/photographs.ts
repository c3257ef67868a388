/** @file A folder of photographs that the repository has, and what a data set made of them consists of. */

import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';

const samples = path.join(
  path.dirname(require.resolve('@vladmandic/face-api/package.json')),
  'demo',
);
/** Groups of people, at any size and turn; nobody says how old they are, so the ages are made up. */
const AGES = [15, 25, 35, 45, 55, 65];

/** Fourteen files, one of them no picture, one with a name that is no UTF-8. */
export async function writePhotographs(folder: string): Promise<void> {
  mkdirSync(folder);
  for (const [i, age] of AGES.entries()) {
    const photograph = readFileSync(path.join(samples, `sample${i + 1}.jpg`));
    writeFileSync(path.join(folder, `${age}_Person_${i}_0001.jpg`), photograph);
    // another crop of the same photograph, so that there is more to do
    const turned = await sharp(photograph)
      .rotate(10 + i)
      .jpeg()
      .toBuffer();
    writeFileSync(path.join(folder, `${age}_Person_${i}_0002.jpg`), turned);
  }
  writeFileSync(path.join(folder, '20_Broken_0001.jpg'), 'text');
  writeFileSync(
    Buffer.concat([Buffer.from(`${folder}/`), Buffer.from('33_Zo\xeb_K_0001.jpg', 'latin1')]),
    await sharp(path.join(samples, 'sample1.jpg')).flop().jpeg().toBuffer(),
  );
}

/** Everything that a data set consists of, by file name. */
function contents(folder: string): Record<string, string> {
  const files = [
    ...readdirSync(folder),
    ...readdirSync(path.join(folder, 'images')).map((name) => path.join('images', name)),
  ];
  return Object.fromEntries(
    files
      .filter((name) => statSync(path.join(folder, name)).isFile())
      .map((name) => [name, readFileSync(path.join(folder, name)).toString('base64')]),
  );
}

/** Names of files that are not the same, to the last byte, in two data sets. */
export function differingFiles(a: string, b: string): string[] {
  const one = contents(a);
  const other = contents(b);
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].filter(
    (name) => one[name] !== other[name],
  );
}
