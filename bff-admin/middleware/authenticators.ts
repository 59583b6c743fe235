import type { Request } from 'express';
import type { Authenticators } from '#platform/authenticate';
import { bearerToken } from '#platform/bearer';
import type { Config } from '../config.ts';
import type { Context } from '../context.ts';
import type { StaffCaller } from '../helpers/staff-caller.ts';
import { confirmRoles, endStaffSession } from './staff-session.ts';
import type { AzureAd } from './azure-ad.ts';
import { assertOwnRequest } from './own-request.ts';

interface Needs {
  config: Pick<Config, 'portalUrl' | 'azureAd'>;
  azureAd: AzureAd;
  ctx: Pick<Context, 'db' | 'clock'>;
}

/** The two ways to be somebody: an access token in the Authorization header, or the cookie of a session. */
export function createAuthenticators(needs: Needs): Authenticators<StaffCaller> {
  return {
    entraToken: (request) => findTokenCaller(request, needs),
    portalSession: async (request) => {
      // A request that brings credentials of its own is judged by them alone.
      if (request.headers.authorization !== undefined) return undefined;
      const caller = await findSessionCaller(request, needs);
      if (caller) assertOwnRequest(request, { portalUrl: needs.config.portalUrl, csrfToken: caller.csrfToken });
      return caller;
    },
  };
}

/** Whoever asks for a page, in either way. */
export function findCaller(request: Request, needs: Needs): Promise<StaffCaller | undefined> {
  return request.headers.authorization === undefined
    ? findSessionCaller(request, needs)
    : findTokenCaller(request, needs);
}

async function findTokenCaller(request: Request, { azureAd }: Needs): Promise<StaffCaller | undefined> {
  const token = bearerToken(request);
  return token === undefined ? undefined : { ...(await azureAd.checkAccessToken(token)), csrfToken: null };
}

/** Whoever is signed in with this browser, with the roles that they have now. */
export async function findSessionCaller(request: Request, { config, azureAd, ctx }: Needs) {
  const { staff, csrfToken } = request.session;
  if (!staff || csrfToken === undefined) return undefined;
  const appId = config.azureAd.clientId;
  const confirmed = await confirmRoles(ctx, azureAd, request.session);
  if (confirmed) return { ...confirmed, appId, isPerson: true, csrfToken };
  await endStaffSession(ctx, request, { staff: { ...staff, appId }, by: 'azure_ad' });
  return undefined;
}
