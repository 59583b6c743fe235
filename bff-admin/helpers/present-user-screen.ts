import type { components } from '#openapi/bff-admin';
import type { Section } from '../services/sections.ts';
import type { UserScreen } from '../services/users.ts';
import { presentAuditEvent } from './present-audit-event.ts';

type Schemas = components['schemas'];

/** The screen of one person. What social says of an account is shown in two parts: what others see, and what staff see. */
export function presentUserScreen({
  userId,
  generatedAt,
  account,
  money,
  connections,
  audit,
}: UserScreen): Schemas['UserScreen'] {
  return {
    screen: 'user',
    userId,
    generatedAt: generatedAt.toISOString(),
    sections: {
      profile: present(account, ({ id, handle, displayName, avatarUrl, bio, locked, counts }) => ({ id, handle, displayName, avatarUrl, bio, locked, counts })), // prettier-ignore
      account: present(account, ({ email, status, suspension, activeSessions, lastActiveAt, createdAt }) => ({ email, status, suspension, activeSessions, lastActiveAt, createdAt })), // prettier-ignore
      ...(money && { money: present(money, (summary) => summary) }),
      connections: present(connections, (summary) => ({
        items: summary.connections,
        transfersInFlight: summary.transfersInFlight,
      })),
      audit: present(audit, (lines) => ({ items: lines.map(presentAuditEvent) })),
    },
  };
}

function present<T, Data>(section: Section<T>, select: (data: T) => Data) {
  if (section.status === 'unavailable') {
    return { status: section.status, retryAfterSeconds: section.retryAfterSeconds, data: null };
  }
  return { status: section.status, asOf: section.asOf.toISOString(), data: select(section.data) };
}
