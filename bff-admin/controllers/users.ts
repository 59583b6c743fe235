import type { Context } from '../context.ts';
import { presentUserScreen } from '../helpers/present-user-screen.ts';
import type { AdminHandlers } from '../routes/handlers.ts';
import type { AnswerOf } from '../services/decision-kinds.ts';
import type { Decided } from '../services/decisions.ts';
import * as users from '../services/users.ts';

export function userControllers(
  ctx: Context,
): Pick<AdminHandlers, 'listUsers' | 'getUser' | 'suspendUser' | 'restoreUser'> {
  return {
    listUsers: async ({ caller, query }) => ({ status: 200, body: await users.listUsers(ctx, caller, query) }),
    getUser: async ({ caller, path }) => ({
      status: 200,
      body: presentUserScreen(await users.getUser(ctx, caller, path.userId)),
    }),
    suspendUser: async ({ caller, path, body }) =>
      presentDecided(path.userId, await users.suspendUser(ctx, caller, { ...path, ...body })),
    restoreUser: async ({ caller, path, body }) =>
      presentDecided(path.userId, await users.restoreUser(ctx, caller, { ...path, ...body })),
  };
}

function presentDecided(userId: string, decided: Decided<AnswerOf<'user.suspend'>>) {
  const { decisionId, outcome } = decided;
  if (outcome === 'pending') return { status: 202 as const, body: { decisionId, userId, outcome } };
  const { status, suspension } = decided.answer;
  return { status: 200 as const, body: { decisionId, userId, outcome, status, suspension } };
}
