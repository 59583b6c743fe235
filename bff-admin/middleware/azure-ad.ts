import { createHash, randomBytes } from 'node:crypto';
import type { SessionData } from 'express-session';
import type { Clock } from '#platform/clock';
import type { AzureAdConfig } from '../config.ts';
import { identityProviderUnavailable, signInFailed, unauthenticated } from '../errors.ts';
import type { StaffIdentity } from '../helpers/staff-caller.ts';
import { readKeyId } from '../validation/token-header.ts';
import { readAccessClaims, readIdClaims } from '../validation/token-claims.ts';
import type { Claims } from '../validation/token-claims.ts';
import type { IdentityProvider } from './identity-provider.ts';
import { createStrategies, scopes } from './passport-azure-ad.ts';

/** What a completed sign-in, or a refresh of one, gives. */
export interface SignedIn {
  identity: StaffIdentity;
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
  checkAccessToken(token: string): Promise<StaffIdentity & { appId: string }>;
  /** The identity as Azure AD sees it now; undefined when it no longer lets this person in. */
  refresh(refreshToken: string): Promise<SignedIn | undefined>;
  /** Azure AD's sign-out page, which returns to `returnTo`; undefined while Azure AD has never been reached. */
  signOutUrl(returnTo: string): string | undefined;
}

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
    const { tenantId, clientId, scriptClientIds } = config;
    return { issuer, tenantId, clientId, callers: [clientId, ...scriptClientIds], now: clock.now() };
  }

  async function verify(token: string): Promise<Claims> {
    await provider.metadataWithKey(readKeyId(token));
    const outcome = await run('oauth-bearer', { headers: { authorization: `Bearer ${token}` }, query: {} });
    if (!('user' in outcome)) throw unauthenticated('The token is not valid.');
    return outcome.user as Claims;
  }

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
      return { identity: readIdClaims(claims, expected()), refreshToken };
    },
    async checkAccessToken(token) {
      return readAccessClaims(await verify(token), expected());
    },
    async refresh(refreshToken) {
      const { clientId, clientSecret } = config;
      const { status, body } = await provider.postToken({
        grant_type: 'refresh_token',
        client_id: clientId,
        client_secret: clientSecret,
        refresh_token: refreshToken,
        scope: scopes(clientId).join(' '),
      });
      if (status === 400 && body['error'] === 'invalid_grant') return undefined;
      if (status !== 200 || typeof body['id_token'] !== 'string') throw identityProviderUnavailable();
      const identity = readIdClaims(await verify(body['id_token']), expected());
      const next = body['refresh_token'];
      return { identity, refreshToken: typeof next === 'string' ? next : refreshToken };
    },
    signOutUrl(returnTo) {
      const endpoint = provider.lastKnown()?.endSessionEndpoint;
      return endpoint && `${endpoint}?${new URLSearchParams({ post_logout_redirect_uri: returnTo }).toString()}`;
    },
  };
}
