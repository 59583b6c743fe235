import type { components } from '#openapi/bff-mobile';
import type { Context } from '../context.ts';
import { attempt, domainMs, presentScreen } from '../helpers/screen.ts';
import { fresh } from '../helpers/section.ts';

type Sections = components['schemas']['NotificationsScreen']['sections'];

/** What happened to a person, and what strangers would tell them. */
export async function getNotificationsScreen(
  ctx: Pick<Context, 'social' | 'clock'>,
  userId: string,
  query: { cursor?: string | undefined; limit?: number | undefined },
) {
  const { answer, retryAfterSeconds } = await attempt(
    ctx.social.getNotificationsScreen({ caller: { userId }, query, timeoutMs: domainMs }),
  );
  const parts = answer?.raw?.members();
  const now = ctx.clock.now();
  return presentScreen<'notifications', Sections>(
    { name: 'notifications', userId, now },
    {
      groups: fresh(parts?.groups, now, retryAfterSeconds),
      requests: fresh(parts?.requests, now, retryAfterSeconds),
    },
  );
}
