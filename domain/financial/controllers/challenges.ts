import { replayedHeader } from '#platform/idempotency';
import type { Context } from '../context.ts';
import { presentChallenge, presentChallengeCard } from '../helpers/present-challenge.ts';
import type { FinancialHandlers } from '../routes/handlers.ts';
import * as challenges from '../services/challenges.ts';

type ChallengeOperation =
  | 'createChallenge'
  | 'listChallenges'
  | 'getChallenge'
  | 'joinChallenge'
  | 'declineChallenge'
  | 'deleteChallengeMember'
  | 'encourageMember';

export function challengeControllers(ctx: Context): Pick<FinancialHandlers, ChallengeOperation> {
  return {
    createChallenge: async ({ caller, headers, body }) => {
      const { facts, replayed } = await challenges.createChallenge(ctx, caller, {
        key: headers['idempotency-key'],
        challenge: body,
      });
      const asOf = new Date(facts.createdAt); // so that a replay says the same
      return { status: 201, body: presentChallenge(facts, asOf), headers: replayedHeader({ replayed }) };
    },

    listChallenges: async ({ caller, query: { limit = 20, cursor } }) => {
      const { items, nextCursor } = await challenges.listChallenges(ctx, caller, { limit, cursor });
      const now = ctx.clock.now();
      return { status: 200, body: { items: items.map((facts) => presentChallengeCard(facts, now)), nextCursor } };
    },

    getChallenge: async ({ caller, path }) => {
      const facts = await challenges.getChallenge(ctx, caller, path.challengeId);
      return { status: 200, body: presentChallenge(facts, ctx.clock.now()) };
    },

    joinChallenge: async ({ caller, path, body }) => {
      const facts = await challenges.joinChallenge(ctx, caller, { ...path, ...body });
      return { status: 200, body: presentChallenge(facts, ctx.clock.now()) };
    },

    declineChallenge: async ({ caller, path }) => {
      await challenges.declineChallenge(ctx, caller, path.challengeId);
      return { status: 204 };
    },

    deleteChallengeMember: async ({ caller, path: { challengeId, userId } }) => {
      await challenges.deleteChallengeMember(ctx, caller, { challengeId, memberId: userId });
      return { status: 204 };
    },

    encourageMember: async ({ caller, path: { challengeId, userId } }) => {
      await challenges.encourageMember(ctx, caller, { challengeId, memberId: userId });
      return { status: 204 };
    },
  };
}
