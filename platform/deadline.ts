import { currentContext } from './request-context.ts';

/** A signal that fires after `ms` or when the caller goes away. Call `done` afterwards: it leaves no timer behind. */
export function startDeadline(ms: number): { signal: AbortSignal; done(): void } {
  const controller = new AbortController();
  const caller = currentContext()?.signal;
  const abort = () => {
    controller.abort();
  };
  const timer = setTimeout(abort, ms);
  caller?.addEventListener('abort', abort, { once: true });
  if (caller?.aborted === true) abort();
  return {
    signal: controller.signal,
    done: () => {
      clearTimeout(timer);
      caller?.removeEventListener('abort', abort);
    },
  };
}
