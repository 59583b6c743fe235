import { randomUUID } from 'node:crypto';
import { Router } from 'express';
import type { Request, Response } from 'express';
import { formPostPage, messagePage, signedOutPage, signInPage } from '../page.ts';
import { readToken, signToken } from '../tokens.ts';
import { findClient, findStaff, issuerOf, tenantUrl } from '../tenant.ts';
import type { Client, Tenant } from '../tenant.ts';
import type { StaffMember } from '../staff.ts';

/** What the token endpoint needs to know about a code. Each is used once and lives ten minutes. */
export type CodeGrant = {
  client: Client;
  member: StaffMember;
  scope: string;
  sid: string;
  nonce: string | undefined;
  redirectUri: string;
  challenge: string | undefined;
  expiresAt: number;
};

const CODE_LIFETIME_MS = 600_000;
const SIGN_ON_COOKIE = 'entra-sign-on';

type Params = Record<string, string>;

/**
 * The authorization endpoint with its sign-in page, and sign-out. Whoever signed in here stays signed on (a cookie), which
 * `prompt=none` asks for; else the page is always shown, because in development one changes who one is.
 */
export function authorizeRoutes(tenant: Tenant, codes: Map<string, CodeGrant>): Router {
  const router = Router();

  router.get('/oauth2/v2.0/authorize', async (req, res) => {
    const params = readParams(req);
    const client = findClient(tenant, params.client_id);
    if (!client || !params.redirect_uri || !client.redirectUris.includes(params.redirect_uri)) {
      res.status(400).send(messagePage('Sign-in failed', 'AADSTS50011: unknown client_id or redirect_uri.'));
      return;
    }
    if (params.response_type !== 'code') {
      answer(res, params, { error: 'unsupported_response_type' });
      return;
    }
    const signedOn = await readSignOn(tenant, req);
    const member = params.prompt === 'none' ? signedOn?.member : findStaff(tenant, params.login_hint);
    if (!member) {
      if (params.prompt === 'none') answer(res, params, { error: 'login_required' });
      else
        res.send(
          signInPage(tenantUrl(tenant, '/oauth2/v2.0/authorize'), { ...tenant, signedOn: signedOn?.member }, params),
        );
      return;
    }
    if (!member.enabled) {
      answer(res, params, { error: 'access_denied', error_description: 'AADSTS50057: the account is disabled.' });
      return;
    }
    const sid = signedOn?.member === member ? signedOn.sid : randomUUID();
    await rememberSignOn(tenant, res, member, sid);
    const code = randomUUID();
    codes.set(code, {
      client,
      member,
      sid,
      scope: params.scope ?? 'openid',
      nonce: params.nonce,
      redirectUri: params.redirect_uri,
      challenge: params.code_challenge,
      expiresAt: Date.now() + CODE_LIFETIME_MS,
    });
    answer(res, params, { code, session_state: sid });
  });

  router.get('/oauth2/v2.0/logout', async (req, res) => {
    const signedOn = await readSignOn(tenant, req);
    res.clearCookie(SIGN_ON_COOKIE, { path: '/', httpOnly: true, secure: true, sameSite: 'none' });
    const target = readParams(req).post_logout_redirect_uri;
    const known = tenant.clients.some((client) => target !== undefined && client.logoutUris.includes(target));
    if (target !== undefined && known) res.redirect(target);
    else res.send(signedOutPage(frontChannelUrls(tenant, signedOn?.sid)));
  });

  return router;
}

/** Where the clients hear of a sign-out. The one that asked for it, by naming where to return to, has ended its own session. */
function frontChannelUrls(tenant: Tenant, sid: string | undefined): string[] {
  if (sid === undefined) return [];
  const query = new URLSearchParams({ iss: issuerOf(tenant), sid }).toString();
  return tenant.clients.flatMap(({ frontChannelLogoutUri: uri }) => (uri === undefined ? [] : [`${uri}?${query}`]));
}

function answer(res: Response, params: Params, outcome: Params): void {
  const target = params.redirect_uri ?? '';
  const fields = { ...outcome, ...(params.state !== undefined && { state: params.state }) };
  if (params.response_mode === 'form_post') {
    res.send(formPostPage(target, fields));
    return;
  }
  const url = new URL(target);
  for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, value);
  res.redirect(url.href);
}

function readParams(req: Request): Params {
  const pairs = Object.entries(req.query).filter((pair): pair is [string, string] => typeof pair[1] === 'string');
  return Object.fromEntries(pairs);
}

async function rememberSignOn(tenant: Tenant, res: Response, member: StaffMember, sid: string): Promise<void> {
  const value = await signToken(tenant, { aud: 'sign-on', email: member.email, sid });
  res.cookie(SIGN_ON_COOKIE, value, { path: '/', httpOnly: true, secure: true, sameSite: 'none' });
}

async function readSignOn(tenant: Tenant, req: Request): Promise<{ member: StaffMember; sid: string } | undefined> {
  const cookie = new RegExp(`(?:^|; )${SIGN_ON_COOKIE}=([^;]+)`).exec(req.headers.cookie ?? '')?.[1];
  const claims = await readToken(tenant, cookie, 'sign-on');
  const member = findStaff(tenant, claims?.email);
  return member && typeof claims?.sid === 'string' ? { member, sid: claims.sid } : undefined;
}
