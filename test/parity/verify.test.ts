import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Row } from '../../src/parity/comparison-rows';
import * as range from '../../src/images/pixel-range';
import * as blocks from '../../src/models/blocks';
import * as batchNormalization from '../../src/models/layers/batch-normalization';
import { LRN } from '../../src/models/layers/local-response-normalization';
import { AS_STARTED, runCli } from '../support/cli';
import { describeWithShared, shared } from '../support/shared';
import { temporaryFolders } from '../support/temporary';

const NARROW = path.resolve(__dirname, '../fixtures/parity-narrow');
const newFolder = temporaryFolders();

async function verify(
  folder: string,
  images = '',
  compile: 'auto' | 'off' = 'auto',
): Promise<readonly Row[]> {
  const { verifyFixtures } = await import('../../src/parity/verify');
  return verifyFixtures(folder, images, compile);
}

const failures = (rows: readonly Row[]): string[] =>
  rows.filter(({ pass }) => !pass).map(({ quantity }) => quantity);

/** A copy of the narrow fixture with something else in step.json. */
function changedFixture(change: (fixture: Record<string, unknown>) => void): string {
  const folder = newFolder();
  cpSync(NARROW, folder, { recursive: true });
  const file = path.join(folder, 'step.json');
  const fixture = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  change(fixture);
  writeFileSync(file, JSON.stringify(fixture));
  return folder;
}

describe('the narrow fixture, made by an independent float64 reference', () => {
  test.each(['auto', 'off'] as const)(
    'every array, loss, gradient, variable and step agrees with --compile=%s',
    async (compile) => {
      const rows = await verify(NARROW, '', compile);
      expect(failures(rows)).toEqual([]);
      // 15 outputs, 4 losses, 86 gradients and 5 whole, 86 variables, 34 moving statistics, 16 losses of the trace, and the empty checkpoint
      expect(rows).toHaveLength(15 + 4 + 86 + 5 + 86 + 34 + 16);
    },
  );

  test.each([
    ['another feature layer', { fea_layer: 'conv5' }, ['loss/fea_loss']],
    ['another true label', { true_label: 2 }, ['generator/output', 'loss/age_loss']],
    ['another false label', { false_label: 2 }, ['discriminator/real_false_label', 'loss/d_loss']],
    [
      'another weight of the identity loss',
      { weights: { gan: 60, fea: 2e-3, age: 20 } },
      ['loss/fea_loss', 'gradient/generator/conv4/weights'],
    ],
    [
      'another β1 of Adam',
      { adam: { learning_rate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } },
      ['trace/2/g_loss'],
    ],
    [
      'other variables',
      { salt: 'other' },
      ['generator/output', 'alexnet/source/conv3', 'loss/d_loss'],
    ],
  ])('%s is noticed', async (_, change, expected) => {
    const failed = failures(
      await verify(changedFixture((fixture) => Object.assign(fixture, change))),
    );
    for (const quantity of expected) expect(failed).toContain(quantity);
  });

  test.each([
    [
      'β of the local response normalisation',
      () => jest.replaceProperty(LRN as { beta: number }, 'beta', 0.5),
    ],
    [
      'ε of batch norms',
      () => jest.replaceProperty(batchNormalization, 'BATCH_NORM_EPSILON', 1e-5 as 1e-3),
    ],
    ['slope of leaky ReLUs', () => jest.replaceProperty(blocks, 'LEAKY_SLOPE', 0.1 as 0.2)],
    [
      'order of the mean',
      () => jest.replaceProperty(range, 'MEAN_RGB', [...range.MEAN_RGB].reverse() as never),
    ],
  ])('another %s fails dozens of rows, whatever they spread', async (_, replace) => {
    const replaced = replace();
    try {
      expect(failures(await verify(NARROW)).length).toBeGreaterThanOrEqual(24);
    } finally {
      replaced.restore();
    }
  });

  test('a folder that is none is one clear error', async () => {
    const folder = newFolder();
    await expect(verify(folder)).rejects.toThrow('step.json: expected a JSON file');
    writeFileSync(path.join(folder, 'step.json'), '{}');
    await expect(verify(folder)).rejects.toThrow('step.json: expected the seed-numbers format');
  });
});

describeWithShared(
  'the numbers of the original TensorFlow 1 graph',
  ['seed-numbers/step.json', 'faces/cacd-samples'],
  () => {
    test('all of them agree, as the command says it', () => {
      // a process of its own: jest's environment does not reach the native library, which must run without oneDNN here
      // with as many threads as a user has: the order of sums is part of what the tolerances allow
      const { status, stdout } = runCli(
        ['verify', '--fixtures', shared('seed-numbers'), '--json'],
        undefined,
        AS_STARTED,
      );
      const { passed, failed, rows } = JSON.parse(stdout.trim().split('\n').at(-1)!) as {
        passed: number;
        failed: number;
        rows: Row[];
      };
      expect(failures(rows)).toEqual([]);
      expect({ status, failed, passed: rows.length }).toEqual({ status: 0, failed: 0, passed });
      expect(passed).toBeGreaterThan(400);
      expect(stdout).toContain('deepface/F7');
    });
  },
);
