import { createHash, timingSafeEqual } from 'node:crypto';
import express from 'express';
import type { Express, Request } from 'express';
import { Problem } from '#platform/problem';
import type { ProblemCode } from '#platform/problem';
import { findActiveConsent } from './consents.ts';
import { newSecret } from './random.ts';
import type { TokenRecord } from './records.ts';
import type { Sandbox } from './sandbox.ts';

const accessSeconds = 1_800;
const refreshMs = 180 * 86_400_000;

/** `POST /oauth/token`: RFC 6749 with three grants, and PKCE (RFC 7636). */
export function mountTokenEndpoint(app: Express, sandbox: Sandbox): void {
  app.post('/oauth/token', express.urlencoded({ extended: false, limit: '16kb' }), (request, response) => {
    assertClient(sandbox, request);
    const form = (request.body ?? {}) as Record<string, unknown>;
    response.set('Cache-Control', 'no-store').json(grant(sandbox, form));
  });
}

function grant(sandbox: Sandbox, form: Record<string, unknown>) {
  const field = (name: string) => (typeof form[name] === 'string' ? form[name] : '');
  switch (field('grant_type')) {
    case 'client_credentials':
      return presentToken(issue(sandbox, 'client', null));
    case 'authorization_code': {
      const consentId = redeemCode(sandbox, field('code'), field('code_verifier'), field('redirect_uri'));
      return {
        ...presentToken(issue(sandbox, 'access', consentId)),
        refresh_token: issue(sandbox, 'refresh', consentId),
      };
    }
    case 'refresh_token': {
      const token = sandbox.store.get('token', field('refresh_token'));
      if (token?.kind !== 'refresh' || token.expiresAt <= sandbox.clock.now()) throw oauthProblem('invalid_grant');
      return presentToken(issue(sandbox, 'access', findActiveConsent(sandbox, token.consentId ?? '').id));
    }
    default:
      throw new Problem('invalid_request', 'grant_type is missing or not offered.', {
        extensions: { error: 'unsupported_grant_type' },
      });
  }
}

/** A code is good once; whoever uses it again finds it spent. */
function redeemCode({ store, clock }: Sandbox, code: string, verifier: string, redirectUri: string): string {
  const record = store.get('code', code);
  const consent = store.get('consent', record?.consentId ?? '');
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  if (!record || !consent || record.used || record.expiresAt <= clock.now()) throw oauthProblem('invalid_grant');
  store.put('code', code, { ...record, used: true });
  if (challenge !== record.codeChallenge || redirectUri !== record.redirectUri) throw oauthProblem('invalid_grant');
  return consent.id;
}

function issue({ store, clock }: Sandbox, kind: TokenRecord['kind'], consentId: string | null): string {
  const prefixes = { client: 'ct', access: 'at', refresh: 'rt' };
  const token = newSecret(prefixes[kind]);
  const lifeMs = kind === 'refresh' ? refreshMs : accessSeconds * 1000;
  store.put('token', token, { kind, consentId, expiresAt: clock.now() + lifeMs });
  return token;
}

function presentToken(token: string) {
  return { access_token: token, token_type: 'Bearer', expires_in: accessSeconds };
}

function assertClient({ config }: Sandbox, request: Request): void {
  const [scheme = '', credentials = ''] = (request.headers.authorization ?? '').split(' ');
  const sent = createHash('sha256').update(Buffer.from(credentials, 'base64')).digest();
  const right = createHash('sha256').update(`${config.clientId}:${config.clientSecret}`).digest();
  if (scheme.toLowerCase() !== 'basic' || !timingSafeEqual(sent, right)) throw oauthProblem('invalid_client');
}

function oauthProblem(code: ProblemCode & ('invalid_grant' | 'invalid_client')): Problem {
  return new Problem(code, undefined, { extensions: { error: code } });
}
