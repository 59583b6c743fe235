import type { components } from '#openapi/bff-mobile';
import type { Context } from '../context.ts';
import { withPocketCards } from '../helpers/pocket-cards.ts';
import { attempt, cardsMs, domainMs, presentScreen } from '../helpers/screen.ts';
import { fresh } from '../helpers/section.ts';

type Sections = components['schemas']['PostScreen']['sections'];

/** A post between what it answers and what answers it. */
export async function getPostScreen(
  ctx: Pick<Context, 'social' | 'financial' | 'clock'>,
  userId: string,
  { postId, ...query }: { postId: string; cursor?: string | undefined; limit?: number | undefined },
) {
  const { answer, retryAfterSeconds } = await attempt(
    ctx.social.getThread({ caller: { userId }, path: { postId }, query, timeoutMs: domainMs }),
  );
  const thread = answer?.raw && (await withPocketCards(ctx, { userId, timeoutMs: cardsMs }, answer.raw));
  const parts = thread?.members();
  const now = ctx.clock.now();
  return presentScreen<'post', Sections>(
    { name: 'post', userId, now },
    {
      post: fresh(parts?.post, now, retryAfterSeconds),
      ancestors: fresh(parts?.ancestors, now, retryAfterSeconds),
      replies: fresh(parts?.replies, now, retryAfterSeconds),
    },
  );
}
