import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { tf } from '../../src/engine/tf';
import { toDeepFaceInput } from '../../src/eval/judges/deepface';
import { pairsOf } from '../../src/eval/verify-faces';
import { locallyConnected2d } from '../../src/models/layers/locally-connected-2d';
import { assignValues, namedWeights } from '../../src/models/named-weights';
import { loadDeepFace } from '../../src/eval/judges/load-deepface';
import { runCli } from '../support/cli';
import { describeWithShared, shared } from '../support/shared';
import { temporaryFolders } from '../support/temporary';

const folders = temporaryFolders();

test('a locally connected layer has another filter at every place', async () => {
  const input = tf.input({ shape: [3, 4, 1] });
  const model = tf.model({
    inputs: input,
    outputs: locallyConnected2d({ name: 'L', filters: 1, kernelSize: 2, strides: 2 }).apply(
      input,
    ) as tf.SymbolicTensor,
  });
  const weights = namedWeights(model);
  // one row of two places: the first adds all four pixels, the second takes its upper left one alone, times −1, plus 10
  assignValues(weights.get('L/weights')!, Float32Array.of(1, 1, 1, 1, -1, 0, 0, 0));
  assignValues(weights.get('L/biases')!, Float32Array.of(0, 10));
  const output = model.predict(
    tf.tensor4d([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], [1, 3, 4, 1]),
  ) as tf.Tensor;
  expect(output.shape).toEqual([1, 1, 2, 1]);
  // 0 + 1 + 4 + 5, and 10 − 2
  expect([...(await output.data())]).toEqual([10, 8]);
});

test("DeepFace's input is blue first, from 0 to 1", () => {
  const image = {
    data: Uint8Array.from({ length: 152 * 152 * 3 }, (_, i) => [255, 51, 0][i % 3]!),
    width: 152,
    height: 152,
  };
  const input = toDeepFaceInput({ image, box: { x: 0, y: 0, width: 152, height: 152 } });
  expect([...input.subarray(0, 3)]).toEqual([0, Math.fround(0.2), 1]);
});

test('pairs are asked of one folder or of two places', async () => {
  await expect(pairsOf([])).rejects.toThrow(
    'verify-faces: expected one folder, or two pictures or folders, got 0.',
  );
  await expect(pairsOf(['/none.jpg', '/none.jpg'])).rejects.toThrow(
    'got /none.jpg, which does not exist',
  );
});

describeWithShared(
  'weights of DeepFace',
  ['seed-numbers/deepface-narrow-legacy.h5', 'faces/cacd-samples'],
  () => {
    const narrow = shared('seed-numbers/deepface-narrow-legacy.h5');

    function changed(...change: string[]): string {
      const file = path.join(folders(), 'changed.h5');
      const { status, stderr } = spawnSync(
        process.execPath,
        [path.join(__dirname, '../support/write-h5.mjs'), narrow, file, ...change],
        {
          encoding: 'utf8',
        },
      );
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      return file;
    }

    function written(content: Buffer | string): string {
      const file = path.join(folders(), 'broken.h5');
      writeFileSync(file, content);
      return file;
    }

    test('a copy of the layers in the older layout is the same network', async () => {
      const one = await loadDeepFace(narrow, '--weights');
      const other = await loadDeepFace(changed(), '--weights');
      for (const [name, variable] of namedWeights(one))
        expect(await namedWeights(other).get(name)!.data()).toEqual(await variable.data());
    });

    test.each([
      ['is not there', () => path.join(folders(), 'none.h5'), 'expected a file of weights (.h5)'],
      ['is a folder', () => folders(), 'which is no file. Give the .h5 itself.'],
      ['is no HDF5 file', () => written('not this'), 'expected an HDF5 file'],
      [
        'is cut off',
        () => written(readFileSync(narrow).subarray(0, 2_000_000)),
        'it cannot be opened: it is cut off, or damaged',
      ],
      ['lacks a layer', () => changed('L5'), 'got none called L5'],
      [
        'has another shape',
        () => changed('', 'C3'),
        'C3/weights has shape [7,9,2,2] instead of [9,9,2,2]',
      ],
    ])('a file that %s is one line that says so', (_, make, text) => {
      const faces = ['14_Margot_Robbie_0003.jpg_0.jpg', '14_Margot_Robbie_0012.jpg_0.jpg'].map(
        (name) => shared('faces/cacd-samples/train', name),
      );
      const { status, stderr } = runCli(['verify-faces', ...faces, '--weights', make()]);
      expect(status).toBe(1);
      expect(stderr).toContain(text);
      expect(stderr.trim().split('\n')).toHaveLength(1);
    });
  },
);
