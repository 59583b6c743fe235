import type { components } from '#openapi/social';
import type { SessionRow } from '../services/sessions.ts';
import type { StaffSessionRow } from '../services/staff-sessions.ts';
import type { SignedIn } from '../services/start-session.ts';

type Schemas = components['schemas'];

export function presentSignedIn({ user, session }: SignedIn): Schemas['SignedIn'] {
  return { user, session: { ...session, expiresAt: session.expiresAt.toISOString() } };
}

export function presentSession({ id, deviceName, createdAt, lastUsedAt, expiresAt }: SessionRow): Schemas['Session'] {
  return {
    id,
    deviceName,
    createdAt: createdAt.toISOString(),
    lastUsedAt: lastUsedAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
  };
}

export function presentSessionForStaff(session: StaffSessionRow): Schemas['StaffSession'] {
  return { ...presentSession(session), endedAt: session.endedAt?.toISOString() ?? null, endReason: session.endReason };
}
