import type { Request } from 'express';
import type { Context } from '../context.ts';
import { foreignIssuer } from '../errors.ts';
import type { AzureAd } from '../middleware/azure-ad.ts';
import { endStaffSession, startStaffSession } from '../middleware/staff-session.ts';
import type { AdminHandlers } from '../routes/handlers.ts';
import type { StaffCaller } from '../helpers/staff-caller.ts';
import { frontChannelSignOut, recordSignIn } from '../services/sign-in.ts';

export interface SignInNeeds {
  azureAd: AzureAd;
  /** Azure AD's origin, whose sign-out page frames our answer to it. */
  authority: string;
  portalUrl: string;
  clientId: string;
}

type SignInOperations = 'signIn' | 'completeSignIn' | 'signOut' | 'frontChannelSignOut' | 'getMe';

export function signInControllers(
  ctx: Pick<Context, 'db' | 'clock'>,
  needs: SignInNeeds,
): Pick<AdminHandlers, SignInOperations> {
  const { azureAd, authority, clientId } = needs;
  return {
    signIn: async ({ query: { returnTo = '/' }, request }) => {
      const location = await azureAd.beginSignIn(request.session);
      request.session.returnTo = returnTo;
      return { status: 302, headers: { Location: location } };
    },
    completeSignIn: async ({ query: { code, state, error }, request }) => {
      const { returnTo = '/' } = request.session;
      const signedIn = await azureAd.completeSignIn(request.session, { code, state, error });
      await recordSignIn(ctx, { ...signedIn.identity, appId: clientId });
      await startStaffSession(ctx, request, signedIn);
      return { status: 302, headers: { Location: returnTo } };
    },
    signOut: async ({ caller, request }) => ({
      status: 303,
      headers: { Location: await signOut(ctx, needs, request, caller) },
    }),
    frontChannelSignOut: async ({ query: { iss, sid } }) => {
      if (!azureAd.isIssuer(iss)) throw foreignIssuer();
      await frontChannelSignOut(ctx, { azureSid: sid, clientId });
      return { status: 200, body: { signedOut: true }, headers: framedBy(authority) };
    },
    getMe: ({ caller: { name, oid, tid, roles, csrfToken } }) => ({
      status: 200,
      body: { name, oid, tid, roles, csrfToken },
    }),
  };
}

/** Ends the session; gives the address where Azure AD ends it too, or the portal's own page while it is not known. */
export async function signOut(
  ctx: Pick<Context, 'db'>,
  { azureAd, portalUrl }: SignInNeeds,
  request: Request,
  caller: StaffCaller,
): Promise<string> {
  await endStaffSession(ctx, request, { staff: caller, by: 'person' });
  return azureAd.signOutUrl(`${portalUrl}/`) ?? '/';
}

/** An answer that one other site may show in a frame, and that is asked for anew each time. */
function framedBy(site: string): Record<string, string> {
  const policy = `default-src 'none'; frame-ancestors ${new URL(site).origin}`;
  return { 'Content-Security-Policy': policy, 'Cache-Control': 'no-cache, no-store' };
}
