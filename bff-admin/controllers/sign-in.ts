import type { Request } from 'express';
import type { Context } from '../context.ts';
import type { AzureAd } from '../middleware/azure-ad.ts';
import { endStaffSession, startStaffSession } from '../middleware/staff-session.ts';
import type { AdminHandlers } from '../routes/handlers.ts';
import type { StaffCaller } from '../helpers/staff-caller.ts';
import { recordSignIn, recordSignOut } from '../services/sign-in.ts';

export interface SignInNeeds {
  azureAd: AzureAd;
  portalUrl: string;
  clientId: string;
}

type SignInOperations = 'signIn' | 'completeSignIn' | 'signOut' | 'getMe';

export function signInControllers(
  ctx: Pick<Context, 'db' | 'clock'>,
  needs: SignInNeeds,
): Pick<AdminHandlers, SignInOperations> {
  const { azureAd, clientId } = needs;
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
  await recordSignOut(ctx, caller);
  await endStaffSession(request);
  return azureAd.signOutUrl(`${portalUrl}/`) ?? '/';
}
