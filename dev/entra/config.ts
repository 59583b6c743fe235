import { list, optional, port, readEnv, text, url, withDefault } from '#platform/env';
import type { Client } from './tenant.ts';

export type EntraConfig = { port: number; dataDir: string; tenantId: string; clients: Client[] };

/** Reads the stand-in's configuration; lists are comma-separated. */
export function readConfig(env: NodeJS.ProcessEnv): EntraConfig {
  const read = readEnv(env, {
    PORT: withDefault(port(), 4200),
    DATA_DIR: text(),
    TENANT_ID: text(),
    PORTAL_CLIENT_ID: text(),
    PORTAL_CLIENT_SECRET: text(),
    PORTAL_REDIRECT_URIS: list(),
    PORTAL_LOGOUT_URIS: list(),
    PORTAL_FRONT_CHANNEL_LOGOUT_URI: optional(url()),
    SCRIPT_CLIENT_ID: text(),
    SCRIPT_CLIENT_SECRET: text(),
    SCRIPT_ROLES: withDefault(list(), ['Admin', 'Auditor', 'FinanceOps']),
  });
  return {
    port: read.PORT,
    dataDir: read.DATA_DIR,
    tenantId: read.TENANT_ID,
    clients: [
      {
        id: read.PORTAL_CLIENT_ID,
        secret: read.PORTAL_CLIENT_SECRET,
        oid: 'a11ce000-0000-4000-8000-0000000000f1',
        name: 'CLYNC portal',
        redirectUris: read.PORTAL_REDIRECT_URIS,
        logoutUris: read.PORTAL_LOGOUT_URIS,
        frontChannelLogoutUri: read.PORTAL_FRONT_CHANNEL_LOGOUT_URI,
        roles: [],
      },
      {
        id: read.SCRIPT_CLIENT_ID,
        secret: read.SCRIPT_CLIENT_SECRET,
        oid: 'a11ce000-0000-4000-8000-0000000000f2',
        name: 'CLYNC scripts',
        redirectUris: [],
        logoutUris: [],
        roles: read.SCRIPT_ROLES,
      },
    ],
  };
}
