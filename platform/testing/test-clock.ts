import type { Clock } from '../clock.ts';

/** A clock that stands still until it is moved. */
export interface TestClock extends Clock {
  /** Moves the clock forward (or back, with a negative number). */
  advance(milliseconds: number): void;
  /** Puts the clock at a time. */
  set(time: Date): void;
}

/** Stands at `start`; by default at the present moment. */
export function createTestClock(start = new Date()): TestClock {
  let time = start.getTime();
  return {
    now: () => new Date(time),
    advance(milliseconds) {
      time += milliseconds;
    },
    set(moment) {
      time = moment.getTime();
    },
  };
}
