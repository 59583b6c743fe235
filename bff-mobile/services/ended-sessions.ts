import { LRUCache } from 'lru-cache';
import type { Logger } from '#platform/logger';
import type { Context } from '../context.ts';
import { startPolling } from '../helpers/poll.ts';

const everyMs = 10_000;
// An access token lives for 10 minutes by the clock of the copy that signed it; that clock and ours may be wrong by as much.
const rememberedMs = 30 * 60_000;

/** The sessions whose access tokens are refused although they have not expired. */
export interface EndedSessions {
  has(sessionId: string): boolean;
  /** Remembers a session that was ended through this process, without waiting for the next turn. */
  add(sessionId: string): void;
  close(): void;
}

/**
 * Asks social every 10 s which sessions have ended, so that a sign-out, a ban or a changed password stops access on
 * every copy of this process within a minute. An entry is kept for as long as an access token can live.
 */
export function watchEndedSessions(social: Context['social'], log: Logger): EndedSessions {
  const ended = new LRUCache<string, true>({ max: 200_000, ttl: rememberedMs });
  // All that is told at first, since then by the clock of social's database: ours does not matter.
  let since = new Date(0).toISOString();

  async function ask(): Promise<void> {
    const { body } = await social.listEndedSessions({ caller: { service: true }, query: { since } });
    for (const { sessionId } of body.items) ended.set(sessionId, true);
    since = body.asOf;
  }

  const polling = startPolling('ended sessions', everyMs, ask, log);
  return {
    has: (sessionId) => ended.has(sessionId),
    add: (sessionId) => {
      ended.set(sessionId, true);
    },
    close: () => {
      polling.close();
    },
  };
}
