/** @file Says once when the hours of a launch are over. */

const MILLISECONDS_AN_HOUR = 3_600_000;
/** How often the clock is looked at: a timer of its own would end after 24 days at most. */
const LOOK_MILLISECONDS = 200;

/** A limit that runs until it is over, or stopped. */
export interface TimeLimit {
  isOver(): boolean;
  stop(): void;
}

/** Starts counting. @param hours null for no limit. @param onOver called once, when they are over */
export function startTimeLimit(hours: number | null, onOver: () => void): TimeLimit {
  if (hours === null) return { isOver: () => false, stop: () => undefined };
  const end = Date.now() + hours * MILLISECONDS_AN_HOUR;
  let isOver = false;
  const timer = setInterval(() => {
    if (Date.now() < end) return;
    clearInterval(timer);
    isOver = true;
    onOver();
  }, LOOK_MILLISECONDS);
  return { isOver: () => isOver, stop: () => clearInterval(timer) };
}
