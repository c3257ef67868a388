/** @file A generator of stock layers as a model of ONNX. */

import type { tf } from '../../engine/tf';
import { packageVersion } from '../../files/package-version';
import type { ModelManifest } from '../../weights/model-manifest';
import { OnnxGraph } from './graph';
import { writeLayer } from './layers';
import { DATA_TYPES, encodeModel } from './protos';
import type { ValueInfoProto } from './protos';

/** The newest of ONNX 1.12 (2022): ONNX Runtime reads it from 1.12 on. */
const OPSET = 17;
const IR_VERSION = 8;

/** What inputs and outputs are, by name. */
const MEANINGS: Readonly<Record<string, string>> = {
  source: 'The face, RGB 0..255 minus the mean of each channel (metadata: mean_rgb).',
  label: 'One-hot: 1 at the age group (metadata: age_groups), 0 elsewhere.',
  fake: 'The face at that age, RGB in [-1, 1].',
  mask: 'How much of each pixel was changed, 0 to 1.',
};

/** An input or output, of any number of pictures. */
const valueOf = (name: string, shape: readonly (number | null)[]): ValueInfoProto => ({
  name,
  docString: MEANINGS[name] ?? '',
  type: {
    tensorType: {
      elemType: DATA_TYPES.float32,
      shape: {
        dim: shape.map((size) => (size === null ? { dimParam: 'batch' } : { dimValue: size })),
      },
    },
  },
});

const isPicture = (shape: readonly unknown[]): boolean => shape.length === 4;

/** Every layer but the inputs, and the turns of pictures from [B,H,W,C] and back. */
function graphOf(generator: tf.LayersModel): OnnxGraph {
  const graph = new OnnxGraph();
  const values = new Map<string, string>();
  for (const [i, input] of generator.inputs.entries()) {
    const name = generator.inputNames[i] ?? '';
    const inside = isPicture(input.shape)
      ? graph.op('Transpose', [name], `${name}/channels_first`, { perm: [0, 3, 1, 2] })
      : name;
    values.set(input.name, inside);
  }
  // a model keeps its layers in an order in which each comes after what it reads
  for (const layer of generator.layers) {
    const { name } = layer.output as tf.SymbolicTensor;
    if (values.has(name)) continue;
    const inputs = [layer.input].flat().map((x) => values.get(x.name) ?? '');
    values.set(name, writeLayer(graph, layer, inputs));
  }
  return graph;
}

/**
 * The bytes of a `.onnx` file: inputs and outputs as the generator's, float32, pictures [B,S,S,C] for any B.
 * @param generator of stock layers alone (stock-layers.ts); stays
 * @param manifest goes whole into the metadata, with the most needed of it under keys of their own
 * @throws UserError for a layer that it cannot say
 */
export function toOnnx(generator: tf.LayersModel, manifest: ModelManifest): Uint8Array {
  const graph = graphOf(generator);
  const metadata = {
    image_size: String(manifest.image_size),
    age_groups: manifest.age_groups.map(({ name }) => name).join(','),
    mean_rgb: manifest.input.mean_rgb.join(','),
    input_range: manifest.input.range.join(','),
    output_range: manifest.output.range.join(','),
    licence: manifest.licence,
    ipcgan: JSON.stringify(manifest),
  };
  const outputs = generator.outputs.map((output, i) => {
    const name = generator.outputNames[i] ?? '';
    return { name, shape: output.shape };
  });
  const inside = new Set(outputs.map(({ name }) => name));
  const renamed = (name: string): string => (inside.has(name) ? `${name}/channels_first` : name);
  const nodes = graph.nodes.map((node) => ({
    ...node,
    name: renamed(node.name),
    input: node.input.map(renamed),
    output: node.output.map(renamed),
  }));
  const turns = new OnnxGraph();
  for (const { name } of outputs)
    turns.op('Transpose', [renamed(name)], name, { perm: [0, 2, 3, 1] });
  return encodeModel({
    irVersion: IR_VERSION,
    producerName: 'ipcgan',
    producerVersion: packageVersion(),
    docString: 'Shows a face at other ages (IPCGAN, CVPR 2018).',
    opsetImport: [{ domain: '', version: OPSET }],
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    graph: {
      name: generator.name,
      node: [...nodes, ...turns.nodes],
      initializer: graph.constants,
      input: generator.inputs.map((input, i) =>
        valueOf(generator.inputNames[i] ?? '', input.shape),
      ),
      output: outputs.map(({ name, shape }) => valueOf(name, shape)),
    },
  });
}
