import { replayedHeader } from '#platform/idempotency';
import type { Context } from '../context.ts';
import { presentUserNote } from '../helpers/present-user-note.ts';
import { presentUserScreen } from '../helpers/present-user-screen.ts';
import type { AdminHandlers } from '../routes/handlers.ts';
import type { AnswerOf } from '../services/decision-kinds.ts';
import type { Decided } from '../services/decisions.ts';
import * as notes from '../services/user-notes.ts';
import { getUser } from '../services/user-screen.ts';
import * as users from '../services/users.ts';

type Looks = 'listUsers' | 'getUser' | 'listUserNotes' | 'createUserNote';
type Decisions = 'suspendUser' | 'restoreUser' | 'signOutUser';

export function userControllers(ctx: Context): Pick<AdminHandlers, Looks | Decisions> {
  return {
    listUsers: async ({ caller, query }) => ({ status: 200, body: await users.listUsers(ctx, caller, query) }),
    getUser: async ({ caller, path }) => ({
      status: 200,
      body: presentUserScreen(await getUser(ctx, caller, path.userId)),
    }),
    listUserNotes: async ({ caller, path, query: { limit = 20, cursor } }) => {
      const page = await notes.listUserNotes(ctx, caller, { ...path, limit, cursor });
      return { status: 200, body: { items: page.items.map(presentUserNote), nextCursor: page.nextCursor } };
    },
    createUserNote: async ({ caller, path, body, headers }) => {
      const key = headers['idempotency-key'];
      const made = await notes.createUserNote(ctx, caller, { ...path, ...body, key });
      return { status: 201, body: made.body, headers: replayedHeader(made) };
    },
    suspendUser: async ({ caller, path, body }) =>
      presentDecided(path.userId, await users.suspendUser(ctx, caller, { ...path, ...body })),
    restoreUser: async ({ caller, path, body }) =>
      presentDecided(path.userId, await users.restoreUser(ctx, caller, { ...path, ...body })),
    signOutUser: async ({ caller, path, body }) =>
      presentDecided(path.userId, await users.signOutUser(ctx, caller, { ...path, ...body })),
  };
}

function presentDecided(userId: string, decided: Decided<AnswerOf<'user.suspend'>>) {
  const { decisionId, outcome } = decided;
  if (outcome === 'pending') return { status: 202 as const, body: { decisionId, userId, outcome } };
  const { status, suspension } = decided.answer;
  return { status: 200 as const, body: { decisionId, userId, outcome, status, suspension } };
}
