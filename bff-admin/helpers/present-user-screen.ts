import type { components } from '#openapi/bff-admin';
import type { CaseRow, UserScreen } from '../services/user-screen.ts';
import { presentAuditEvent } from './present-audit-event.ts';
import { presentSection } from './present-section.ts';
import { presentUserNote } from './present-user-note.ts';

type Schemas = components['schemas'];
type CaseAbout = Schemas['ReportsSection']['data']['items'][number];

/** The screen of one person. What social says of an account is shown in two parts: what others see, and what staff see. */
export function presentUserScreen({ userId, generatedAt, account, ...parts }: UserScreen): Schemas['UserScreen'] {
  return {
    screen: 'user',
    userId,
    generatedAt: generatedAt.toISOString(),
    sections: {
      profile: presentSection(account, ({ id, handle, displayName, avatarUrl, bio, locked, counts }) => ({ id, handle, displayName, avatarUrl, bio, locked, counts })), // prettier-ignore
      account: presentSection(account, ({ email, status, suspension, activeSessions, lastActiveAt, createdAt }) => ({ email, status, suspension, activeSessions, lastActiveAt, createdAt })), // prettier-ignore
      sessions: presentSection(parts.sessions, (items) => ({ items })),
      reports: presentSection(parts.reports, (cases) => ({ items: cases.map(presentCaseAbout) })),
      sanctions: presentSection(parts.sanctions, (items) => ({ items })),
      ...(parts.money && { money: presentSection(parts.money, (summary) => summary) }),
      connections: presentSection(parts.connections, ({ connections, transfersInFlight }) => ({
        items: connections,
        transfersInFlight,
      })),
      notes: presentSection(parts.notes, (notes) => ({ items: notes.map(presentUserNote) })),
      audit: presentSection(parts.audit, (lines) => ({ items: lines.map(presentAuditEvent) })),
    },
  };
}

function presentCaseAbout({ id, subjectType, subjectId, ...row }: CaseRow): CaseAbout {
  return {
    id,
    subject: { type: subjectType as CaseAbout['subject']['type'], id: subjectId },
    status: row.status,
    queue: row.queue,
    priority: row.priority,
    outcome: row.outcome,
    openedAt: row.openedAt.toISOString(),
    dueAt: row.dueAt.toISOString(),
    decidedAt: row.decidedAt?.toISOString() ?? null,
  };
}
