import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { Request } from 'express';
import type { Session, SessionData } from 'express-session';
import type { Context } from '../context.ts';
import type { StaffIdentity } from '../helpers/staff-caller.ts';
import type { AzureAd, SignedIn } from './azure-ad.ts';
import { isProblem } from '../helpers/is-problem.ts';
import { updateSession } from '../services/session-store.ts';

const rolesLastMs = 4 * 60_000;
const askAgainMs = 30_000;

/** Starts a session under a new id, so that an id planted before signing in is worth nothing. */
export async function startStaffSession(
  ctx: Pick<Context, 'clock'>,
  request: Request,
  signedIn: SignedIn,
): Promise<void> {
  await promisify(request.session.regenerate.bind(request.session))();
  request.session.staff = signedIn.identity;
  request.session.refreshToken = signedIn.refreshToken;
  request.session.rolesCheckedAt = ctx.clock.now().getTime();
  request.session.csrfToken = randomBytes(32).toString('base64url');
}

export async function endStaffSession(request: Request): Promise<void> {
  await promisify(request.session.destroy.bind(request.session))();
}

/**
 * The signed-in person with the roles that Azure AD gives now: it is asked again when its word is 4 minutes old. While it
 * is not reachable its last word counts, and it is asked again half a minute later. Undefined when it no longer lets the
 * person in: the session is over.
 */
export async function confirmRoles(
  ctx: Pick<Context, 'db' | 'clock'>,
  azureAd: Pick<AzureAd, 'refresh'>,
  session: Session & Partial<SessionData>,
): Promise<StaffIdentity | undefined> {
  const now = ctx.clock.now().getTime();
  const { staff, refreshToken, rolesCheckedAt = 0 } = session;
  if (!staff || refreshToken === undefined || now - rolesCheckedAt < rolesLastMs) return staff;

  try {
    const refreshed = await azureAd.refresh(refreshToken);
    if (refreshed?.identity.oid !== staff.oid) {
      await promisify(session.destroy.bind(session))();
      return undefined;
    }
    const { identity, refreshToken: next } = refreshed;
    await updateSession(ctx.db, session.id, { staff: identity, refreshToken: next, rolesCheckedAt: now });
    return identity;
  } catch (error) {
    if (!isProblem(error, 'identity_provider_unavailable')) throw error;
    await updateSession(ctx.db, session.id, { rolesCheckedAt: now - rolesLastMs + askAgainMs });
    return staff;
  }
}
