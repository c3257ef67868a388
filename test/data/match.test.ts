import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { resolveConfig } from '../../src/config/load';
import { createSampler } from '../../src/data/sampler';
import { openTrainingData, samplerSettings, withDataset } from '../../src/train/training-data';
import type { TrainingData } from '../../src/train/training-data';
import { drawnDataset } from '../support/drawn-dataset';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();

/** Half of the drawn pictures of each group become one gender's, the others the other's; so with race where it is asked for. */
function labelPictures(directory: string, withRace = false): Map<string, string> {
  const file = path.join(directory, 'manifest.jsonl');
  const traits = new Map<string, string>();
  const lines = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line, i) => {
      const entry = JSON.parse(line) as { path: string };
      const gender = i % 2 === 0 ? 'female' : 'male';
      const race = i % 4 < 2 ? 'white' : 'black';
      traits.set(entry.path, withRace ? `${gender}, ${race}` : gender);
      return JSON.stringify({ ...entry, gender, ...(withRace ? { race } : {}) });
    });
  writeFileSync(file, `${lines.join('\n')}\n`);
  return traits;
}

async function open(data: string, settings: Readonly<Record<string, string>>) {
  const { config } = resolveConfig('train', {
    data,
    batch_size: '2',
    labels: 'picture',
    checkpoint_dir: path.join(newFolder(), 'run'),
    ...settings,
  });
  return { config, training: await openTrainingData(await withDataset(config)) };
}

const drawnTraits = (
  { config, training }: { config: Parameters<typeof samplerSettings>[0]; training: TrainingData },
  genders: ReadonlyMap<string, string>,
): [string | undefined, string | undefined][] => {
  const sampler = createSampler(training.lists, samplerSettings(config));
  return Array.from({ length: 40 }, () => sampler.next()).flatMap(({ sources, real }) =>
    sources.map((source, i): [string | undefined, string | undefined] => [
      genders.get(source),
      genders.get(real[i] ?? ''),
    ]),
  );
};

test('--match=gender shows D real pictures of the gender of their sources; without it they are of any', async () => {
  const { directory } = await drawnDataset(newFolder(), 5);
  await expect(open(directory, { match: 'gender' })).rejects.toThrow(
    /--match: expected the gender of pictures in .*manifest\.jsonl, got none\. Prepare the data from a source that labels it/,
  );
  const genders = labelPictures(directory);
  const matched = drawnTraits(await open(directory, { match: 'gender' }), genders);
  expect(matched.every(([source, real]) => source === real)).toBe(true);
  expect(new Set(matched.map(([source]) => source))).toEqual(new Set(['female', 'male']));
  const any = drawnTraits(await open(directory, {}), genders);
  expect(any.some(([source, real]) => source !== real)).toBe(true);
});

test('--match=gender_and_race shows D real pictures with both labels of their sources, and needs both', async () => {
  const { directory } = await drawnDataset(newFolder(), 12);
  labelPictures(directory);
  await expect(open(directory, { match: 'gender_and_race' })).rejects.toThrow(
    /--match: expected the gender and the race of pictures in .*manifest\.jsonl, got none/,
  );
  const traits = labelPictures(directory, true);
  const matched = drawnTraits(await open(directory, { match: 'gender_and_race' }), traits);
  expect(matched.every(([source, real]) => source === real)).toBe(true);
  expect(new Set(matched.map(([source]) => source)).size).toBe(4);
  const byGender = drawnTraits(await open(directory, { match: 'gender' }), traits);
  expect(byGender.some(([source, real]) => source !== real)).toBe(true);
});
