import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { checkJudgeFiles } from '../../src/eval/judges/judge-files';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();
const USUAL = { judge: 'face-api', weights: null, age_judge: null } as const;

test('files of judges are looked for before anything computes', async () => {
  const folder = newFolder();
  const file = path.join(folder, 'deepface.h5');
  await expect(checkJudgeFiles({ ...USUAL, judge: 'deepface' })).rejects.toThrow(
    '--weights: expected the weights of DeepFace with --judge=deepface, got nothing.',
  );
  await expect(checkJudgeFiles({ ...USUAL, judge: 'deepface', weights: file })).rejects.toThrow(
    `--weights: expected a file of weights (.h5), got ${file}`,
  );
  writeFileSync(file, 'no HDF5');
  await expect(checkJudgeFiles({ ...USUAL, judge: 'deepface', weights: file })).rejects.toThrow(
    `--weights: expected an HDF5 file, got ${file}, which is none.`,
  );
  const torch = path.join(newFolder(), 'deepface.pth');
  writeFileSync(torch, 'PK');
  await expect(checkJudgeFiles({ ...USUAL, judge: 'deepface', weights: torch })).rejects.toThrow(
    `--weights: expected an HDF5 file, got ${torch}, which is weights of PyTorch. Give the .h5`,
  );
  await expect(checkJudgeFiles({ ...USUAL, age_judge: newFolder() })).rejects.toThrow(
    `--age_judge: expected a network saved by ipcgan or a TensorFlow 1 checkpoint, got`,
  );
});

test('files that are there are as they should be, and those of a judge that was not asked for are not looked at', async () => {
  const file = path.join(newFolder(), 'deepface.h5');
  const run = newFolder();
  writeFileSync(file, Buffer.from('894844460d0a1a0a', 'hex'));
  mkdirSync(path.join(run, 'model'));
  writeFileSync(path.join(run, 'model', 'model.json'), '{}');
  await expect(
    checkJudgeFiles({ judge: 'deepface', weights: file, age_judge: run }),
  ).resolves.toBeUndefined();
  await expect(checkJudgeFiles({ ...USUAL, weights: 'nowhere.h5' })).resolves.toBeUndefined();
});
