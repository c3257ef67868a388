import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { showFaces } from '../../src/ageing/age-faces';
import { openGenerator } from '../../src/ageing/open-generator';
import type { OpenGenerator } from '../../src/ageing/open-generator';
import { openEngine } from '../../src/engine/open-engine';
import { tf } from '../../src/engine/tf';
import { decodeModel } from '../../src/export/onnx/protos';
import { subtractMean } from '../../src/images/pixels';
import { sameLabel } from '../../src/models/age-condition';
import { catchExports } from '../support/exported';
import { kept } from '../support/kept';
import { RANDOM_SHAPES, RANDOM_SIZE, writeRandomModel } from '../support/random-generator';
import { temporaryFolders } from '../support/temporary';
import { drawnFaces } from '../../src/export/drawn-faces';
import { resizeOpenCv } from '../../src/images/resize';

const PYTHON = process.env.IPCGAN_ONNX_PYTHON ?? 'python3';
const hasOnnx = spawnSync(PYTHON, ['-c', 'import onnx, onnxruntime, numpy']).status === 0;
const IN_ONNX_RUNTIME = 'checked and run by ONNX Runtime, shows the same faces';
if (!hasOnnx)
  process.stderr.write(
    `SKIPPED: ${IN_ONNX_RUNTIME}: ${PYTHON} has no onnx, onnxruntime and numpy; IPCGAN_ONNX_PYTHON names one that has\n`,
  );

const newFolder = temporaryFolders();
/** Two of the 255 levels of a picture in [-1, 1]. */
const TWO_LEVELS = 4 / 255;
const GROUP = 3;

const exported = catchExports();

/** Two drawn faces as networks take them; the caller disposes. */
async function someFaces(size: number): Promise<tf.Tensor4D> {
  const faces = (await drawnFaces()).slice(1, 3);
  const pixels = faces.flatMap((face) => [...subtractMean(resizeOpenCv(face, size))]);
  return tf.tensor4d(pixels, [2, size, size, 3]);
}

/** The largest difference of two arrays of the same length. */
function farthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

const asJson = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));
const floats = (file: string): Float32Array => new Float32Array(readFileSync(file).buffer);

describe.each(RANDOM_SHAPES)('a generator $kind', (shape) => {
  const outputs = shape.kind === 'residual' ? ['fake'] : ['fake', 'mask'];
  let model = '';
  let opened: OpenGenerator;
  let source: tf.Tensor4D;
  /** What `ipcgan age` shows, by output. */
  let shown: Readonly<Record<string, Float32Array>> = {};

  beforeAll(async () => {
    await openEngine();
    model = path.join(newFolder(), 'model');
    await writeRandomModel(model, shape);
    opened = await openGenerator(model);
    source = await someFaces(RANDOM_SIZE);
    const { fake, mask } = showFaces(opened.generator, source, GROUP, 'moving');
    shown = {
      fake: fake.dataSync() as Float32Array,
      ...(mask ? { mask: mask.dataSync() as Float32Array } : {}),
    };
    tf.dispose(mask ? [fake, mask] : fake);
  });
  afterAll(() => {
    source.dispose();
    opened.dispose();
  });

  test.each(['float32', 'float16'] as const)(
    'as layers in %s is opened by stock tf.loadLayersModel, and shows the same faces',
    async (type) => {
      const before = tf.memory().numTensors;
      const out = path.join(newFolder(), 'plain');
      const told = await exported({ to: 'layers', model, out, weights_type: type });
      expect(tf.memory().numTensors).toBe(before);
      expect(told).toMatchObject({ kind: 'generator', form: 'layers', out, weights: { type } });
      expect(readdirSync(out).sort()).toEqual([
        'MODEL.md',
        'ipcgan.json',
        'model.json',
        'weights.bin',
      ]);
      expect(readFileSync(path.join(out, 'model.json'), 'utf8')).not.toContain('Ipcgan');
      const { weights } = asJson(path.join(out, 'ipcgan.json')) as {
        weights: { error_max: number };
      };
      expect(weights.error_max).toBeLessThan(2);
      expect(readFileSync(path.join(out, 'MODEL.md'), 'utf8')).toContain('tf.loadLayersModel');

      const stock = await tf.loadLayersModel(`file://${out}/model.json`);
      const pictures = showFaces(stock, source, GROUP, 'moving');
      expect(farthest(pictures.fake.dataSync(), shown.fake!)).toBeLessThan(TWO_LEVELS);
      if (pictures.mask)
        expect(farthest(pictures.mask.dataSync(), shown.mask!)).toBeLessThan(TWO_LEVELS);
      tf.dispose(pictures.mask ? [pictures.fake, pictures.mask] : pictures.fake);
      stock.dispose();
      await expect(openGenerator(out)).rejects.toThrow(
        `expected a model in the form \`model\`, got ${out}, which was written for other programs with --to=layers`,
      );
    },
  );

  test('as ONNX says what it takes and gives', async () => {
    const out = path.join(newFolder(), 'onnx');
    expect(await exported({ to: 'onnx', model, out })).toMatchObject({ form: 'onnx', out });
    expect(readdirSync(out).sort()).toEqual(['MODEL.md', 'generator.onnx', 'ipcgan.json']);
    const { graph, opsetImport, metadataProps } = decodeModel(
      readFileSync(path.join(out, 'generator.onnx')),
    );
    expect(opsetImport[0]!.version).toBeGreaterThanOrEqual(17);
    expect(graph.input.map(({ name }) => name)).toEqual(['source', 'label']);
    expect(graph.output.map(({ name }) => name)).toEqual(outputs);
    for (const { type } of [...graph.input, ...graph.output])
      expect(type.tensorType.shape.dim[0]).toEqual({ dimParam: 'batch' });
    const metadata = Object.fromEntries(metadataProps.map(({ key, value }) => [key, value]));
    expect(metadata).toMatchObject({
      age_groups: '11-20,21-30,31-40,41-50,50+',
      mean_rgb: '104,117,124',
      input_range: '0,255',
      output_range: '-1,1',
    });
    const { seal, ...manifest } = asJson(path.join(out, 'ipcgan.json')) as Record<string, unknown>;
    expect([JSON.parse(metadata.ipcgan!), seal]).toEqual([manifest, expect.any(String)]);
    await expect(openGenerator(path.join(out))).rejects.toThrow(`no checkpoint in ${out}`);
  });

  (hasOnnx ? test : test.skip)(IN_ONNX_RUNTIME, async () => {
    const out = path.join(newFolder(), 'onnx');
    await exported({ to: 'onnx', model, out });
    const folder = newFolder();
    const label = sameLabel(GROUP, 2, 5);
    for (const [name, tensor] of Object.entries({ source, label }))
      writeFileSync(path.join(folder, `${name}.bin`), tensor.dataSync());
    label.dispose();
    const script = path.resolve(__dirname, '../support/run-onnx.py');
    const { status, stdout, stderr } = spawnSync(
      PYTHON,
      [script, path.join(out, 'generator.onnx'), folder],
      { encoding: 'utf8' },
    );
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      inputs: { source: ['batch', 24, 24, 3], label: ['batch', 5] },
      outputs: { fake: ['batch', 24, 24, 3] },
    });
    for (const name of outputs)
      expect(farthest(floats(path.join(folder, `${name}.bin`)), shown[name]!)).toBeLessThan(
        TWO_LEVELS,
      );
  });
});

test('settings that a form has no use for, and a network that is no generator, are errors', async () => {
  const out = path.join(newFolder(), 'x');
  const settings = { model: kept('run'), out };
  await expect(exported({ to: 'onnx', weights_type: 'float16', ...settings })).rejects.toThrow(
    '--weights_type: expected it without --to=onnx',
  );
  await expect(exported({ to: 'layers', data: kept('data'), ...settings })).rejects.toThrow(
    '--data: expected it with --to=model only',
  );
});
