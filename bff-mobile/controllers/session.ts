import type { Context } from '../context.ts';
import { clientAddressOf } from '../helpers/client-address.ts';
import { forward } from '../helpers/forward.ts';
import type { MobileHandlers } from '../routes/handlers.ts';
import * as session from '../services/session.ts';

type SessionOperation = 'register' | 'login' | 'refresh' | 'logout' | 'stepUp' | 'listSessions' | 'endSession';

export function sessionControllers(ctx: Context): Pick<MobileHandlers, SessionOperation> {
  return {
    register: async ({ body }) => ({ status: 201, body: await session.register(ctx, body) }),
    login: async ({ body, request }) => ({
      status: 200,
      body: await session.login(ctx, { ...body, ...clientAddressOf(request) }),
    }),
    refresh: async ({ body }) => ({ status: 200, body: await session.refresh(ctx, body.refreshToken) }),
    logout: async ({ caller }) => {
      await session.endSession(ctx, caller.session, caller.session.sessionId);
      return { status: 204 };
    },
    stepUp: async ({ caller, body }) => ({
      status: 200,
      body: await session.stepUp(ctx, caller.session, body.password),
    }),
    listSessions: forward(ctx.social.listSessions),
    endSession: async ({ caller, path }) => {
      await session.endSession(ctx, caller.session, path.sessionId);
      return { status: 204 };
    },
  };
}
