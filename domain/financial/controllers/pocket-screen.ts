import type { Context } from '../context.ts';
import { presentChallengeCard } from '../helpers/present-challenge.ts';
import { presentGuardianship } from '../helpers/present-guardianship.ts';
import { presentInvitation } from '../helpers/present-invitation.ts';
import { presentMember } from '../helpers/present-member.ts';
import { presentMoney } from '../helpers/present-money.ts';
import { presentMovement } from '../helpers/present-movement.ts';
import { presentPocket } from '../helpers/present-pocket.ts';
import { presentRule } from '../helpers/present-rule.ts';
import type { FinancialHandlers } from '../routes/handlers.ts';
import * as pocketScreen from '../services/pocket-screen.ts';
import * as pocketsScreen from '../services/pockets-screen.ts';

type ScreenOperation = 'getPocketScreen' | 'getPocketsScreen';

export function pocketScreenControllers(ctx: Context): Pick<FinancialHandlers, ScreenOperation> {
  return {
    getPocketsScreen: async ({ caller }) => {
      const { totals, pockets, pocketCount, invitations, guardianships, challenges } =
        await pocketsScreen.getPocketsScreen(ctx, caller);
      const now = ctx.clock.now();
      return {
        status: 200,
        body: {
          totals: {
            items: totals.map(({ currency, balanceMinor, shareMinor, ...counted }) => ({
              ...counted,
              balance: presentMoney(balanceMinor, currency),
              share: presentMoney(shareMinor, currency),
            })),
          },
          pockets: { items: pockets.map((facts) => presentPocket(facts, now)), total: pocketCount },
          invitations: {
            items: invitations.map((facts) => presentInvitation(facts, now)),
            guardianships: guardianships.map(presentGuardianship),
            challenges: challenges.map((facts) => presentChallengeCard(facts, now)),
          },
        },
      };
    },

    getPocketScreen: async ({ caller, path }) => {
      const { members, memberCount, movements, rules, history, ...facts } = await pocketScreen.getPocketScreen(
        ctx,
        caller,
        path.pocketId,
      );
      const now = ctx.clock.now();
      const pocket = presentPocket(facts.pocket, now);
      return {
        status: 200,
        body: {
          pocket,
          plan: pocket.plan,
          members: { items: members.map(presentMember), total: memberCount },
          movements: { items: movements.items.map(presentMovement), nextCursor: movements.nextCursor },
          rules: { items: rules.map((rule) => presentRule(rule, now)) },
          history,
        },
      };
    },
  };
}
