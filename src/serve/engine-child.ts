/** @file The process that computes, started by engine-process.ts: decoding and ageing hold up no request there, and take no other with them where they fail. */

import path from 'node:path';
import { openAger } from '../ageing/ager';
import type { Ager } from '../ageing/ager';
import { openEngine } from '../engine/open-engine';
import { IpcganError } from '../errors';
import { exportPage } from '../export/export-stock';
import { ageBatch } from './age-batch';
import type { ModelFacts } from './engine';
import type { EngineNotice, EngineOpening, EngineRequest } from './engine-messages';

const EXIT_BUG = 2;
const SIDE = 64;
/** A picture without a face. */
const GREY = { data: new Uint8Array(SIDE * SIDE * 3).fill(128), width: SIDE, height: SIDE };

const tell = (notice: EngineNotice): void => void process.send?.(notice);

const factsOf = (ager: Ager, model: string): ModelFacts => ({
  name: path.basename(path.resolve(model)),
  imageSize: ager.imageSize,
  ageBounds: ager.ageBounds,
  groupNames: ager.groupNames,
  hasMask: ager.hasMask,
});

/** Writes the page, and opens the model where photographs will come. */
async function open({ model, device, page, ages }: EngineOpening): Promise<Ager | null> {
  const ager = ages ? await openAger(model, { device, flag: '--model' }) : null;
  // loads the face finder now, and not while the first request waits
  await ager?.findFaces(GREY);
  if (page !== null) {
    await openEngine({ device });
    await exportPage(model, page, 'float16');
  }
  return ager;
}

let opening: EngineOpening | null = null;
let opened: Promise<Ager | null> = Promise.resolve(null);

process.on('message', (request: EngineRequest) => {
  if ('open' in request) {
    opening = request.open;
    opened = open(opening);
    opened.then(
      (ager) => tell({ opened: ager && factsOf(ager, request.open.model) }),
      (error: unknown) => {
        const isOurs = error instanceof IpcganError;
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
        tell({
          failed: isOurs ? error.message : text,
          exitCode: isOurs ? error.exitCode : EXIT_BUG,
        });
      },
    );
    return;
  }
  const { batch, jobs } = request;
  const mostFaces = opening?.mostFaces ?? 0;
  void opened.then((ager) =>
    ager === null
      ? undefined
      : ageBatch(
          ager,
          jobs,
          mostFaces,
          (index, outcome) => tell({ batch, index, outcome }),
          () => tell({ alive: true }),
        ),
  );
});
// whoever started it ends it: Ctrl-C on a terminal reaches it, too, and what runs is to be finished
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
// whoever started it has ended, perhaps by kill -9
process.on('disconnect', () => process.exit(0));
