/** @file `ipcgan serve`. */

import type { Resolved } from '../config/load';
import { watchInterrupts } from '../runs/interrupt';
import type { StopSignal } from '../runs/interrupt';
import { chosenModel } from './chosen-model';
import { exitCodeAfter } from './exit-code';
import { printResult, say } from './print-result';

const MEGA = 1e6;
const SECOND = 1000;

/** Serves the page, and the API where it is asked for, until it is asked to stop. */
export async function runServe({ config }: Resolved<'serve'>): Promise<number> {
  const { startService } = await import('../serve/service');
  const { readToken } = await import('../serve/token');
  const { host, port, api, device } = config;
  const model = chosenModel(config.model);
  let stopped: (signal: StopSignal) => void = () => undefined;
  const stop = new Promise<StopSignal>((resolve) => (stopped = resolve));
  const interrupts = watchInterrupts((signal) => stopped(signal));
  try {
    const service = await startService({
      model,
      device,
      host,
      port,
      api,
      token: api ? readToken(config.token_file, process.env) : null,
      limits: {
        bytes: Math.floor(config.max_body_mb * MEGA),
        pixels: Math.floor(config.max_megapixels * MEGA),
        faces: config.max_faces,
        requests: config.queue,
        batch: config.batch,
        arrival: config.body_seconds * SECOND,
        answer: config.answer_seconds * SECOND,
      },
      log: say,
    });
    printResult(
      config.json,
      { url: service.url, api },
      `${service.url}: the page${api ? ', and the API: /v1/age, /openapi.json' : ''}; Ctrl-C stops it`,
    );
    const signal = await stop;
    const open = service.open();
    say(
      `${signal}: ${open === 0 ? 'stopping' : `finishing ${open} ${open === 1 ? 'request' : 'requests'}`}`,
    );
    await service.stop();
    return exitCodeAfter(signal);
  } finally {
    interrupts.stop();
  }
}
