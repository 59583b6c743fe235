import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { Request } from 'express';
import type { Session, SessionData } from 'express-session';
import type { Context } from '../context.ts';
import type { StaffIdentity } from '../helpers/staff-caller.ts';
import type { AzureAd, SignedIn } from './azure-ad.ts';
import { isProblem } from '../helpers/is-problem.ts';
import { updateSession } from '../services/session-store.ts';
import { endSession } from '../services/sign-in.ts';

const rolesLastMs = 4 * 60_000;
const askAgainMs = 30_000;
const lastWordMs = 60 * 60_000;

/** Starts a session under a new id, so that an id planted before signing in is worth nothing. */
export async function startStaffSession(
  ctx: Pick<Context, 'clock'>,
  request: Request,
  signedIn: SignedIn,
): Promise<void> {
  await promisify(request.session.regenerate.bind(request.session))();
  request.session.staff = signedIn.identity;
  request.session.refreshToken = signedIn.refreshToken;
  if (signedIn.azureSid !== undefined) request.session.azureSid = signedIn.azureSid;
  request.session.rolesCheckedAt = ctx.clock.now().getTime();
  request.session.csrfToken = randomBytes(32).toString('base64url');
}

/** Ends the session of this request, under its audit line. */
export async function endStaffSession(
  ctx: Pick<Context, 'db'>,
  request: Request,
  ended: Omit<Parameters<typeof endSession>[1], 'sid'>,
): Promise<void> {
  await endSession(ctx, { sid: request.sessionID, ...ended });
  await promisify(request.session.destroy.bind(request.session))();
}

/**
 * The signed-in person with the roles that Azure AD gives now: it is asked again when its word is 4 minutes old. While it
 * does not answer, its last word counts for an hour, and it is asked again every half minute. Undefined when it no longer
 * lets the person in, or cannot be asked about them: the session is over. @throws identity_provider_unavailable
 */
export async function confirmRoles(
  ctx: Pick<Context, 'db' | 'clock'>,
  azureAd: Pick<AzureAd, 'refresh'>,
  session: Session & Partial<SessionData>,
): Promise<StaffIdentity | undefined> {
  const now = ctx.clock.now().getTime();
  const { staff, refreshToken, rolesCheckedAt = 0, rolesAskedAt = 0 } = session;
  // A clock that was set back makes a word old too.
  const age = Math.abs(now - rolesCheckedAt);
  if (!staff || age < rolesLastMs) return staff;
  if (age < lastWordMs && Math.abs(now - rolesAskedAt) < askAgainMs) return staff;

  try {
    const refreshed = refreshToken === undefined ? undefined : await azureAd.refresh(refreshToken);
    if (refreshed?.identity.oid !== staff.oid) return undefined;
    const { identity, refreshToken: next } = refreshed;
    await updateSession(ctx.db, session.id, { staff: identity, refreshToken: next, rolesCheckedAt: now });
    return identity;
  } catch (error) {
    if (!isProblem(error, 'identity_provider_unavailable') || age >= lastWordMs) throw error;
    await updateSession(ctx.db, session.id, { rolesAskedAt: now });
    return staff;
  }
}
