/** Where the time comes from. Injected, so that tests move it and two processes may disagree about it. */
export interface Clock {
  now(): Date;
}

/** The machine's clock. */
export const systemClock: Clock = { now: () => new Date() };
