import type { RequestHandler } from 'express';
import session from 'express-session';
import type { Config } from '../config.ts';
import type { Context } from '../context.ts';
import type { StaffIdentity } from '../helpers/staff-caller.ts';
import { StaffSessionStore } from '../services/session-store.ts';

declare module 'express-session' {
  interface SessionData {
    /** Of a sign-in under way: the PKCE verifier, and where to go afterwards. */
    codeVerifier: string;
    returnTo: string;
    /** Of whoever is signed in. */
    staff: StaffIdentity;
    csrfToken: string;
    refreshToken: string | undefined;
    /** Azure AD's id of the session there. */
    azureSid: string;
    /** When Azure AD last confirmed the roles, and when it was last asked without an answer, in epoch milliseconds. */
    rolesCheckedAt: number;
    rolesAskedAt: number;
  }
}

/** Reads and keeps the portal's sessions. The cookie ends with the browser; the server's limits end the session. */
export function createSession(
  config: Pick<Config, 'portalUrl' | 'sessionSecrets'>,
  { db }: Pick<Context, 'db'>,
): RequestHandler {
  const secure = config.portalUrl.startsWith('https://');
  return session({
    store: new StaffSessionStore(db),
    secret: config.sessionSecrets,
    name: secure ? '__Host-clync-admin' : 'clync-admin',
    cookie: { httpOnly: true, sameSite: 'lax', secure, path: '/' },
    resave: false,
    saveUninitialized: false,
  });
}
