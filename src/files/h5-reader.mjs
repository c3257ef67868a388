/** @file Reads an HDF5 file in a thread of its own: h5wasm is an ES module, and tells the terminal of every error. Started by hdf5.ts. */

import { parentPort, workerData } from 'node:worker_threads';
import h5wasm from 'h5wasm/node';

/** Where MATLAB keeps what the cells of its arrays refer to. */
const CELLS = '#refs#';

/** Text attributes of a group, as Keras writes lists of names. */
const namesOf = (item, attribute) => {
  const value = item.attrs[attribute]?.value;
  return value === undefined ? null : [value].flat().map(String);
};

/** What MATLAB calls the kind of an array; null in files of others. */
const matlabClass = (item) => item.attrs.MATLAB_class?.value ?? null;
const isNumeric = (dataset) => /^[<>|]?[bBhHiIlLqQefdg]$/.test(dataset.dtype);

/** Groups in groups, and things in all: one that holds itself has no end. */
const MOST_DEPTH = 32;
const MOST_ITEMS = 100_000;
/** Bytes of an array as float64: DeepFace's largest has 300 MB, and a file can say any size. */
const MOST_BYTES = 2 ** 30;

function* walk(group, prefix, depth = 0) {
  if (depth > MOST_DEPTH) throw new Error(`${prefix} lies more than ${MOST_DEPTH} groups deep`);
  yield {
    path: prefix,
    layerNames: namesOf(group, 'layer_names'),
    weightNames: namesOf(group, 'weight_names'),
  };
  for (const key of group.keys()) {
    if (key === CELLS) continue;
    const item = group.get(key);
    const path = prefix === '' ? key : `${prefix}/${key}`;
    if (item === null) throw new Error(`${path} cannot be read`);
    if (item.type === 'Group') yield* walk(item, path, depth + 1);
    else if (item.type === 'Dataset') yield { path, dataset: item };
  }
}

/** Before memory is taken for it. */
function checkBytes(path, { shape }) {
  const sides = shape.map(Number);
  if (8 * sides.reduce((product, size) => product * size, 1) > MOST_BYTES)
    throw new Error(`${path} is an array of [${sides.join(', ')}]`);
}

function open(file) {
  try {
    return new h5wasm.File(file, 'r');
  } catch {
    throw new Error('it cannot be opened: it is cut off, or damaged');
  }
}

/** Every array of numbers, without those that are skipped. */
function readArrays(opened, skipped) {
  const [groups, arrays] = [[], []];
  for (const { path, dataset, layerNames, weightNames } of walk(opened, '')) {
    if (groups.length + arrays.length >= MOST_ITEMS)
      throw new Error(`more than ${MOST_ITEMS} groups and arrays`);
    if (!dataset) groups.push({ path, layerNames, weightNames });
    else if (isNumeric(dataset)) {
      const isNeeded = !skipped.some((part) => `/${path}`.includes(part));
      if (isNeeded) checkBytes(path, dataset);
      arrays.push({
        path,
        shape: dataset.shape.map(Number),
        values: isNeeded ? Float32Array.from(dataset.value, Number) : null,
        isMatlabs: matlabClass(dataset) !== null,
      });
    }
  }
  return { groups, arrays };
}

const keyOf = (reference) => Buffer.from(reference).toString('hex');

/** Cells by the reference to them: asking for the name behind one walks all of them. */
function cellNames(opened, referenceTo) {
  const names = new Map();
  for (const name of opened.get(CELLS)?.keys() ?? [])
    names.set(keyOf(referenceTo(opened.file_id, `${CELLS}/${name}`)), name);
  return names;
}

/** Numbers of an array, or texts of a cell array of texts; an empty array has its sides in the place of values. */
function readColumn(opened, dataset, names) {
  if (dataset.attrs.MATLAB_empty?.value) return [];
  checkBytes(dataset.path, dataset);
  if (matlabClass(dataset) !== 'cell') return Array.from(dataset.value, Number);
  return dataset.value.flat(Infinity).map(({ ref_data }) => {
    const cell = opened.get(`${CELLS}/${names.get(keyOf(ref_data))}`);
    if (cell === null) throw new Error(`${dataset.path} has a cell that is not there`);
    if (matlabClass(cell) !== 'char') return Number(cell.value[0]);
    return cell.attrs.MATLAB_empty?.value ? '' : String.fromCharCode(...cell.value);
  });
}

/** The wanted fields of MATLAB's structs, of those that there are. */
function readStructs(opened, wanted, referenceTo) {
  const names = cellNames(opened, referenceTo);
  const structs = {};
  for (const [struct, fields] of Object.entries(wanted)) {
    const group = opened.get(struct);
    if (group?.type !== 'Group') continue;
    const found = fields.filter((field) => group.get(field)?.type === 'Dataset');
    structs[struct] = Object.fromEntries(
      found.map((field) => [field, readColumn(opened, group.get(field), names)]),
    );
  }
  return structs;
}

try {
  const { activate_throwing_error_handler: throwErrors, create_object_reference: referenceTo } =
    await h5wasm.ready;
  // an error of HDF5 becomes ours, instead of a page on stderr
  throwErrors();
  const { file, skipped, wanted } = workerData;
  const opened = open(file);
  const content = wanted ? readStructs(opened, wanted, referenceTo) : readArrays(opened, skipped);
  opened.close();
  parentPort.postMessage(
    { content },
    (wanted ? [] : content.arrays).flatMap(({ values }) => (values ? [values.buffer] : [])),
  );
} catch (error) {
  parentPort.postMessage({ problem: error instanceof Error ? error.message : String(error) });
}
