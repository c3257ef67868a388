/** @file What computes: the graphics card where there is one, the processor elsewhere. */

import type * as TensorFlow from '@tensorflow/tfjs';
import { SaidError } from './said-error';

type Name = 'webgl' | 'wasm' | 'cpu';

/** What computes, and why not something faster. */
export interface Backend {
  readonly name: Name;
  /** In words. */
  readonly said: string;
}

const WORDS: Readonly<Record<Name, string>> = {
  webgl: 'the graphics card (WebGL)',
  wasm: 'the processor (WebAssembly)',
  cpu: 'the processor (JavaScript, slowly)',
};
/** Renderers that are programs: they take tens of times as long as WebAssembly. */
const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;

/** What is against WebGL here; null where nothing is. */
function againstWebGl(): string | null {
  const gl = document.createElement('canvas').getContext('webgl2');
  if (gl === null) return 'this browser has no WebGL';
  const names = gl.getExtension('WEBGL_debug_renderer_info');
  const renderer = names
    ? String(gl.getParameter(names.UNMASKED_RENDERER_WEBGL))
    : String(gl.getParameter(gl.RENDERER));
  // 16-bit floats would show other pictures
  const isExact = gl.getExtension('EXT_color_buffer_float') !== null;
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  if (SOFTWARE.test(renderer)) return 'this browser only emulates WebGL';
  return isExact ? null : 'the graphics card computes with 16 bits only';
}

/** The one that is asked for in the address, as `?backend=wasm`, for tests and comparisons. */
function asked(): Name | null {
  const name = new URLSearchParams(location.search).get('backend');
  return name !== null && name in WORDS ? (name as Name) : null;
}

/**
 * Sets the fastest backend that works here.
 * @param wasm folder of WebAssembly's files
 * @throws SaidError where none does
 */
export async function chooseBackend(
  tf: typeof TensorFlow & { setWasmPaths(prefix: string): void },
  wasm: string,
): Promise<Backend> {
  tf.setWasmPaths(wasm);
  // its threads need scripts from blobs, which the page's policy forbids
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  const wanted = asked();
  const against = wanted === null ? againstWebGl() : null;
  const names: readonly Name[] = wanted
    ? [wanted]
    : [...(against === null ? (['webgl'] as const) : []), 'wasm', 'cpu'];
  for (const name of names) {
    const isSet = await tf.setBackend(name).catch(() => false);
    if (isSet) return { name, said: against ? `${WORDS[name]}: ${against}` : WORDS[name] };
  }
  throw new SaidError(
    'Nothing in this browser can compute: neither WebGL nor WebAssembly. Use a current browser.',
  );
}
