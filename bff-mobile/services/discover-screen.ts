import type { components } from '#openapi/bff-mobile';
import type { Context } from '../context.ts';
import { withPocketCards } from '../helpers/pocket-cards.ts';
import { attempt, cardsMs, domainMs, presentScreen } from '../helpers/screen.ts';
import { fresh } from '../helpers/section.ts';

type Sections = components['schemas']['DiscoverScreen']['sections'];

/** What there is to find, for some words or for none. */
export async function getDiscoverScreen(
  ctx: Pick<Context, 'social' | 'financial' | 'clock'>,
  userId: string,
  { q }: { q?: string | undefined },
) {
  const { answer, retryAfterSeconds } = await attempt(
    ctx.social.getDiscover({ caller: { userId }, query: { q }, timeoutMs: domainMs }),
  );
  const parts = answer?.raw?.members();
  const posts = parts && (await withPocketCards(ctx, { userId, timeoutMs: cardsMs }, parts.posts));
  const now = ctx.clock.now();
  return presentScreen<'discover', Sections>(
    { name: 'discover', userId, now },
    {
      people: fresh(parts?.people, now, retryAfterSeconds),
      posts: fresh(posts, now, retryAfterSeconds),
      tags: fresh(parts?.tags, now, retryAfterSeconds),
      suggestions: fresh(parts?.suggestions, now, retryAfterSeconds),
    },
  );
}
