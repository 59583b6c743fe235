import type { components } from '#openapi/bff-mobile';
import type { Context } from '../context.ts';
import { withPocketCards } from '../helpers/pocket-cards.ts';
import { attempt, cardsMs, domainMs, presentScreen } from '../helpers/screen.ts';
import { fresh } from '../helpers/section.ts';

type Sections = components['schemas']['FeedScreen']['sections'];

/** A page of the feed with the place up to which it is read. */
export async function getFeedScreen(
  ctx: Pick<Context, 'social' | 'financial' | 'clock'>,
  userId: string,
  query: { cursor?: string | undefined; limit?: number | undefined },
) {
  const { answer, retryAfterSeconds } = await attempt(
    ctx.social.getFeedScreen({ caller: { userId }, query, timeoutMs: domainMs }),
  );
  const parts = answer?.raw?.members();
  const feed = parts && (await withPocketCards(ctx, { userId, timeoutMs: cardsMs }, parts.feed));
  const now = ctx.clock.now();
  return presentScreen<'feed', Sections>(
    { name: 'feed', userId, now },
    {
      feed: fresh(feed, now, retryAfterSeconds),
      marker: fresh(parts?.marker, now, retryAfterSeconds),
    },
  );
}
