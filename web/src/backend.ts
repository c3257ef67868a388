/** @file What computes: the graphics card where there is one, the processor elsewhere. */

import type * as TensorFlow from '@tensorflow/tfjs';
import { watchHealth } from './health';
import type { Health } from './health';
import { SaidError } from './said-error';
import { againstWebGpu, setWebGpu } from './webgpu';

/** From the fastest to the one that works everywhere. */
const NAMES = ['webgpu', 'webgl', 'wasm', 'cpu'] as const;
export type BackendName = (typeof NAMES)[number];

/** What computes, and why not something faster. */
export interface Backend {
  readonly name: BackendName;
  /** In words. */
  readonly said: string;
  readonly health: Health;
}

/** TensorFlow.js of a browser. */
export type BrowserTensorFlow = typeof TensorFlow & { setWasmPaths(prefix: string): void };

const WORDS: Readonly<Record<BackendName, string>> = {
  webgpu: 'the graphics card (WebGPU)',
  webgl: 'the graphics card (WebGL)',
  wasm: 'the processor (WebAssembly)',
  cpu: 'the processor (JavaScript, slowly)',
};
const TECHNOLOGY: Readonly<Record<BackendName, string>> = {
  webgpu: 'WebGPU',
  webgl: 'WebGL',
  wasm: 'WebAssembly',
  cpu: 'JavaScript',
};
/** Renderers that are programs: they take tens of times as long as WebAssembly. */
const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render|warp/i;

/** What this browser does instead of computing by WebGL; null where it does. */
function againstWebGl(): string | null {
  const gl = document.createElement('canvas').getContext('webgl2');
  if (gl === null) return 'has no WebGL';
  const names = gl.getExtension('WEBGL_debug_renderer_info');
  const renderer = names
    ? String(gl.getParameter(names.UNMASKED_RENDERER_WEBGL))
    : String(gl.getParameter(gl.RENDERER));
  // 16-bit floats would show other pictures
  const isExact = gl.getExtension('EXT_color_buffer_float') !== null;
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  if (SOFTWARE.test(renderer)) return 'only emulates WebGL';
  return isExact ? null : 'computes with 16 bits only by WebGL';
}

/** The one that is asked for in the address, as `?backend=wasm`, for tests and comparisons. */
const asked = (): BackendName | undefined => {
  const name = new URLSearchParams(location.search).get('backend');
  return NAMES.find((one) => one === name);
};

/** Sets one that the library has in it. @throws Error where it does not work */
async function setStock(tf: BrowserTensorFlow, name: BackendName): Promise<Health> {
  if (!(await tf.setBackend(name))) throw new Error(`${TECHNOLOGY[name]} cannot be set up`);
  if (name !== 'webgl') return watchHealth(() => undefined);
  const { gpgpu } = tf.backend() as unknown as {
    readonly gpgpu: { readonly gl: WebGL2RenderingContext };
  };
  const { gl } = gpgpu;
  return watchHealth(
    (fail) => gl.canvas.addEventListener('webglcontextlost', fail),
    () => gl.isContextLost(),
  );
}

/** Whether it computes what it should: there are drivers that give zeros. */
async function isRight(tf: BrowserTensorFlow): Promise<boolean> {
  const side = 6;
  const sums = tf.tidy(() =>
    tf.conv2d(
      tf.range(0, side * side).reshape<TensorFlow.Tensor3D>([side, side, 1]),
      tf.ones([3, 3, 1, 4]),
      1,
      'valid',
    ),
  );
  const values = await sums.data().finally(() => sums.dispose());
  // of nine numbers around each
  return values.every((value, i) => {
    const place = Math.floor(i / 4);
    const centre = (Math.floor(place / (side - 2)) + 1) * side + (place % (side - 2)) + 1;
    return Math.abs(value - 9 * centre) < 0.01;
  });
}

/** Sets one. @throws Error where it does not work */
async function set(tf: BrowserTensorFlow, name: BackendName, webGpu: string): Promise<Health> {
  const health = name === 'webgpu' ? await setWebGpu(tf, webGpu) : await setStock(tf, name);
  // a card that is lost here answers nothing
  const right = await Promise.race([isRight(tf), health.failed.then(() => false)]);
  if (right && !health.hasFailed()) return health;
  throw new Error(`${TECHNOLOGY[name]} computes something else`);
}

/** Whether it computes on a graphics card, which may be lost at any time. */
export const isGraphics = (name: BackendName): boolean => name === 'webgpu' || name === 'webgl';

/** What this browser does instead of computing by one; null where nothing is against it. */
async function againstBackend(name: BackendName): Promise<string | null> {
  if (name === 'webgpu') return againstWebGpu(SOFTWARE);
  return name === 'webgl' ? againstWebGl() : null;
}

/**
 * Sets the fastest backend that works here.
 * @param files folder of WebAssembly's files, and address of WebGPU's script
 * @param failed those that worked at first, and then did not
 * @throws SaidError where none does
 */
export async function chooseBackend(
  tf: BrowserTensorFlow,
  files: { readonly wasm: string; readonly webGpu: string },
  failed: readonly BackendName[],
): Promise<Backend> {
  tf.setWasmPaths(files.wasm);
  // its threads need scripts from blobs, which the page's policy forbids
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  const wanted = asked();
  const names = wanted
    ? [wanted, ...NAMES.slice(NAMES.indexOf(wanted) + 1).filter((name) => !isGraphics(name))]
    : NAMES;
  const against: string[] = [];
  for (const name of names) {
    const fails = `fails with ${TECHNOLOGY[name]}`;
    const problem = failed.includes(name) ? fails : wanted ? null : await againstBackend(name);
    const health =
      problem === null
        ? await set(tf, name, files.webGpu).catch((error: unknown) => {
            console.warn(error);
            return null;
          })
        : null;
    if (health) {
      const why = against.length > 0 ? `: this browser ${against.reverse().join(' and ')}` : '';
      return { name, said: `${WORDS[name]}${why}`, health };
    }
    against.push(problem ?? fails);
  }
  throw new SaidError(
    'Nothing in this browser can compute: neither WebGPU, WebGL nor WebAssembly. Use a current browser.',
  );
}
