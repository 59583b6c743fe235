import type { components } from '#openapi/bff-mobile';
import type { operations as AdminOperations } from '#openapi/bff-admin';
import type { Clock } from '#platform/clock';
import type { Logger } from '#platform/logger';
import type { ServiceClient } from '#platform/service-client';
import { startPolling } from '../helpers/poll.ts';
import { failed, ok, stale } from '../helpers/section.ts';
import type { Section } from '../helpers/section.ts';

type List = components['schemas']['Announcements'];

const everyMs = 15_000;
const freshMs = 60_000;

export interface Announcements {
  /** What there is to announce, as a section of a screen. */
  section(): Section<List>;
  close(): void;
}

/** The announcements are the same for everyone, so they are asked for every 15 s instead of with every screen. */
export function watchAnnouncements(
  admin: Pick<ServiceClient<AdminOperations>, 'listLiveAnnouncements'>,
  clock: Clock,
  log: Logger,
): Announcements {
  let last: { list: List; at: Date } | undefined;

  async function ask(): Promise<void> {
    const { body } = await admin.listLiveAnnouncements({ caller: { service: true } });
    last = { list: body, at: clock.now() };
  }

  const polling = startPolling('announcements', everyMs, ask, log);
  return {
    section() {
      if (!last) return failed();
      const isFresh = clock.now().getTime() - last.at.getTime() < freshMs;
      return isFresh ? ok(last.list, last.at) : stale(last.list, last.at);
    },
    close: () => {
      polling.close();
    },
  };
}
