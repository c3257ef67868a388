/** @file Lets a running step finish when the process is asked to stop. */

/** The signals that mean "save and stop": Ctrl-C, a request, a terminal that was closed. */
export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** Exit codes by signal: 128 and its number. */
export const SIGNAL_EXIT_CODE: Readonly<Record<StopSignal, number>> = {
  SIGINT: 130,
  SIGTERM: 143,
  SIGHUP: 129,
};

/** A signal this soon after the first is the same one, by another way: to the process group and again from the parent. */
export const SAME_SIGNAL_MILLISECONDS = 1000;

/** Watches for the first signal; a second one, when it is not the same, ends the process at once, as if nobody watched. */
export interface InterruptWatch {
  /** The signal that came, or null. */
  signal(): StopSignal | null;
  stop(): void;
}

/** Starts watching. */
export function watchInterrupts(onSignal: (signal: StopSignal) => void): InterruptWatch {
  let received: StopSignal | null = null;
  const listeners = (Object.keys(SIGNAL_EXIT_CODE) as StopSignal[]).map((signal) => {
    const listener = (): void => {
      if (received !== null) return;
      received = signal;
      setTimeout(stop, SAME_SIGNAL_MILLISECONDS).unref();
      onSignal(signal);
    };
    process.on(signal, listener);
    return [signal, listener] as const;
  });
  const stop = (): void => listeners.forEach(([signal, listener]) => process.off(signal, listener));
  return { signal: () => received, stop };
}
