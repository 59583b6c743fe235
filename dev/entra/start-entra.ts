import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import express from 'express';
import { serverCertificate } from './certificate.ts';
import type { EntraConfig } from './config.ts';
import { noFaults } from './faults.ts';
import type { Faults, RequestCounts } from './faults.ts';
import { authorizeRoutes } from './routes/authorize.ts';
import type { CodeGrant } from './routes/authorize.ts';
import { controlRoutes } from './routes/control.ts';
import { discoveryRoutes } from './routes/discovery.ts';
import { tokenRoutes } from './routes/token.ts';
import { loadSigningKeys } from './signing-keys.ts';
import type { SigningKeys } from './signing-keys.ts';
import { seededStaff } from './staff.ts';
import type { StaffMember } from './staff.ts';
import { signToken } from './tokens.ts';
import { issuerOf, tenantUrl } from './tenant.ts';
import type { Claims, Tenant } from './tenant.ts';

/** A running stand-in, with what tests reach for beside HTTP. */
export type Entra = {
  origin: string;
  issuer: string;
  metadataUrl: string;
  tokenUrl: string;
  /** The authority's certificate, as text and as the file that NODE_EXTRA_CA_CERTS takes. */
  ca: string;
  caFile: string;
  staff: StaffMember[];
  faults: Faults;
  requests: RequestCounts;
  keys: SigningKeys;
  /** Signs any claims with the tenant's key: for the tokens that must be refused. */
  sign(claims: Claims): Promise<string>;
  stop(): Promise<void>;
};

/** Starts the stand-in for Azure AD (Entra ID v2.0) on `https://localhost:{port}`; port 0 takes a free one. */
export async function startEntra(config: EntraConfig): Promise<Entra> {
  const certificate = await serverCertificate(config.dataDir);
  const tenant: Tenant = {
    id: config.tenantId,
    origin: '',
    clients: config.clients,
    staff: seededStaff(),
    keys: await loadSigningKeys(config.dataDir),
    faults: noFaults(),
    requests: { metadata: 0, keys: 0, token: 0 },
  };
  const server = createServer({ key: certificate.key, cert: certificate.cert }, createApp(tenant));
  tenant.origin = `https://localhost:${String(await listen(server, config.port))}`;
  return {
    origin: tenant.origin,
    issuer: issuerOf(tenant),
    metadataUrl: tenantUrl(tenant, '/v2.0/.well-known/openid-configuration'),
    tokenUrl: tenantUrl(tenant, '/oauth2/v2.0/token'),
    ca: certificate.ca,
    caFile: path.resolve(config.dataDir, 'ca.pem'),
    staff: tenant.staff,
    faults: tenant.faults,
    requests: tenant.requests,
    keys: tenant.keys,
    sign: (claims) => signToken(tenant, claims),
    stop: () => stop(server),
  };
}

function createApp(tenant: Tenant): express.Express {
  const codes = new Map<string, CodeGrant>();
  const app = express();
  app.disable('x-powered-by');
  app.use(express.urlencoded({ extended: false }));
  app.get('/livez', (_req, res) => {
    res.json({ status: 'ok' });
  });
  app.use('/control', controlRoutes(tenant));
  app.use(`/${tenant.id}`, discoveryRoutes(tenant), authorizeRoutes(tenant, codes), tokenRoutes(tenant, codes));
  return app;
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, resolve);
  });
  return (server.address() as AddressInfo).port;
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
  });
}
