import type { components } from '#openapi/flagship';
import type { ConnectionRow } from '../services/connections.ts';
import { healthOf, statusOf } from './connection-health.ts';

type Schemas = components['schemas'];

export function presentConnection(connection: ConnectionRow, now: Date, syncEveryMs: number): Schemas['Connection'] {
  return {
    id: connection.id,
    institutionId: connection.institutionId,
    institutionName: connection.institutionName,
    status: statusOf(connection, now),
    health: healthOf(connection, now, syncEveryMs),
    consentExpiresAt: connection.consentExpiresAt?.toISOString() ?? null,
    createdAt: connection.createdAt.toISOString(),
  };
}
