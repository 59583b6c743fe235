import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { RequestHandler, Response } from 'express';
import { Problem } from './problem.ts';

const sampleMs = 500;
// One long tick (a validator compiled, a page of memory fetched) is no overload; this many samples in a row are.
const samplesInARow = 3;

const work = new WeakMap<Response, Promise<unknown>>();

/** Begins what a request asks for. It keeps the request's place until it has ended: a caller who leaves ends no work. */
export function keepPlace<T>(response: Response, begin: () => Promise<T>): Promise<T> {
  const begun = begin();
  work.set(response, begun);
  return begun;
}

/**
 * Refuses work before doing any of it when the process has too much: too many requests in flight, or an event loop
 * that lags. A refusal takes microseconds; what was taken is answered in time.
 */
export function createAdmission({ maxInFlight = 400, maxLagMs = 400 } = {}) {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  let inFlight = 0;
  let samples: number[] = [];
  let lagMs = 0;
  delay.enable();
  const timer = setInterval(() => {
    samples = [...samples, delay.percentile(50) / 1e6].slice(-samplesInARow);
    lagMs = samples.length === samplesInARow ? Math.min(...samples) : 0;
    delay.reset();
  }, sampleMs).unref();

  const handler: RequestHandler = (_request, response, next) => {
    if (inFlight >= maxInFlight || lagMs > maxLagMs) throw new Problem('overloaded');
    inFlight += 1;
    response.once('close', () => {
      void Promise.allSettled([work.get(response)]).then(() => {
        inFlight -= 1;
      });
    });
    next();
  };
  return {
    handler,
    close: () => {
      clearInterval(timer);
      delay.disable();
    },
  };
}
