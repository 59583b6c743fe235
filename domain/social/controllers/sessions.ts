import type { Context } from '../context.ts';
import { presentSession, presentSignedIn } from '../helpers/present-session.ts';
import type { SocialHandlers } from '../routes/handlers.ts';
import { refreshSession } from '../services/refresh-session.ts';
import * as sessions from '../services/sessions.ts';

type Operations = 'createSession' | 'refreshSession' | 'listSessions' | 'listEndedSessions' | 'endSession';

export function sessionControllers(ctx: Context): Pick<SocialHandlers, Operations> {
  return {
    createSession: async ({ body }) => ({
      status: 201,
      body: presentSignedIn(await sessions.createSession(ctx, body)),
    }),
    refreshSession: async ({ body }) => ({
      status: 200,
      body: presentSignedIn(await refreshSession(ctx, body.refreshToken)),
    }),
    listSessions: async ({ caller }) => ({
      status: 200,
      body: { items: (await sessions.listSessions(ctx, caller)).map(presentSession) },
    }),
    listEndedSessions: async ({ query }) => {
      const { items, asOf } = await sessions.listEndedSessions(ctx, new Date(query.since));
      const ended = items.map(({ id, accountId, endedAt }) => ({
        sessionId: id,
        userId: accountId,
        endedAt: endedAt.toISOString(),
      }));
      return { status: 200, body: { items: ended, asOf: asOf.toISOString() } };
    },
    endSession: async ({ caller, path }) => {
      await sessions.endSession(ctx, caller, path.sessionId);
      return { status: 204 };
    },
  };
}
