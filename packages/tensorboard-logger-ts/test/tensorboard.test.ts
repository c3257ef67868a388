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

/** What the HPARAMS page shows, from the plug-in's own answers. */
const PAGE = `
import json, sys
from types import SimpleNamespace
from tensorboard.backend.event_processing import data_provider, plugin_event_multiplexer as m
from tensorboard import context
from tensorboard.plugins.hparams import api_pb2, backend_context, get_experiment, list_session_groups
x = m.EventMultiplexer(tensor_size_guidance={'scalars': 1000}); x.AddRunsFromDirectory(sys.argv[1]); x.Reload()
b = backend_context.Context(SimpleNamespace(data_provider=data_provider.MultiplexerDataProvider(x, sys.argv[1])))
c = context.RequestContext()
e = get_experiment.Handler(c, b, '', api_pb2.GetExperimentRequest()).run()
r = api_pb2.ListSessionGroupsRequest(start_index=0, slice_size=100, allowed_statuses=[0, 1, 2, 3], aggregation_type=1)
r.col_params.extend([api_pb2.ColParams(metric=i.name) for i in e.metric_infos])
g = list_session_groups.Handler(c, b, '', r).run()
print(json.dumps(dict(
    shown=[i.display_name or i.name.tag for i in e.metric_infos], settings=[i.name for i in e.hparam_infos],
    runs={s.name: [v.value for v in s.metric_values] for s in g.session_groups})))
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
    expect(read.histogram).toEqual({
      min: -1,
      max: 3,
      num: 4,
      sum: 2,
      squares: 10,
      counts: 4,
      limits: 30,
    });
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
  test('several runs below one experiment, with a scalar of a directory within each run among the metrics', () => {
    const inside = (...parts: string[]) =>
      createEventWriter({ directory: path.join(folder, 'sweep', ...parts) });
    const experiment = inside();
    experiment.hparamsExperiment({ rate: 0.5 }, [
      'loss',
      { group: 'judged', tag: 'judged/identity', displayName: 'identity' },
    ]);
    experiment.close();
    for (const [name, rate] of Object.entries({ slow: 0.5, fast: 2 })) {
      const writer = inside(name);
      writer.hparamsSession({ rate, other: 'same' });
      writer.scalar('loss', 1 / rate, 4);
      writer.close();
      const judged = inside(name, 'judged');
      judged.scalar('judged/identity', -rate, 4);
      judged.close();
    }
    expect(runPython(python ?? '', PAGE, path.join(folder, 'sweep'))).toEqual({
      shown: ['loss', 'identity'],
      settings: ['rate'],
      runs: { slow: [2, -0.5], fast: [0.5, -2] },
    });
  }, 60_000);
});
