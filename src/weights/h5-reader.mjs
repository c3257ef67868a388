/** @file Reads an HDF5 file in a thread of its own: h5wasm is an ES module, and tells the terminal of every error. Started by keras-h5.ts. */

import { parentPort, workerData } from 'node:worker_threads';
import h5wasm from 'h5wasm/node';

/** Text attributes of a group, as Keras writes lists of names. */
const namesOf = (item, attribute) => {
  const value = item.attrs[attribute]?.value;
  return value === undefined ? null : [value].flat().map(String);
};

function* walk(group, prefix) {
  yield {
    path: prefix,
    layerNames: namesOf(group, 'layer_names'),
    weightNames: namesOf(group, 'weight_names'),
  };
  for (const key of group.keys()) {
    const item = group.get(key);
    const path = prefix === '' ? key : `${prefix}/${key}`;
    if (item === null) throw new Error(`${path} cannot be read`);
    if (item.type === 'Group') yield* walk(item, path);
    else if (item.type === 'Dataset') yield { path, dataset: item };
  }
}

function open(file) {
  try {
    return new h5wasm.File(file, 'r');
  } catch {
    throw new Error('it cannot be opened: it is cut off, or damaged');
  }
}

function read({ file, skipped }) {
  const opened = open(file);
  const [groups, arrays] = [[], []];
  for (const { path, dataset, layerNames, weightNames } of walk(opened, '')) {
    if (!dataset) groups.push({ path, layerNames, weightNames });
    else {
      const isNeeded = !skipped.some((part) => `/${path}`.includes(part));
      arrays.push({
        path,
        shape: dataset.shape.map(Number),
        values: isNeeded ? Float32Array.from(dataset.value) : null,
      });
    }
  }
  opened.close();
  return { groups, arrays };
}

try {
  const { activate_throwing_error_handler: throwErrors } = await h5wasm.ready;
  // an error of HDF5 becomes ours, instead of a page on stderr
  throwErrors();
  const content = read(workerData);
  parentPort.postMessage(
    content,
    content.arrays.flatMap(({ values }) => (values ? [values.buffer] : [])),
  );
} catch (error) {
  parentPort.postMessage({ problem: error instanceof Error ? error.message : String(error) });
}
