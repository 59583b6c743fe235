import { createHash, randomUUID } from 'node:crypto';
import { Router } from 'express';
import type { Request } from 'express';
import { misbehave } from '../faults.ts';
import { daemonTokens, personTokens, readToken } from '../tokens.ts';
import { findClient, findStaff } from '../tenant.ts';
import type { Client, Tenant } from '../tenant.ts';
import type { CodeGrant } from './authorize.ts';

type Form = Record<string, string | undefined>;

class Refusal extends Error {
  readonly status: number;
  readonly error: string;

  constructor(status: number, error: string, description: string) {
    super(description);
    this.status = status;
    this.error = error;
  }
}

/** The token endpoint: authorization_code (with PKCE), refresh_token and client_credentials, all with a client secret. */
export function tokenRoutes(tenant: Tenant, codes: Map<string, CodeGrant>): Router {
  const router = Router();
  router.post('/oauth2/v2.0/token', misbehave(tenant, 'token'), async (req, res) => {
    const form = (req.body ?? {}) as Form;
    res.set('Cache-Control', 'no-store');
    try {
      res.json(await answerGrant(tenant, codes, authenticateClient(tenant, req, form), form));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      res.status(error.status).json({ error: error.error, error_description: error.message, trace_id: randomUUID() });
    }
  });
  return router;
}

function authenticateClient(tenant: Tenant, req: Request, form: Form): Client {
  const basic = /^Basic (.+)$/.exec(req.headers.authorization ?? '')?.[1];
  const [id, secret] = basic
    ? Buffer.from(basic, 'base64').toString().split(':').map(decodeURIComponent)
    : [form.client_id, form.client_secret];
  const client = findClient(tenant, id);
  if (client?.secret !== secret || !client) {
    throw new Refusal(401, 'invalid_client', 'AADSTS7000215: invalid client secret provided.');
  }
  return client;
}

async function answerGrant(tenant: Tenant, codes: Map<string, CodeGrant>, client: Client, form: Form): Promise<object> {
  switch (form.grant_type) {
    case 'authorization_code':
      return personTokens(tenant, redeemCode(codes, client, form));
    case 'refresh_token':
      return personTokens(tenant, await redeemRefreshToken(tenant, client, form));
    case 'client_credentials':
      return daemonTokens(tenant, client, daemonAudience(form));
    default:
      throw new Refusal(400, 'unsupported_grant_type', 'AADSTS70003: unsupported grant type.');
  }
}

function redeemCode(codes: Map<string, CodeGrant>, client: Client, form: Form): CodeGrant {
  const code = form.code ?? '';
  const grant = codes.get(code);
  codes.delete(code);
  const challenge = createHash('sha256')
    .update(form.code_verifier ?? '')
    .digest('base64url');
  const fits =
    grant?.client === client &&
    grant.redirectUri === form.redirect_uri &&
    grant.expiresAt > Date.now() &&
    (grant.challenge === undefined || grant.challenge === challenge);
  if (!fits) throw new Refusal(400, 'invalid_grant', 'AADSTS70008: the code is used, expired or not for this request.');
  return grant;
}

async function redeemRefreshToken(tenant: Tenant, client: Client, form: Form) {
  const claims = await readToken(tenant, form.refresh_token, 'refresh');
  const member = findStaff(tenant, claims?.email);
  if (!member?.enabled || claims?.client !== client.id) {
    throw new Refusal(400, 'invalid_grant', 'AADSTS700082: the refresh token is not valid any more.');
  }
  return { client, member, scope: String(claims.scope), sid: String(claims.sid) };
}

function daemonAudience(form: Form): string {
  const audience = /^api:\/\/([^/]+)\/\.default$/.exec(form.scope ?? '')?.[1];
  if (!audience) throw new Refusal(400, 'invalid_scope', 'AADSTS1002012: the scope must end in /.default.');
  return audience;
}
