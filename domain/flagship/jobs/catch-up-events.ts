import { inTransaction } from '#platform/database';
import type { Context } from '../context.ts';
import { keepEvents } from '../services/events.ts';
import { readFeedEvent } from '../validation/event.ts';

const feed = 'provider';
const pauseMs = 20_000;

/** Reads the provider's feed from where it was left, so that a webhook that never came is made good. */
export async function catchUpEvents(ctx: Context): Promise<void> {
  let cursor = (await ctx.db.feedCursor.findUnique({ where: { feed } }))?.cursor ?? null;
  let hasMore = true;
  while (hasMore) {
    const page = await ctx.provider.listEvents(cursor);
    const next = page.nextCursor;
    // A feed that says that there is more, but does not go on, must not be asked for ever.
    if (next === null || next === cursor) break;
    // One that is no event, or of a type we do not know, keeps no other from being read.
    const known = page.events.flatMap((event) => readFeedEvent(event) ?? []);
    const left = page.events.length - known.length;
    if (left > 0) ctx.log.info({ feed, after: cursor, left }, 'the feed holds what is no event that we know');
    await inTransaction(ctx.db, async (tx) => {
      await keepEvents(ctx, tx, known, 'feed');
      await tx.feedCursor.upsert({ where: { feed }, create: { feed, cursor: next }, update: { cursor: next } });
    });
    cursor = next;
    ({ hasMore } = page);
  }
  await ctx.queue.add(ctx.db, 'catchUpEvents', {}, { key: 'catchUpEvents', afterMs: pauseMs });
}
