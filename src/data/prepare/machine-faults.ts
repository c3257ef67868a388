/** @file Pictures that the machine failed on: neither kept nor rejected, and examined again by the next run. */

import { MachineError } from '../../errors';
import { shownName } from '../sources/scan';

/** A picture that could not be examined, by no fault of its own as far as anybody knows. */
export interface MachineFault {
  readonly name: string;
  /** What happened. */
  readonly fault: string;
}

/** Watches for faults of the machine. */
export interface FaultWatch {
  /** A picture was examined. */
  onExamined(): void;
  /** A picture was not. @throws MachineError after three in a row: the next ones would fare no better */
  onFault(fault: MachineFault): void;
  /** @throws MachineError naming the pictures that were left out, where there are any */
  check(): void;
}

/** After how many pictures in a row the work ends. */
const MOST_IN_A_ROW = 3;
const SHOWN = 5;

/** What a file cannot be read for that is no matter of the file: memory, handles, a disk, a network. */
const FAULT_CODES = new Set([
  'EIO',
  'ESTALE',
  'ENOMEM',
  'EMFILE',
  'ENFILE',
  'EAGAIN',
  'ETIMEDOUT',
  'ENODEV',
  'ENXIO',
  'EHOSTDOWN',
  'ENOTCONN',
]);
/** As Node, libvips and TensorFlow say it. */
const OUT_OF_MEMORY =
  /out of memory|cannot allocate memory|array buffer allocation failed|OOM when allocating/i;

/** What an error says of the machine; null where it is about something else. */
export function faultOf(error: unknown): string | null {
  const { code, message } = error as Partial<NodeJS.ErrnoException>;
  const text = message ?? String(error);
  return FAULT_CODES.has(code ?? '') || OUT_OF_MEMORY.test(text)
    ? (text.split('\n')[0] ?? '')
    : null;
}

/** What is watched. */
export interface WatchedWork {
  /** Where results go, as the user wrote it. */
  readonly out: string;
  /** Folder of the pictures. */
  readonly images: string;
  /** Processes at work; 1 where that cannot be less. */
  readonly workers: number;
  /** What is done to a picture, and what it then is, for messages. */
  readonly words: readonly [verb: 'examine' | 'age', done: 'examined' | 'aged'];
  /** What there is not for want of a picture; empty where there is all the rest. */
  readonly without: string;
}

/** Starts watching. */
export function watchFaults({ out, images, workers, words, without }: WatchedWork): FaultWatch {
  const [verb, done] = words;
  const faults: MachineFault[] = [];
  let inARow = 0;
  const advice = [
    `Look at the machine's memory and disks${workers > 1 ? `; fewer --workers than ${workers} need less memory` : ''}.`,
    `The same command ${verb}s these pictures again, and what is done stays done.`,
    `A picture that fails every time: remove it from ${images}, or leave it out of the list.`,
  ].join(' ');
  const shown = (): string => {
    const some = faults
      .slice(-SHOWN)
      .map(({ name, fault }) => `${shownName(name)} (${fault})`)
      .join('; ');
    return faults.length > SHOWN ? `${some}; and ${faults.length - SHOWN} more` : some;
  };
  return {
    onExamined: () => void (inARow = 0),
    onFault: (fault) => {
      faults.push(fault);
      if (++inARow === MOST_IN_A_ROW)
        throw new MachineError(
          `${out}: expected to ${verb} pictures, got ${MOST_IN_A_ROW} in a row that the machine failed on: ${shown()}. ${advice}`,
        );
    },
    check: () => {
      if (faults.length > 0)
        throw new MachineError(
          `${out}: expected every picture ${done}, got ${faults.length} that the machine failed on: ${shown()}. ${[...(without === '' ? [] : [without]), advice].join(' ')}`,
        );
    },
  };
}
