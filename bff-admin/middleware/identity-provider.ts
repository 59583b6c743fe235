/**
 * CLYNC's own supplier of Azure AD's metadata and signing keys. Every call has a deadline, an answer counts only when it is
 * JSON of the expected shape, and the last good one is kept: whoever can be recognised without Azure AD is.
 */
import { Agent, request } from 'undici';
import type { Clock } from '#platform/clock';
import type { Logger } from '#platform/logger';
import type { AzureAdConfig } from '../config.ts';
import { identityProviderUnavailable, unauthenticated } from '../errors.ts';

export interface SigningKey {
  kid: string;
  /** Modulus and exponent of the RSA key, base64url. */
  n: string;
  e: string;
}

/** Metadata and keys that were good together. */
export interface Metadata {
  issuer: string;
  authorizationEndpoint: string;
  tokenEndpoint: string;
  endSessionEndpoint: string;
  keys: SigningKey[];
}

export interface TokenAnswer {
  status: number;
  body: Record<string, unknown>;
}

export interface IdentityProvider {
  /** What is known, loading it when nothing is. @throws identity_provider_unavailable within 3 s. */
  metadata(): Promise<Metadata>;
  /** The same, and the key is among it: an unknown `kid` has the keys read again, at most every 5 s. */
  metadataWithKey(kid: string): Promise<Metadata>;
  /** The last good metadata, without asking anyone. */
  lastKnown(): Metadata | undefined;
  /** Posts a form to the token endpoint. @throws identity_provider_unavailable when no JSON comes back in time. */
  postToken(form: Record<string, string>): Promise<TokenAnswer>;
  close(): Promise<void>;
}

const deadlineMs = 2_000;
/** Between two loads that an unknown key or a failure may cause, once something is known. */
const pauseMs = 5_000;
const freshMs = 10 * 60_000;

interface Options {
  config: Pick<AzureAdConfig, 'authority' | 'tenantId' | 'ca'>;
  clock: Clock;
  log: Logger;
}

export function createIdentityProvider({ config, clock, log }: Options): IdentityProvider {
  const agent = new Agent({ connect: { timeout: deadlineMs, ...(config.ca !== undefined && { ca: config.ca }) } });
  const issuer = `${config.authority}/${config.tenantId}/v2.0`;
  const now = () => clock.now().getTime();
  let known: Metadata | undefined;
  let loadedAt = -Infinity;
  let attemptedAt = -Infinity;
  let lastAttemptFailed = false;
  let loading: Promise<void> | undefined;

  /** Loads once for all who wait. Leaves what is known as it is when anything about the answer is wrong. */
  function load(): Promise<void> {
    loading ??= readMetadata(agent, issuer)
      .then((loaded) => {
        known = loaded;
        loadedAt = now();
        lastAttemptFailed = false;
      })
      .catch((error: unknown) => {
        lastAttemptFailed = true;
        log.warn({ err: error }, 'the metadata of Azure AD could not be read');
      })
      .finally(() => {
        attemptedAt = now();
        loading = undefined;
      });
    return loading;
  }

  /** A clock that was set back counts as a pause too. */
  function mayAttempt(): boolean {
    return Math.abs(now() - attemptedAt) > pauseMs;
  }

  async function metadata(): Promise<Metadata> {
    if (known === undefined) await load();
    if (known === undefined) throw identityProviderUnavailable();
    if (now() - loadedAt > freshMs && mayAttempt()) void load();
    return known;
  }

  async function metadataWithKey(kid: string): Promise<Metadata> {
    const found = await metadata();
    if (hasKey(found, kid)) return found;
    if (loading !== undefined || mayAttempt()) await load();
    const reloaded = await metadata();
    if (hasKey(reloaded, kid)) return reloaded;
    if (lastAttemptFailed) throw identityProviderUnavailable();
    throw unauthenticated('The token is signed with a key that Azure AD does not publish.');
  }

  return {
    metadata,
    metadataWithKey,
    lastKnown: () => known,
    async postToken(form) {
      const { tokenEndpoint } = await metadata();
      try {
        return await postForm(agent, tokenEndpoint, form);
      } catch (error) {
        throw identityProviderUnavailable(error);
      }
    },
    close: () => agent.destroy(),
  };
}

function hasKey({ keys }: Metadata, kid: string): boolean {
  return keys.some((key) => key.kid === kid);
}

async function readMetadata(agent: Agent, issuer: string): Promise<Metadata> {
  const signal = AbortSignal.timeout(deadlineMs);
  const document = await getJson(agent, `${issuer}/.well-known/openid-configuration`, signal);
  if (document['issuer'] !== issuer) throw new Error('the metadata names another issuer');
  const { keys } = await getJson(agent, httpsUrl(document, 'jwks_uri'), signal);
  const usable = Array.isArray(keys) ? keys.filter(isSigningKey) : [];
  if (usable.length === 0) throw new Error('the key set holds no RSA key');
  return {
    issuer,
    authorizationEndpoint: httpsUrl(document, 'authorization_endpoint'),
    tokenEndpoint: httpsUrl(document, 'token_endpoint'),
    endSessionEndpoint: httpsUrl(document, 'end_session_endpoint'),
    keys: usable,
  };
}

async function getJson(dispatcher: Agent, url: string, signal: AbortSignal): Promise<Record<string, unknown>> {
  const { statusCode, body } = await request(url, { dispatcher, signal });
  const text = await body.text();
  if (statusCode !== 200) throw new Error(`${url} answered ${String(statusCode)}`);
  return JSON.parse(text) as Record<string, unknown>;
}

async function postForm(dispatcher: Agent, url: string, form: Record<string, string>): Promise<TokenAnswer> {
  const { statusCode, body } = await request(url, {
    dispatcher,
    method: 'POST',
    signal: AbortSignal.timeout(deadlineMs),
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams(form).toString(),
  });
  const text = await body.text();
  if (statusCode >= 500) throw new Error(`the token endpoint answered ${String(statusCode)}`);
  return { status: statusCode, body: JSON.parse(text) as Record<string, unknown> };
}

function httpsUrl(document: Record<string, unknown>, name: string): string {
  const value = document[name];
  if (typeof value !== 'string' || !value.startsWith('https://')) throw new Error(`${name} is not an https URL`);
  return value;
}

function isSigningKey(key: unknown): key is SigningKey {
  const { kty, kid, n, e, use = 'sig' } = (key ?? {}) as Record<string, unknown>;
  return kty === 'RSA' && use === 'sig' && [kid, n, e].every((part) => typeof part === 'string' && part !== '');
}
