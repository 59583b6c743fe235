import type { components, operations as AdminOperations } from '#openapi/bff-admin';
import type { Clock } from '#platform/clock';
import type { Logger } from '#platform/logger';
import type { ServiceClient } from '#platform/service-client';
import { startPolling } from '../helpers/poll.ts';
import { failed, ok, stale } from '../helpers/section.ts';
import type { Section } from '../helpers/section.ts';

export type AppState = components['schemas']['AppState'];

const everyMs = 10_000;
const freshMs = 60_000;

/** What staff say that phones shall do: flags, versions, announcements. */
export interface WatchedAppState {
  /** The last known; undefined until bff-admin has answered for the first time. */
  last(): AppState | undefined;
  /** A part of a screen that is made of the last known. */
  section<T>(make: (state: AppState) => T): Section<T>;
  close(): void;
}

/** It is the same for everyone, so it is asked for every 10 s instead of with every request; the last known outlives bff-admin. */
export function watchAppState(
  admin: Pick<ServiceClient<AdminOperations>, 'getAppState'>,
  clock: Clock,
  log: Logger,
): WatchedAppState {
  let last: { state: AppState; at: Date } | undefined;

  async function ask(): Promise<void> {
    const { body } = await admin.getAppState({ caller: { service: true } });
    last = { state: body, at: clock.now() };
  }

  const polling = startPolling('app state', everyMs, ask, log);
  return {
    last: () => last?.state,
    section(make) {
      if (!last) return failed();
      const isFresh = clock.now().getTime() - last.at.getTime() < freshMs;
      const data = make(last.state);
      return isFresh ? ok(data, last.at) : stale(data, last.at);
    },
    close: () => {
      polling.close();
    },
  };
}
