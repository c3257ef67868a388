import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { createEventWriter } from '../src/event-writer';
import { pythonWithTensorBoard, runPython } from './real-tensorboard';

const python = pythonWithTensorBoard();

const READ = `
import json, sys
from tensorboard.backend.event_processing import event_accumulator as ea
from tensorboard.plugins.hparams import plugin_data_pb2
from tensorboard.util import tensor_util
a = ea.EventAccumulator(sys.argv[1], size_guidance={k: 0 for k in (ea.SCALARS, ea.IMAGES, ea.HISTOGRAMS, ea.TENSORS)})
a.Reload()
tags = a.Tags()
h = a.Histograms('weights')[0].histogram_value
image = a.Images('faces')[0]
hparams = {}
for tag, content in a.PluginTagToContent('hparams').items():
    data = plugin_data_pb2.HParamsPluginData.FromString(content)
    hparams[tag] = data.WhichOneof('data')
    if tag.endswith('start_info'):
        values = {k: (v.number_value if v.HasField('number_value') else v.bool_value if v.HasField('bool_value') else v.string_value) for k, v in data.session_start_info.hparams.items()}
    if tag.endswith('end_info'): status = data.session_end_info.status
    if tag.endswith('experiment'):
        metrics = [m.name.tag for m in data.experiment.metric_infos]
        kinds = {i.name: i.type for i in data.experiment.hparam_infos}
print(json.dumps(dict(
    scalars=[[e.step, e.value] for e in a.Scalars('loss')], tags=sorted(tags['scalars']),
    histogram=dict(min=h.min, max=h.max, num=h.num, sum=h.sum, squares=h.sum_squares, counts=sum(h.bucket), limits=len(h.bucket_limit)),
    image=[image.width, image.height, image.step, len(image.encoded_image_string), image.encoded_image_string[:4].hex()],
    text=[t.decode() for t in tensor_util.make_ndarray(a.Tensors('notes')[0].tensor_proto).tolist()],
    hparams=hparams, values=values, status=status, metrics=metrics, kinds=kinds)))
`;

(python === null ? describe.skip : describe)('the real TensorBoard reads back', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'tb '));
  let png = Buffer.alloc(0);
  let read: Record<string, unknown> = {};

  beforeAll(async () => {
    png = await sharp({ create: { width: 6, height: 4, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    const writer = createEventWriter({ directory: folder });
    writer.hparams({ rate: 0.5, layer: 'conv5', fresh: true }, ['loss']);
    writer.scalar('loss', 1.5, 1);
    writer.scalars({ loss: -2.25, other: 3 }, 2);
    writer.histogram('weights', Float32Array.from([-1, 0, 0, 3]), 2);
    writer.image('faces', { png, width: 6, height: 4 }, 7);
    writer.text('notes', '**bold** ë', 3);
    writer.endHparams('success');
    writer.close();
    read = runPython(python ?? '', READ, folder) as Record<string, unknown>;
  }, 180_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  test('scalars, with their steps', () => {
    expect(read.scalars).toEqual([
      [1, 1.5],
      [2, -2.25],
    ]);
    expect(read.tags).toEqual(['loss', 'other']);
  });
  test('histograms, with their moments and all values in buckets', () => {
    expect(read.histogram).toEqual({ min: -1, max: 3, num: 4, sum: 2, squares: 10, counts: 4, limits: 30 });
  });
  test('images, as the PNG that was given', () => {
    expect(read.image).toEqual([6, 4, 7, png.length, '89504e47']);
  });
  test('text', () => expect(read.text).toEqual(['**bold** ë']));
  test('hparams, so that the HPARAMS page has its table', () => {
    expect(read.values).toEqual({ rate: 0.5, layer: 'conv5', fresh: true });
    expect(read.kinds).toEqual({ rate: 3, layer: 1, fresh: 2 });
    expect(read.metrics).toEqual(['loss']);
    expect(read.status).toBe(1);
  });
});
