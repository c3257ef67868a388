/** @file A process that examines pictures: started by workers.ts, one engine each. */

import { setNumThreads } from '../../images/image';
import { MachineError } from '../../errors';
import { loadEngine } from '../../engine/open-engine';
import { loadFaceFinder } from '../../faces/detect';
import { createExaminer } from './examine';
import { faultOf } from './machine-faults';
import type { Examination, ExamineItem, ExamineSettings } from './examine';

/** To a worker: first how, then one picture at a time. */
export type WorkerRequest = { readonly settings: ExamineSettings } | { readonly item: ExamineItem };
/** From a worker. */
export type WorkerAnswer =
  { readonly examined: Examination } | { readonly failed: string; readonly isMachine: boolean };

const answer = (message: WorkerAnswer): void => void process.send?.(message);
let examine: Promise<(item: ExamineItem) => Promise<Examination>> | undefined;

process.on('message', (request: WorkerRequest) => {
  if ('settings' in request) {
    setNumThreads(1);
    loadEngine();
    examine = loadFaceFinder().then((finder) => createExaminer(request.settings, finder));
    examine.catch(() => undefined);
    return;
  }
  const { item } = request;
  (examine ?? Promise.reject(new Error('the worker was told no settings')))
    .then((run) => run(item))
    .then(
      (examined) => answer({ examined }),
      (error: unknown) => {
        const isMachine = error instanceof MachineError;
        const fault = isMachine ? null : faultOf(error);
        if (fault !== null) {
          // there was not even memory for the engine
          answer({ examined: { name: item.name, fault } });
          return;
        }
        answer({
          failed:
            error instanceof Error
              ? isMachine
                ? error.message
                : (error.stack ?? error.message)
              : String(error),
          isMachine,
        });
      },
    );
});
// whoever started it has ended, perhaps by kill -9
process.on('disconnect', () => process.exit(0));
