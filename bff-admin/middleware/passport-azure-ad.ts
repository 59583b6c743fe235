/**
 * The one file that knows passport-azure-ad: OIDCStrategy for browsers, BearerStrategy for scripts. By itself the library
 * fetches metadata without a deadline, keeps keys for half an hour, exits the process on an HTML answer and takes tokens
 * from bodies. So its own loading is replaced by our supplier, and it sees a request that holds only what it may use.
 */
import { randomUUID } from 'node:crypto';
import type { Request, Response } from 'express';
import { Passport } from 'passport';
import azureAd from 'passport-azure-ad';
import type { AzureAdConfig } from '../config.ts';
import { readKeyId } from '../validation/token-header.ts';
import type { IdentityProvider } from './identity-provider.ts';
import { suppliedMetadata } from './supplied-metadata.ts';

const { BearerStrategy, OIDCStrategy } = azureAd;

/** What the portal asks Azure AD for: who it is, its own API, and a refresh token to see roles change. */
export function scopes(clientId: string): string[] {
  return ['openid', 'profile', 'offline_access', `api://${clientId}/access_as_user`];
}

/** The two strategies, and a way to run them: by name, on a request that holds only what they may see. */
export function createStrategies(config: AzureAdConfig, redirectUrl: string, provider: IdentityProvider): RunStrategy {
  const { authority, tenantId, clientId, clientSecret } = config;
  const issuer = `${authority}/${tenantId}/v2.0`;
  const shared = {
    identityMetadata: `${issuer}/.well-known/openid-configuration`,
    clientID: clientId,
    issuer,
    validateIssuer: true,
    clockSkew: 60,
    loggingLevel: 'error' as const,
    loggingNoPII: true,
  };
  const bearer = new BearerStrategy(
    { ...shared, audience: [clientId, `api://${clientId}`] },
    (claims: object, done: (error: unknown, user?: unknown) => void) => {
      done(null, claims);
    },
  );
  const browser = new OIDCStrategy(
    {
      ...shared,
      clientSecret,
      redirectUrl,
      allowHttpForRedirectUrl: redirectUrl.startsWith('http://'),
      responseType: 'code',
      responseMode: 'query',
      scope: scopes(clientId),
      passReqToCallback: false,
    },
    // The library counts the parameters: eight of them are these.
    (
      _iss,
      _sub,
      _profile,
      claims: unknown,
      _access,
      refreshToken: string,
      _params,
      done: (e: unknown, user?: unknown) => void,
    ) => {
      done(null, { claims, refreshToken });
    },
  );
  supply(bearer, browser, provider);
  const passport = new Passport();
  passport.use(bearer);
  passport.use(browser);
  return (name, request, options = {}) => runStrategy(passport, name, request, options);
}

interface LibraryParams {
  metadata: unknown;
  cachekey: string;
}
type Next = (error?: unknown, value?: unknown) => void;
interface BearerInternals {
  loadMetadata(params: unknown, next: Next): void;
}
interface BrowserInternals {
  error(error: unknown): void;
  collectInfoFromReq: (
    this: BrowserInternals,
    params: LibraryParams,
    request: unknown,
    next: Next,
    response: unknown,
  ) => void;
  _getAccessTokenBySecretOrAssertion(code: string, oauth: Record<string, unknown>, next: Next, callback: Next): void;
}

/** Puts our supplier where the library would fetch by itself: metadata, keys, and the exchange of the code. */
function supply(bearer: object, browser: object, provider: IdentityProvider): void {
  const metadata = suppliedMetadata(provider);
  // The library caches metadata under this key for all strategies of the process; ours is always the same live object.
  const cachekey = randomUUID();

  (bearer as BearerInternals).loadMetadata = (_params, next) => {
    next(null, metadata);
  };
  const internals = browser as BrowserInternals;
  const collectInfo = internals.collectInfoFromReq;
  internals.collectInfoFromReq = function collect(params, request, next, response) {
    const withOurMetadata: Next = (error) => {
      Object.assign(params, { metadata, cachekey });
      next(error ?? null);
    };
    collectInfo.call(this, params, request, withOurMetadata, response);
  };
  internals._getAccessTokenBySecretOrAssertion = function redeem(code, oauth, _next, callback) {
    const form = {
      grant_type: 'authorization_code',
      code,
      client_id: String(oauth['clientID']),
      client_secret: String(oauth['clientSecret']),
      redirect_uri: String(oauth['redirectUrl']),
      scope: String(oauth['scope']),
      ...(oauth['extraTokenReqQueryParams'] as Record<string, string> | undefined),
    };
    redeemCode(provider, form).then(
      (tokens) => {
        if (tokens) callback(null, tokens);
        else callback(new Error('the code was refused'));
      },
      (error: unknown) => {
        this.error(error);
      },
    );
  };
}

/** The tokens for a code, once the key that signed them is at hand; undefined when the code is refused. */
async function redeemCode(
  provider: IdentityProvider,
  form: Record<string, string>,
): Promise<Record<string, unknown> | undefined> {
  const { status, body } = await provider.postToken(form);
  if (status !== 200 || typeof body['id_token'] !== 'string') return undefined;
  await provider.metadataWithKey(readKeyId(body['id_token']));
  return body;
}

export type Outcome = { user: unknown } | { location: string } | { refused: unknown };

export type RunStrategy = (name: string, request: StrategyRequest, options?: object) => Promise<Outcome>;

export interface StrategyRequest {
  headers: { authorization?: string };
  query: Record<string, string | undefined>;
  session?: object;
}

/** Runs a strategy outside of Express's chain, so that the caller decides what the browser is answered. */
function runStrategy(
  passport: InstanceType<typeof Passport>,
  name: string,
  request: StrategyRequest,
  options: object,
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    let location = '';
    const response = {
      statusCode: 200,
      setHeader(header: string, value: string) {
        if (header === 'Location') location = value;
      },
      end() {
        resolve({ location });
      },
    };
    const middleware = passport.authenticate(
      name,
      { ...options, session: false },
      (error: unknown, user: unknown, info: unknown) => {
        if (error) reject(error instanceof Error ? error : new Error('the strategy failed', { cause: error }));
        else resolve(user ? { user } : { refused: info });
      },
    ) as (request: Request, response: Response, next: (error: unknown) => void) => void;
    middleware(request as unknown as Request, response as unknown as Response, reject);
  });
}
