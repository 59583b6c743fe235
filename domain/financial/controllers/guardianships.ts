import type { Context } from '../context.ts';
import { presentGuardianship } from '../helpers/present-guardianship.ts';
import type { FinancialHandlers } from '../routes/handlers.ts';
import * as guardianships from '../services/guardianships.ts';

type GuardianshipOperation = 'listGuardianships' | 'acceptGuardianship' | 'declineGuardianship' | 'approveUnlock';

export function guardianshipControllers(ctx: Context): Pick<FinancialHandlers, GuardianshipOperation> {
  return {
    listGuardianships: async ({ caller, query: { limit = 20, cursor } }) => {
      const { items, nextCursor } = await guardianships.listGuardianships(ctx, caller, { limit, cursor });
      return { status: 200, body: { items: items.map(presentGuardianship), nextCursor } };
    },

    acceptGuardianship: async ({ caller, path }) => {
      const facts = await guardianships.acceptGuardianship(ctx, caller, path.guardianshipId);
      return { status: 200, body: presentGuardianship(facts) };
    },

    declineGuardianship: async ({ caller, path }) => {
      const facts = await guardianships.declineGuardianship(ctx, caller, path.guardianshipId);
      return { status: 200, body: presentGuardianship(facts) };
    },

    approveUnlock: async ({ caller, path }) => {
      const facts = await guardianships.approveUnlock(ctx, caller, path.pocketId);
      return { status: 200, body: presentGuardianship(facts) };
    },
  };
}
