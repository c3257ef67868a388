/** @file Several processes that examine pictures: the engine cannot be loaded twice in one. */

import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import path from 'node:path';
import { sharedArenas } from '../../engine/environment';
import { MachineError } from '../../errors';
import type { Examination, ExamineItem, ExamineSettings } from './examine';
import type { WorkerAnswer, WorkerRequest } from './worker';

/** How often a picture is tried whose worker dies: something else may have killed that. */
const MOST_TRIES = 2;

/** Called for every finished picture, and for one that the machine failed on; its failure stops all work. */
export type OnExamination = (one: Examination) => Promise<void>;

interface Worker {
  readonly child: ChildProcess;
  /** How it ended, once it has: `by SIGKILL`. */
  readonly death: Promise<string>;
}

/** @throws MachineError where there is no memory for another process */
function startWorker(settings: ExamineSettings): Worker {
  let child: ChildProcess;
  try {
    child = fork(path.join(__dirname, 'worker.js'), {
      // one thread each: the last bits of a sum, and so of a crop, do not depend on how many workers there are
      env: {
        ...process.env,
        ...sharedArenas(),
        TF_NUM_INTRAOP_THREADS: '1',
        TF_NUM_INTEROP_THREADS: '1',
      },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
  } catch (cause) {
    throw new MachineError(
      `--workers: expected to start a process that examines pictures, got ${(cause as Error).message}. Give fewer, or more memory, and run the same command again; what is done stays done.`,
      { cause },
    );
  }
  const death = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) =>
      resolve(signal === null ? `with exit code ${code ?? ''}` : `by ${signal}`),
    );
    // it could not be started
    child.once('error', (error) => resolve(`of ${error.message}`));
  });
  tell(child, { settings });
  return { child, death };
}

/** A worker that cannot be told anything is of no use, and its death is waited for. */
function tell(child: ChildProcess, request: WorkerRequest): void {
  const end = (): void => void child.kill('SIGKILL');
  if (child.connected) child.send(request, (error) => (error ? end() : undefined));
  else end();
}

/** The next answer, or how the worker ended instead. */
function nextAnswer(
  { child, death }: Worker,
  item: ExamineItem,
): Promise<WorkerAnswer | { readonly died: string }> {
  const answer = new Promise<WorkerAnswer>((resolve) => child.once('message', resolve));
  tell(child, { item });
  return Promise.race([answer, death.then((died) => ({ died }))]);
}

/** @throws MachineError for a crop that cannot be written; Error for a bug */
function examinationOf(answer: WorkerAnswer, { name }: ExamineItem): Examination {
  if ('examined' in answer) return answer.examined;
  throw answer.isMachine ? new MachineError(answer.failed) : new Error(`${name}: ${answer.failed}`);
}

/**
 * Examines all items in `count` processes, in no particular order.
 * A worker that dies is replaced, and its picture tried once more; then it counts as one that the machine failed on.
 * @throws MachineError when a crop cannot be written
 */
export async function examineInWorkers(
  items: readonly ExamineItem[],
  settings: ExamineSettings,
  count: number,
  onExamination: OnExamination,
): Promise<void> {
  const waiting = items[Symbol.iterator]();
  const running = new Set<Worker>();
  let isStopped = false;
  const begin = (): Worker => {
    const worker = startWorker(settings);
    running.add(worker);
    return worker;
  };
  const work = async (): Promise<void> => {
    let worker = begin();
    for (const item of waiting) {
      for (let tries = 1; ; tries++) {
        const answer = await nextAnswer(worker, item);
        if (isStopped) return;
        if (!('died' in answer)) {
          await onExamination(examinationOf(answer, item));
          break;
        }
        running.delete(worker);
        worker = begin();
        if (tries < MOST_TRIES) continue;
        await onExamination({
          name: item.name,
          fault: `the process that examined it died twice, last ${answer.died}`,
        });
        break;
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(count, items.length) }, work));
  } finally {
    isStopped = true;
    for (const { child } of running) child.kill('SIGKILL');
    // whoever clears away what they leave half-written must know that they write no more
    await Promise.all([...running].map(({ death }) => death));
  }
}
