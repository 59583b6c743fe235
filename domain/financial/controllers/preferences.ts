import type { Context } from '../context.ts';
import type { FinancialHandlers } from '../routes/handlers.ts';
import * as preferences from '../services/preferences.ts';

type PreferenceOperation = 'getPreferences' | 'putPreferences';

export function preferenceControllers(ctx: Context): Pick<FinancialHandlers, PreferenceOperation> {
  return {
    getPreferences: async ({ caller }) => ({ status: 200, body: await preferences.getPreferences(ctx, caller) }),

    putPreferences: async ({ caller, body }) => ({
      status: 200,
      body: await preferences.putPreferences(ctx, caller, body),
    }),
  };
}
