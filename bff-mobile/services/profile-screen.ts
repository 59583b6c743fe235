import type { components } from '#openapi/bff-mobile';
import type { Context } from '../context.ts';
import { withPocketCards } from '../helpers/pocket-cards.ts';
import { attempt, domainMs, presentScreen } from '../helpers/screen.ts';
import { fresh } from '../helpers/section.ts';

type Sections = components['schemas']['ProfileScreen']['sections'];

const pocketsMs = 250;

/**
 * A person as the viewer may see them. What they share of their pockets depends on how the two stand, which social alone knows:
 * the money side is asked after it, for the pockets and for the cards in posts at once.
 */
export async function getProfileScreen(
  ctx: Pick<Context, 'social' | 'financial' | 'clock'>,
  userId: string,
  { handle, ...query }: { handle: string; cursor?: string | undefined; limit?: number | undefined },
) {
  const caller = { userId };
  const social = await attempt(
    ctx.social.getProfileScreen({ caller, path: { handle }, query, timeoutMs: domainMs - pocketsMs }),
  );
  const parts = social.answer?.raw?.members();
  const [posts, pockets] = await Promise.all([
    parts && withPocketCards(ctx, { userId, timeoutMs: pocketsMs }, parts.posts),
    parts && attempt(ctx.financial.listSharedPockets(sharedWith(userId, parts.profile, parts.relationship))),
  ]);
  const now = ctx.clock.now();
  const shared = pockets?.answer?.raw;
  return presentScreen<'profile', Sections>(
    { name: 'profile', userId, now },
    {
      profile: fresh(parts?.profile, now, social.retryAfterSeconds),
      posts: fresh(posts, now, social.retryAfterSeconds),
      sharedPockets: fresh(shared, now, pockets?.retryAfterSeconds),
      relationship: fresh(parts?.relationship, now, social.retryAfterSeconds),
    },
  );
}

type Schemas = components['schemas'];
type Parsed<T> = { parse(): T };

/** The question for the pockets that a person shares with the viewer: with everyone, or with followers too. */
function sharedWith(
  userId: string,
  profile: Parsed<Schemas['Profile']>,
  relationship: Parsed<Schemas['Relationship']>,
) {
  const { self, following } = relationship.parse();
  return {
    caller: { userId },
    path: { userId: profile.parse().id },
    query: { audience: self || following === 'following' ? ('followers' as const) : ('public' as const) },
    timeoutMs: pocketsMs,
  };
}
