/** @file Several processes that examine pictures: the engine cannot be loaded twice in one. */

import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import path from 'node:path';
import { MachineError } from '../../errors';
import type { Examined, ExamineItem, ExamineSettings } from './examine';
import type { WorkerAnswer, WorkerRequest } from './worker';

/** How often a picture that a worker died on is tried again, in case something else killed the worker. */
const MOST_TRIES = 2;

/** Called for every finished picture; its failure stops all work. */
export type OnExamined = (examined: Examined) => Promise<void>;

function startWorker(settings: ExamineSettings): ChildProcess {
  const child = fork(path.join(__dirname, 'worker.js'), {
    // one thread each: the last bits of a sum, and so of a crop, do not depend on how many workers there are
    env: { ...process.env, TF_NUM_INTRAOP_THREADS: '1', TF_NUM_INTEROP_THREADS: '1' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  child.send({ settings } satisfies WorkerRequest);
  return child;
}

/** The next answer, or null when the worker ended instead. */
function nextAnswer(child: ChildProcess, item: ExamineItem): Promise<WorkerAnswer | null> {
  return new Promise((resolve) => {
    const onMessage = (message: WorkerAnswer): void => {
      child.off('exit', onExit);
      resolve(message);
    };
    const onExit = (): void => {
      child.off('message', onMessage);
      resolve(null);
    };
    child.once('message', onMessage);
    child.once('exit', onExit);
    if (!child.connected) onExit();
    else child.send({ item } satisfies WorkerRequest, (error) => (error ? onExit() : undefined));
  });
}

/**
 * Examines all items in `count` processes, in no particular order.
 * A picture that kills its worker twice is rejected; the worker is replaced.
 * @throws MachineError when a crop cannot be written
 */
export async function examineInWorkers(
  items: readonly ExamineItem[],
  settings: ExamineSettings,
  count: number,
  onExamined: OnExamined,
): Promise<void> {
  const waiting = items[Symbol.iterator]();
  const children = new Set<ChildProcess>();
  let isFailed = false;
  const begin = (): ChildProcess => {
    const child = startWorker(settings);
    children.add(child);
    return child;
  };
  const work = async (): Promise<void> => {
    let child = begin();
    for (const item of waiting) {
      for (let tries = 1; ; tries++) {
        const answer = await nextAnswer(child, item);
        if (isFailed) return;
        if (answer === null) {
          children.delete(child);
          child = begin();
          if (tries < MOST_TRIES) continue;
          await onExamined({
            name: item.name,
            reason: 'unreadable',
            detail: 'the process that examined it died, twice',
          });
        } else if ('failed' in answer) {
          throw answer.isMachine
            ? new MachineError(answer.failed)
            : new Error(`${item.name}: ${answer.failed}`);
        } else await onExamined(answer.examined);
        break;
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(count, items.length) }, work));
  } finally {
    isFailed = true;
    for (const child of children) child.kill('SIGKILL');
  }
}
