import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { agreeOnSettings, eachResult } from '../../src/ageing/many/results';
import { resolveConfig } from '../../src/config/load';
import { readDataset } from '../../src/data/dataset';
import { openJournal, readJournals } from '../../src/data/prepare/journal';
import { openObservationCache } from '../../src/eval/judges/panel';
import type { Panel } from '../../src/eval/judges/panel';
import { readRecord } from '../../src/eval/report/record';
import { packageVersion } from '../../src/files/package-version';
import { restoreState } from '../../src/pretrain/state';
import type { Kept } from '../../src/pretrain/state';
import { describeRun } from '../../src/runs/describe-run';
import { readEnvironment } from '../../src/runs/environment-file';
import { resolveRun } from '../../src/runs/resumed-config';
import { readEvaluation } from '../../src/sweep/evaluation';
import { openSweep } from '../../src/sweep/plan';
import { restoreNewest } from '../../src/train/save-checkpoint';
import { readCheckpointState } from '../../src/weights/checkpoint';
import { readManifestOf } from '../../src/weights/model-manifest';
import { kept } from '../support/kept';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();

interface Format {
  readonly key: string;
  readonly newest: number;
  /** Its place in a folder. */
  readonly file: string;
  /** What opens it there. */
  readonly open: (folder: string) => unknown;
}

/** It finds no face. */
const PANEL = {
  finder: { detect: () => Promise.resolve([]), landmarks: () => Promise.resolve([]) },
  judges: [],
} as unknown as Panel;
const BEHIND = { word: null, paths: [] };
const RUN = path.join('run', 'acgan.model-2');

/** Every format of ours that says a version. */
const FORMATS: Readonly<Record<string, Format>> = {
  'the state of a checkpoint': {
    ...{ key: 'format', newest: 1, file: path.join(RUN, 'state.json') },
    open: (folder) => readCheckpointState(path.join(folder, RUN)),
  },
  'the newest checkpoint of a run that is resumed': {
    ...{ key: 'format', newest: 1, file: path.join(RUN, 'state.json') },
    open: (folder) => restoreNewest(path.join(folder, 'run'), {} as never),
  },
  'the state of a pretraining run': {
    ...{ key: 'format', newest: 1, file: path.join('last', 'state.json') },
    open: (folder) => restoreState(folder, {} as Kept),
  },
  'a generator’s manifest': {
    ...{ key: 'format', newest: 1, file: 'ipcgan.json' },
    open: (folder) => readManifestOf(folder),
  },
  'the description of a data set': {
    ...{ key: 'version', newest: 3, file: 'dataset.json' },
    open: (folder) => readDataset(folder),
  },
  'the journal of prepare': {
    ...{ key: 'format', newest: 1, file: 'journal.jsonl' },
    open: (folder) => readJournals(folder, {}),
  },
  'the config of a run that is resumed': {
    ...{ key: 'run_format', newest: 1, file: 'config.json' },
    open: (folder) => resolveRun('train', { checkpoint_dir: folder, resume: true }, BEHIND),
  },
  'the config of a run that another starts from': {
    ...{ key: 'run_format', newest: 1, file: 'config.json' },
    open: (folder) =>
      resolveConfig('train', { config: path.join(folder, 'config.json'), run: 'b' }),
  },
  'the environment of a run': {
    ...{ key: 'format', newest: 1, file: 'environment.json' },
    open: (folder) => readEnvironment(folder),
  },
  'the plan of a sweep': {
    ...{ key: 'format', newest: 1, file: 'plan.json' },
    open: (folder) => openSweep(folder),
  },
  'settings of aged pictures, where more are to be aged': {
    ...{ key: 'format', newest: 1, file: 'ageing.json' },
    open: (folder) => agreeOnSettings(folder, {}),
  },
  'settings of aged pictures, where their manifests are read': {
    ...{ key: 'format', newest: 1, file: 'ageing.json' },
    open: (folder) => eachResult(folder, () => undefined),
  },
  'an evaluation that is compared': {
    ...{ key: 'version', newest: 1, file: 'evaluation.json' },
    open: (folder) => readRecord(folder),
  },
  'an evaluation of a sweep’s run': {
    ...{ key: 'version', newest: 1, file: path.join('evaluation', 'evaluation.json') },
    open: (folder) => readEvaluation(folder, 1),
  },
};

/** Writes a file, and its folder. */
function write(folder: string, name: string, content: object | string): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, typeof content === 'string' ? content : `${JSON.stringify(content)}\n`);
  return file;
}

const messageOf = async (work: () => unknown): Promise<string> => {
  try {
    await work();
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};

test.each(Object.entries(FORMATS))(
  '%s: a newer version is refused with what to do, one that is known is not',
  async (_, { key, newest, file: name, open }) => {
    const folder = newFolder();
    const file = write(folder, name, { [key]: newest + 1, whatever: 'a newer program says' });
    expect(await messageOf(() => open(folder))).toBe(
      `${file}: expected ${key} ${newest} or an older one, which ipcgan ${packageVersion()} knows, got ${newest + 1}, which a newer ipcgan wrote. ` +
        'Use that one: `git pull && npm run setup` in a checkout, or install its newest package. The file stays as it is.',
    );
    write(folder, name, { [key]: newest });
    expect(await messageOf(() => open(folder))).not.toContain('newer');
  },
);

test('observations are kept with their version; a newer file is refused, one of before is read', async () => {
  const folder = newFolder();
  const grey = { data: new Uint8Array(3 * 32 * 32), width: 32, height: 32 };
  const first = await openObservationCache(folder, PANEL);
  await first.observe(['a', 'b'], () => Promise.resolve(grey));
  const file = path.join(folder, readdirSync(folder)[0]!);
  const written = readFileSync(file, 'utf8');
  expect(written.split('\n').map((line) => line.slice(0, 12))).toEqual([
    '',
    '{"format":1}',
    '{"key":"a","',
    '{"key":"b","',
  ]);
  const unread = (): Promise<never> => Promise.reject(new Error('it is known'));
  const before = written.replace('{"format":1}\n', '');
  for (const text of [written, before]) {
    writeFileSync(file, text);
    const known = await openObservationCache(folder, PANEL);
    expect(await known.observe(['b', 'a'], unread)).toMatchObject([
      { isFound: false },
      { isFound: false },
    ]);
  }
  writeFileSync(file, written.replace('"format":1', '"format":2'));
  await expect(openObservationCache(folder, PANEL)).rejects.toThrow(
    `${file}: expected format 1 or an older one`,
  );
});

test('what is written says the version', async () => {
  const folder = newFolder();
  const journal = await openJournal(folder, null, { kind: 'folder' });
  await journal.close();
  expect(readFileSync(path.join(folder, 'journal.jsonl'), 'utf8')).toBe(
    '{"format":1,"kind":"folder"}\n',
  );
  await agreeOnSettings(folder, { groups: '50+' });
  const ageing = path.join(folder, 'ageing.json');
  expect(JSON.parse(readFileSync(ageing, 'utf8'))).toEqual({ format: 1, groups: '50+' });
  const run = path.join(folder, 'run');
  mkdirSync(run);
  const { config } = resolveConfig('train', { checkpoint_dir: run, batch_size: '4' });
  await describeRun(run, config, { format: 1 } as never);
  expect(JSON.parse(readFileSync(path.join(run, 'config.json'), 'utf8'))).toMatchObject({
    run_format: 1,
    batch_size: 4,
  });
  const resumed = resolveRun('train', { checkpoint_dir: run, resume: true }, BEHIND).config;
  expect(resumed).toEqual({ ...config, resume: true });
});

test('files of before there were versions are opened', async () => {
  const folder = newFolder();
  write(
    folder,
    'journal.jsonl',
    '{"kind":"folder"}\n{"name":"a","reason":"unreadable","detail":""}\n',
  );
  expect([...(await readJournals(folder, { kind: 'folder' })).keys()]).toEqual(['a']);
  write(folder, 'ageing.json', { groups: '50+' });
  await agreeOnSettings(folder, { groups: '50+' });
  await expect(agreeOnSettings(folder, { groups: '31-40' })).rejects.toThrow(
    'got groups "50+" there, "31-40" asked for',
  );
  write(folder, 'environment.json', { threads: 3 });
  expect(await readEnvironment(folder)).toEqual({ threads: 3 });
  cpSync(kept('run'), folder, { recursive: true });
  const { config } = resolveRun('train', { checkpoint_dir: folder, resume: true }, BEHIND);
  expect(config.checkpoint_dir).toBe(folder);
  expect(config).not.toHaveProperty('run_format');
});
