import { createHash, randomBytes } from 'node:crypto';
import type { SessionData } from 'express-session';
import type { Clock } from '#platform/clock';
import type { AzureAdConfig } from '../config.ts';
import { identityProviderUnavailable, signInFailed, unauthenticated } from '../errors.ts';
import { isProblem } from '../helpers/is-problem.ts';
import type { StaffCaller, StaffIdentity } from '../helpers/staff-caller.ts';
import { readKeyId } from '../validation/token-header.ts';
import { readAccessClaims, readIdClaims } from '../validation/token-claims.ts';
import type { Claims } from '../validation/token-claims.ts';
import type { IdentityProvider } from './identity-provider.ts';
import { createStrategies, scopes } from './passport-azure-ad.ts';

/** What a completed sign-in, or a refresh of one, gives. */
export interface SignedIn {
  identity: StaffIdentity;
  /** Azure AD's id of the session there, by which it tells of a sign-out; it comes with an optional claim. */
  azureSid?: string;
  /** Kept on the server, to ask later whether the roles are still the same. */
  refreshToken: string | undefined;
}

type LoginSession = Partial<SessionData>;

export interface AzureAd {
  /** Begins a sign-in in this session and gives the address of Azure AD's page. */
  beginSignIn(session: LoginSession): Promise<string>;
  /** Redeems what Azure AD sent back with. @throws sign_in_failed, identity_provider_unavailable */
  completeSignIn(session: LoginSession, query: Record<string, string | undefined>): Promise<SignedIn>;
  /** The holder of an access token. @throws unauthenticated, identity_provider_unavailable */
  checkAccessToken(token: string): Promise<Omit<StaffCaller, 'csrfToken'>>;
  /** The identity as Azure AD sees it now, asked once for all who wait; undefined when it no longer lets this person in. */
  refresh(refreshToken: string): Promise<SignedIn | undefined>;
  /** Whether an issuer is the tenant of the portal. */
  isIssuer(issuer: string): boolean;
  /** Azure AD's sign-out page, which returns to `returnTo`; undefined while Azure AD has never been reached. */
  signOutUrl(returnTo: string): string | undefined;
}

/** With these Azure AD wants the person themselves again; any other failure of a refresh is no word about them. */
const signedOutErrors = new Set(['invalid_grant', 'interaction_required', 'login_required', 'consent_required']);

interface Options {
  config: AzureAdConfig;
  redirectUrl: string;
  provider: IdentityProvider;
  clock: Clock;
}

export function createAzureAd({ config, redirectUrl, provider, clock }: Options): AzureAd {
  const run = createStrategies(config, redirectUrl, provider);
  const issuer = `${config.authority}/${config.tenantId}/v2.0`;

  function expected() {
    const { tenantId, clientId, scriptClientIds, tokenMaxAgeMinutes: maxAgeMinutes, appsMayApprove } = config;
    const callers = [clientId, ...scriptClientIds];
    return { issuer, tenantId, clientId, callers, maxAgeMinutes, appsMayApprove, now: clock.now() };
  }

  async function verify(token: string): Promise<Claims> {
    await provider.metadataWithKey(readKeyId(token));
    const outcome = await run('oauth-bearer', { headers: { authorization: `Bearer ${token}` }, query: {} });
    if (!('user' in outcome)) throw unauthenticated('The token is not valid.');
    return outcome.user as Claims;
  }

  const readIdToken = async (token: string) => readIdClaims(await verify(token), expected());
  const refresh = createRefresh(config, provider, readIdToken);

  return {
    async beginSignIn(session) {
      await provider.metadata();
      session.codeVerifier ??= randomBytes(32).toString('base64url');
      const challenge = createHash('sha256').update(session.codeVerifier).digest('base64url');
      const outcome = await run(
        'azuread-openidconnect',
        { headers: {}, query: {}, session },
        { extraAuthReqQueryParams: { code_challenge: challenge, code_challenge_method: 'S256' } },
      );
      if (!('location' in outcome)) throw signInFailed('The sign-in could not be started.');
      return outcome.location;
    },
    async completeSignIn(session, { code, state, error }) {
      await provider.metadata();
      const outcome = await run(
        'azuread-openidconnect',
        { headers: {}, query: { code, state, error }, session },
        { extraTokenReqQueryParams: { code_verifier: session.codeVerifier ?? '' } },
      );
      // A request without code and error is taken for a new sign-in, and answered with Azure AD's page.
      if (!('user' in outcome)) throw signInFailed('Azure AD sent no valid answer to a sign-in begun here.');
      const { claims, refreshToken } = outcome.user as { claims: Claims; refreshToken?: string };
      return { ...readIdClaims(claims, expected()), refreshToken };
    },
    async checkAccessToken(token) {
      return readAccessClaims(await verify(token), expected());
    },
    refresh,
    isIssuer: (candidate) => candidate === issuer,
    signOutUrl(returnTo) {
      const endpoint = provider.lastKnown()?.endSessionEndpoint;
      return endpoint && `${endpoint}?${new URLSearchParams({ post_logout_redirect_uri: returnTo }).toString()}`;
    },
  };
}

/** Asks Azure AD about a person again. */
function createRefresh(
  { clientId, clientSecret }: AzureAdConfig,
  provider: IdentityProvider,
  readIdToken: (token: string) => Promise<ReturnType<typeof readIdClaims>>,
): AzureAd['refresh'] {
  const underWay = new Map<string, Promise<SignedIn | undefined>>();

  async function ask(refreshToken: string): Promise<SignedIn | undefined> {
    const { status, body } = await provider.postToken({
      grant_type: 'refresh_token',
      client_id: clientId,
      client_secret: clientSecret,
      refresh_token: refreshToken,
      scope: scopes(clientId).join(' '),
    });
    if (status === 400 && signedOutErrors.has(String(body['error']))) return undefined;
    if (status !== 200 || typeof body['id_token'] !== 'string') throw identityProviderUnavailable();
    const next = body['refresh_token'];
    return { ...(await read(body['id_token'])), refreshToken: typeof next === 'string' ? next : refreshToken };
  }

  /** A token that cannot be believed, by a wrong clock at Azure AD say, is no word about the person either. */
  async function read(idToken: string) {
    try {
      return await readIdToken(idToken);
    } catch (error) {
      throw isProblem(error, 'unauthenticated') ? identityProviderUnavailable(error) : error;
    }
  }

  return (refreshToken) => {
    const asked = underWay.get(refreshToken) ?? ask(refreshToken).finally(() => underWay.delete(refreshToken));
    underWay.set(refreshToken, asked);
    return asked;
  };
}
