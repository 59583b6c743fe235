import type { Context } from '../context.ts';
import { profilesOf } from '../helpers/profiles.ts';

/** A challenge with the profiles of who is named in it; without them while social is away. */
export async function getChallenge(ctx: Pick<Context, 'social' | 'financial'>, userId: string, challengeId: string) {
  const caller = { userId };
  const { body } = await ctx.financial.getChallenge({ caller, path: { challengeId } });
  const standings = body.leaderboard ?? [];
  const ids = [body.creatorId, ...standings.map((standing) => standing.userId), ...body.invitedIds];
  const { byId } = await profilesOf(ctx, caller, { ids, timeoutMs: 500 });
  return { ...body, people: [...byId.values()] };
}
