import { prepareEnvironment } from '../../src/engine/environment';
import { engineFacts } from '../../src/engine/facts';
import { explainNoGpu, findGpuLibraries } from '../../src/engine/gpu-libraries';
import { hasDriverLibrary } from '../../src/engine/install/paths';
import { openEngine } from '../../src/engine/open-engine';
import { gpuPrecision, isDeterministic, setExactness } from '../../src/engine/precision';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolders } from '../support/temporary';

const newFolder = temporaryFolders();
const before = { ...process.env };
beforeEach(() => {
  delete process.env.NVIDIA_TF32_OVERRIDE;
  delete process.env.TF_DETERMINISTIC_OPS;
});
afterEach(() => {
  process.env = { ...before };
});

test('a precision is what NVIDIA’s libraries read, and `auto` leaves that alone', () => {
  setExactness({ precision: 'auto', deterministic: false }, false);
  expect(process.env.NVIDIA_TF32_OVERRIDE).toBeUndefined();
  expect([gpuPrecision(), isDeterministic()]).toEqual(['tf32', false]);
  setExactness({ precision: 'float32', deterministic: true }, false);
  expect(process.env).toMatchObject({ NVIDIA_TF32_OVERRIDE: '0', TF_DETERMINISTIC_OPS: '1' });
  expect([gpuPrecision(), isDeterministic()]).toEqual(['float32', true]);
});

test('bfloat16 is in the function alone: TensorFlow decides over what is left of float32', () => {
  setExactness({ precision: 'bfloat16', deterministic: false }, true);
  expect(process.env.NVIDIA_TF32_OVERRIDE).toBeUndefined();
});

test('a precision that the environment says otherwise, or that comes too late, is an error', () => {
  process.env.NVIDIA_TF32_OVERRIDE = '1';
  expect(() => setExactness({ precision: 'float32', deterministic: false }, false)).toThrow(
    '--precision=float32: expected NVIDIA_TF32_OVERRIDE=0 or not set, got NVIDIA_TF32_OVERRIDE=1. Unset it.',
  );
  expect(() => setExactness({ precision: 'tf32', deterministic: false }, true)).not.toThrow();
  expect(() => setExactness({ precision: 'tf32', deterministic: true }, true)).toThrow(
    '--deterministic: expected to be asked for before the engine is open, got an open engine.',
  );
});

test('TF32 and bfloat16 without a GPU are errors, and a GPU that TensorFlow does not find is one that says why', async () => {
  process.env.NVIDIA_TF32_OVERRIDE = '1';
  await openEngine({ device: 'cpu' });
  await expect(openEngine({ precision: 'tf32' })).rejects.toThrow(
    '--precision=tf32: expected a GPU, got the CPU, which computes in float32.',
  );
  await expect(openEngine({ precision: 'bfloat16' })).rejects.toThrow(
    '--precision=bfloat16: expected a GPU, got the CPU, which computes in float32.',
  );
  expect(engineFacts('bfloat16').precision).toBe('bfloat16');
  expect(engineFacts().precision).toBe('float32');
  process.env.CUDA_VISIBLE_DEVICES = '-1';
  await expect(openEngine({ device: 'cuda' })).rejects.toThrow(
    "--device=cuda: expected TensorFlow to find a GPU, got the CPU. CUDA_VISIBLE_DEVICES='-1' hides every GPU: unset it.",
  );
});

test('libraries that are missing are named, and those that are there are found', () => {
  const folder = newFolder();
  const engine = newFolder();
  const cudnn = path.join(engine, 'site/nvidia/cudnn/lib');
  mkdirSync(cudnn, { recursive: true });
  writeFileSync(path.join(cudnn, 'libcudnn.so.9'), '');
  writeFileSync(path.join(folder, 'libcuda.so.1'), '');
  process.env.LD_LIBRARY_PATH = folder;
  // no loader's cache
  process.env.PATH = folder;
  const found = new Map(findGpuLibraries(engine).map(({ name, path: file }) => [name, file]));
  expect(found.get('libcuda.so.1')).toBe(path.join(folder, 'libcuda.so.1'));
  expect(found.get('libcudnn.so.9')).toBe(path.join(cudnn, 'libcudnn.so.9'));
  expect(found.get('libnccl.so.2') ?? null).toBeNull();
  process.env.CUDA_VISIBLE_DEVICES = '0';
  const why = explainNoGpu(engine);
  expect(why).toContain('Not found of the driver: libnvidia-ml.so.1.');
  expect(why).toContain('Not found of CUDA: libcudart.so.12, libcublas.so.12,');
  expect(why).not.toMatch(/libcuda\.so|libcudnn/);
  expect(hasDriverLibrary()).toBe(true);
  expect(hasDriverLibrary({ LD_LIBRARY_PATH: engine })).toBe(false);
});

test.each([
  [undefined, '0'],
  ['3,1', '3'],
  ['GPU-8f2c,GPU-11aa', 'GPU-8f2c'],
  ['-1', '-1'],
  ['', ''],
])('of the GPUs %s a process takes %s', (visible, taken) => {
  if (visible === undefined) delete process.env.CUDA_VISIBLE_DEVICES;
  else process.env.CUDA_VISIBLE_DEVICES = visible;
  prepareEnvironment();
  expect(process.env.CUDA_VISIBLE_DEVICES).toBe(taken);
});
