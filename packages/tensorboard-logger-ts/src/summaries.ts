/** @file The values of an event, as TensorBoard's plug-ins read them. */

import { bytes, double, float, integer, message, packedDoubles } from './protobuf';

const BUCKETS = 30;

/** A picture that is already PNG. */
export interface PngImage {
  readonly png: Uint8Array;
  /** In pixels. */
  readonly width: number;
  readonly height: number;
}

/** Values of an hparam. */
export type HparamValue = string | number | boolean;

const summaryValue = (tag: string, ...fields: readonly Uint8Array[]): Uint8Array =>
  bytes(1, message(bytes(1, tag), ...fields));

/** Metadata that names the plug-in a value belongs to. */
const pluginMetadata = (plugin: string, content: Uint8Array = new Uint8Array()): Uint8Array =>
  bytes(9, bytes(1, message(bytes(1, plugin), bytes(2, content))));

/** A scalar; NaN and infinities are allowed and shown as gaps. */
export const scalarSummary = (tag: string, value: number): Uint8Array =>
  summaryValue(tag, float(2, value));

/** A picture in RGB. */
export function imageSummary(tag: string, { png, width, height }: PngImage): Uint8Array {
  const rgb = 3;
  return summaryValue(
    tag,
    bytes(4, message(integer(1, height), integer(2, width), integer(3, rgb), bytes(4, png))),
  );
}

/** A histogram in 30 equal buckets between the least and the greatest finite value. */
export function histogramSummary(tag: string, values: ArrayLike<number>): Uint8Array {
  const finite = Array.from(values).filter(Number.isFinite);
  let least = Infinity;
  let greatest = -Infinity;
  let sum = 0;
  let squares = 0;
  for (const value of finite) {
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
    sum += value;
    squares += value * value;
  }
  if (finite.length === 0) [least, greatest] = [0, 0];
  const counts = new Float64Array(BUCKETS);
  const width = (greatest - least) / BUCKETS;
  for (const value of finite) {
    const bucket = width > 0 ? Math.min(BUCKETS - 1, Math.floor((value - least) / width)) : 0;
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
  const limits = Float64Array.from(counts, (_, i) =>
    i === BUCKETS - 1 ? greatest : least + width * (i + 1),
  );
  const statistics = [least, greatest, finite.length, sum, squares].map((value, i) =>
    double(i + 1, value),
  );
  return summaryValue(
    tag,
    bytes(5, message(...statistics, packedDoubles(6, limits), packedDoubles(7, counts))),
  );
}

/** Markdown text. */
export function textSummary(tag: string, markdown: string): Uint8Array {
  const DT_STRING = 7;
  const shape = bytes(2, bytes(2, integer(1, 1)));
  return summaryValue(
    tag,
    pluginMetadata('text'),
    bytes(8, message(integer(1, DT_STRING), shape, bytes(8, markdown))),
  );
}

/** google.protobuf.Value. */
function structValue(value: HparamValue): Uint8Array {
  if (typeof value === 'number') return double(2, value);
  return typeof value === 'string' ? bytes(3, value) : integer(4, value ? 1 : 0);
}

/** DataType of the hparams plug-in. */
function hparamType(value: HparamValue): number {
  if (typeof value === 'string') return 1;
  return typeof value === 'boolean' ? 2 : 3;
}

const hparamsPlugin = (tag: string, content: Uint8Array): Uint8Array => {
  // a null tensor: the plug-in reads only the metadata, but wants a value there
  const nothing = bytes(8, message(integer(1, 1), bytes(2, new Uint8Array())));
  return summaryValue(tag, pluginMetadata('hparams', content), nothing);
};

/** A scalar to compare runs by: its tag in the run's own events, or in those of a directory within the run's. */
export type HparamMetric =
  string | { readonly group: string; readonly tag: string; readonly displayName: string };

/** MetricInfo of the hparams plug-in. */
function metricInfo(metric: HparamMetric): Uint8Array {
  if (typeof metric === 'string') return bytes(1, bytes(2, metric));
  const { group, tag, displayName } = metric;
  return message(bytes(1, message(bytes(1, group), bytes(2, tag))), bytes(3, displayName));
}

/** Which hyper-parameters and metrics the runs of an experiment have. */
export function hparamsExperimentSummary(
  values: Readonly<Record<string, HparamValue>>,
  metricsCompared: readonly HparamMetric[],
): Uint8Array {
  const infos = Object.entries(values).map(([name, value]) =>
    bytes(4, message(bytes(1, name), integer(4, hparamType(value)))),
  );
  const metrics = metricsCompared.map((metric) => bytes(5, metricInfo(metric)));
  return hparamsPlugin(
    '_hparams_/experiment',
    message(integer(1, 0), bytes(2, message(...infos, ...metrics))),
  );
}

/** The hyper-parameters of this run. */
export function hparamsStartSummary(
  values: Readonly<Record<string, HparamValue>>,
  seconds: number,
): Uint8Array {
  const pairs = Object.entries(values).map(([name, value]) =>
    bytes(1, message(bytes(1, name), bytes(2, structValue(value)))),
  );
  return hparamsPlugin(
    '_hparams_/session_start_info',
    message(integer(1, 0), bytes(3, message(...pairs, double(5, seconds)))),
  );
}

/** How this run ended. */
export function hparamsEndSummary(status: 'success' | 'failure', seconds: number): Uint8Array {
  const code = status === 'success' ? 1 : 2;
  return hparamsPlugin(
    '_hparams_/session_end_info',
    message(integer(1, 0), bytes(4, message(integer(1, code), double(2, seconds)))),
  );
}
