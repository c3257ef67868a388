/** @file Shows how long work goes on: a bar on a terminal, plain lines elsewhere. */

import { SingleBar } from 'cli-progress';

/** Progress of something counted. */
export interface Progress {
  /** @param done how many are finished */
  update(done: number): void;
  /** A line of its own, on a terminal above the bar. */
  readonly line: (text: string) => void;
  /** How it goes: behind the bar on a terminal, a line of its own elsewhere. */
  report(text: string): void;
  stop(): void;
}

/** Duration as `1h02m`, `3m05s`, `12s`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = whole % 60;
  const two = (n: number): string => String(n).padStart(2, '0');
  if (hours > 0) return `${hours}h${two(minutes)}m`;
  return minutes > 0 ? `${minutes}m${two(rest)}s` : `${rest}s`;
}

/** Starts at `first` of `total`, on stderr. */
export function startProgress(label: string, total: number, first = 0): Progress {
  const stream = process.stderr;
  const writeLine = (text: string): void => void stream.write(`${text}\n`);
  if (!stream.isTTY)
    return { update: () => undefined, line: writeLine, report: writeLine, stop: () => undefined };
  const started = Date.now();
  const bar = new SingleBar({
    format: `${label} {bar} {value}/{total} {rate}/s, {left} left {note}`,
    stream,
    hideCursor: true,
    clearOnComplete: false,
  });
  bar.start(total, first, { rate: '-', left: '-', note: '' });
  let note = '';
  return {
    update: (done) => {
      const rate = (done - first) / Math.max(1e-3, (Date.now() - started) / 1000);
      bar.update(done, {
        rate: rate.toPrecision(3),
        left: formatSeconds((total - done) / Math.max(rate, 1e-9)),
        note,
      });
    },
    report: (text) => {
      note = text;
    },
    line: (text) => {
      stream.write(`\r\u001b[K${text}\n`);
      bar.render();
    },
    stop: () => bar.stop(),
  };
}
