import type { Context } from '../context.ts';
import { forward } from '../helpers/forward.ts';
import type { MobileHandlers } from '../routes/handlers.ts';
import { getChallenge } from '../services/challenge.ts';
import { assertMayAsk } from '../services/may-act.ts';

type ChallengeOperation =
  | 'listGuardianships'
  | 'acceptGuardianship'
  | 'declineGuardianship'
  | 'approveUnlock'
  | 'listChallenges'
  | 'createChallenge'
  | 'getChallenge'
  | 'joinChallenge'
  | 'declineChallenge'
  | 'deleteChallengeMember'
  | 'encourageMember';

/** What one person asks of another around saving: to guard a lock, to take part in a challenge. */
export function challengeControllers(ctx: Context): Pick<MobileHandlers, ChallengeOperation> {
  const { financial } = ctx;
  const [create, encourage] = [forward(financial.createChallenge), forward(financial.encourageMember)];
  return {
    listGuardianships: forward(financial.listGuardianships),
    acceptGuardianship: forward(financial.acceptGuardianship),
    declineGuardianship: forward(financial.declineGuardianship),
    approveUnlock: forward(financial.approveUnlock),
    listChallenges: forward(financial.listChallenges),
    createChallenge: async (call) => {
      await assertMayAsk(ctx, call.caller.userId, call.body.memberIds);
      return create(call);
    },
    getChallenge: async ({ caller, path }) => ({
      status: 200,
      body: await getChallenge(ctx, caller.userId, path.challengeId),
    }),
    joinChallenge: forward(financial.joinChallenge),
    declineChallenge: forward(financial.declineChallenge),
    deleteChallengeMember: forward(financial.deleteChallengeMember),
    encourageMember: async (call) => {
      await assertMayAsk(ctx, call.caller.userId, [call.path.userId]);
      return encourage(call);
    },
  };
}
