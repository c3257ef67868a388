/** @file What the service counts, in the text format of Prometheus. */

/** Its content type. */
export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Upper bounds of durations, in seconds. */
const BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] as const;

/** Numbers that are read when they are asked for. */
export interface Gauges {
  /** Requests from their headers to the end of their answer. */
  readonly inProgress: number;
  readonly waiting: number;
  readonly running: number;
  readonly engineRestarts: number;
  readonly isEngineUp: boolean;
  /** In bytes. */
  readonly memory: number;
  readonly engineMemory: number;
}

/** Counts. */
export interface Metrics {
  /** A request that was answered, or whose sender is gone. @param route a pattern, never what was asked for */
  request(method: string, route: string, status: number, seconds: number): void;
  batch(jobs: number): void;
  faces(count: number): void;
  /** All of it, with the gauges. */
  text(gauges: Gauges): string;
}

interface Histogram {
  readonly counts: number[];
  sum: number;
  count: number;
}

const described = (name: string, type: string, help: string, lines: readonly string[]): string =>
  [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines].join('\n');
const single = (name: string, type: string, help: string, value: number): string =>
  described(name, type, help, [`${name} ${value}`]);

/** Starts at nothing. */
export function createMetrics(): Metrics {
  const requests = new Map<string, number>();
  const durations = new Map<string, Histogram>();
  let batches = 0;
  let batched = 0;
  let faces = 0;
  const histogramLines = (name: string): string[] =>
    [...durations].flatMap(([route, { counts, sum, count }]) => [
      ...BUCKETS.map((le, i) => `${name}_bucket{route="${route}",le="${le}"} ${counts[i] ?? 0}`),
      `${name}_bucket{route="${route}",le="+Inf"} ${count}`,
      `${name}_sum{route="${route}"} ${sum}`,
      `${name}_count{route="${route}"} ${count}`,
    ]);
  return {
    request: (method, route, status, seconds) => {
      const labels = `method="${method}",route="${route}",status="${status}"`;
      requests.set(labels, (requests.get(labels) ?? 0) + 1);
      const histogram = durations.get(route) ?? { counts: BUCKETS.map(() => 0), sum: 0, count: 0 };
      durations.set(route, histogram);
      histogram.sum += seconds;
      histogram.count += 1;
      for (const [i, bound] of BUCKETS.entries())
        if (seconds <= bound) histogram.counts[i] = (histogram.counts[i] ?? 0) + 1;
    },
    batch: (jobs) => {
      batches += 1;
      batched += jobs;
    },
    faces: (count) => void (faces += count),
    text: (gauges) =>
      `${[
        described(
          'ipcgan_requests_total',
          'counter',
          'Requests that were answered.',
          [...requests].map(([labels, count]) => `ipcgan_requests_total{${labels}} ${count}`),
        ),
        described(
          'ipcgan_request_seconds',
          'histogram',
          'From the headers of a request to the end of its answer.',
          histogramLines('ipcgan_request_seconds'),
        ),
        single('ipcgan_batches_total', 'counter', 'Batches that were computed.', batches),
        single('ipcgan_batched_requests_total', 'counter', 'Requests in those.', batched),
        single('ipcgan_faces_total', 'counter', 'Faces that were aged.', faces),
        single(
          'ipcgan_requests_in_progress',
          'gauge',
          'Photographs that are sent, wait, are worked on or are answered.',
          gauges.inProgress,
        ),
        single('ipcgan_requests_waiting', 'gauge', 'Photographs that wait.', gauges.waiting),
        single('ipcgan_requests_running', 'gauge', 'Photographs in the batch.', gauges.running),
        single('ipcgan_engine_up', 'gauge', '1 where it can compute.', Number(gauges.isEngineUp)),
        single(
          'ipcgan_engine_restarts_total',
          'counter',
          'How often the process that computes was started again.',
          gauges.engineRestarts,
        ),
        single(
          'process_resident_memory_bytes',
          'gauge',
          'Memory of the process that listens.',
          gauges.memory,
        ),
        single(
          'ipcgan_engine_resident_memory_bytes',
          'gauge',
          'Memory of the process that computes.',
          gauges.engineMemory,
        ),
      ].join('\n')}\n`,
  };
}
