import { Router } from 'express';
import { misbehave } from '../faults.ts';
import { issuerOf, tenantUrl } from '../tenant.ts';
import type { Tenant } from '../tenant.ts';

/** OpenID Connect discovery and the signing keys, under the paths that Entra ID v2.0 uses. */
export function discoveryRoutes(tenant: Tenant): Router {
  const router = Router();

  router.get('/v2.0/.well-known/openid-configuration', misbehave(tenant, 'metadata'), (_req, res) => {
    res.json({
      issuer: issuerOf(tenant),
      authorization_endpoint: tenantUrl(tenant, '/oauth2/v2.0/authorize'),
      token_endpoint: tenantUrl(tenant, '/oauth2/v2.0/token'),
      end_session_endpoint: tenantUrl(tenant, '/oauth2/v2.0/logout'),
      jwks_uri: tenantUrl(tenant, '/discovery/v2.0/keys'),
      response_types_supported: ['code'],
      response_modes_supported: ['query', 'form_post'],
      subject_types_supported: ['pairwise'],
      id_token_signing_alg_values_supported: ['RS256'],
      code_challenge_methods_supported: ['S256'],
      scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
      token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
    });
  });

  router.get('/discovery/v2.0/keys', misbehave(tenant, 'keys'), (_req, res) => {
    res.json({ keys: tenant.keys.published() });
  });

  return router;
}
